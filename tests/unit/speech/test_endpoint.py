from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.speech.endpoint import Endpoint, EndpointSettings, advance, snr_db
from nightbell.speech.window import QUIETEST_DB, Window, levels

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = EndpointSettings()
LOUD = (-20.0,) * 4
SOFT = (-60.0,) * 4


def run(
    steps: Sequence[tuple[float, tuple[float, ...]]], *, playing: bool = False, start: Endpoint | None = None
) -> Endpoint:
    endpoint = start or Endpoint()
    for probability, heard in steps:
        endpoint = advance(endpoint, Window(endpoint.now_ms + 32, probability, heard, playing), SETTINGS)
    return endpoint


def test_speech_begins_when_confirmed_and_dates_back_to_its_first_window() -> None:
    one = run([(0.0, SOFT)] * 3 + [(0.9, LOUD)])
    assert not one.speaking
    two = run([(0.9, LOUD)], start=one)
    assert two.speaking
    assert (two.start_ms, two.last_ms, two.silence_ms) == (96, 160, 0)


def test_a_prompt_playing_asks_for_more() -> None:
    doubtful = [(SETTINGS.onset + 0.1, LOUD)] * 5
    late = Endpoint(now_ms=10_000)
    assert run(doubtful).noticed
    under = run(doubtful, playing=True, start=late)
    assert (under.speaking, under.noticed) == (True, False), "it is heard, but cuts nothing"
    assert run([(SETTINGS.onset_playing, LOUD)] * SETTINGS.confirm_playing, playing=True, start=late).noticed
    assert run([(0.9, LOUD)], start=under).noticed, "the prompt is over and the caller speaks on"
    assert not run([(0.1, SOFT)], start=under).noticed


def test_a_prompt_at_the_very_beginning_asks_for_more_still() -> None:
    likely = [(0.9, LOUD)] * 5
    assert not run(likely, playing=True).noticed
    assert run(likely, playing=True, start=Endpoint(now_ms=SETTINGS.cold_ms)).noticed
    assert run([(0.97, LOUD)] * SETTINGS.confirm_cold, playing=True).noticed


def test_what_stands_clear_of_the_noise_begins_when_it_hardly_looks_like_speech() -> None:
    room = run([(0.0, (-50.0,) * 4)] * 30)
    clear, drowned = (-50 + SETTINGS.loud_db + 1,) * 4, (-50 + SETTINGS.loud_db - 1,) * 4
    mumbled = [(SETTINGS.onset_loud, clear)] * SETTINGS.confirm_loud
    assert run(mumbled, start=room).speaking
    assert not run(mumbled[1:], start=room).speaking
    assert not run(mumbled, start=room, playing=True).speaking
    assert not run(mumbled).speaking, "without a noise floor nothing stands clear of it"
    assert not run([(SETTINGS.onset_loud, drowned)] * 30, start=room).speaking
    assert not run([(SETTINGS.onset_loud - 0.01, clear)] * 30, start=room).speaking
    on = run([(0.1, SOFT)] * 10 + mumbled, start=run(mumbled, start=room))
    assert on.silence_ms == 0, "and goes on after a pause"


def test_what_stands_far_out_of_a_room_that_was_heard_cuts_a_prompt() -> None:
    room = run([(0.0, SOFT)] * 100, playing=True)
    stark, doubtful = (-60 + SETTINGS.stark_db + 1,) * 4, (-60 + SETTINGS.stark_db - 1,) * 4
    likely = SETTINGS.onset_stark
    word = [(likely, stark)] * SETTINGS.confirm_playing
    assert run(word, start=room, playing=True).noticed
    assert not run(word[1:], start=room, playing=True).noticed
    assert not run([(likely, doubtful)] * 10, start=room, playing=True).noticed
    assert not run([(likely - 0.01, stark)] * 10, start=room, playing=True).noticed
    assert not run(word, start=Endpoint(now_ms=10_000), playing=True).noticed, "no room was heard"
    assert not run(word, start=Endpoint(floor_db=-60.0), playing=True).noticed, "Silero is not warm"
    silence = run([(0.0, (QUIETEST_DB,) * 4)] * 100, playing=True)
    faint = (SETTINGS.room_db + SETTINGS.stark_db - 1,) * 4
    assert not run([(likely, faint)] * 10, start=silence, playing=True).noticed, "a click on a silent line"


def test_a_click_is_forgotten() -> None:
    assert not run([(0.9, LOUD), (0.1, SOFT)] * 10).speaking


def test_silence_counts_from_the_last_loud_block_not_from_the_hangover() -> None:
    talking = run([(0.0, SOFT)] * 5 + [(0.9, LOUD)] * 5 + [(0.9, (-20.0, -20.0, -60.0, -60.0))])
    quiet = run([(0.9, SOFT)] * 3 + [(0.1, SOFT)] * 4, start=talking)
    assert quiet.last_ms == talking.now_ms - 16
    assert quiet.silence_ms == 16 + 7 * 32
    assert quiet.speaking


def test_noise_after_speech_does_not_move_the_last_sound() -> None:
    talking = run([(0.0, (-40.0,) * 4)] * 20 + [(0.9, LOUD)] * 5)
    after = run([(0.3, SOFT)] + [(0.5, (-35.0,) * 4), (0.3, SOFT)] * 4, start=talking)
    assert after.last_ms == talking.last_ms


def test_speech_after_a_pause_goes_on_in_the_same_utterance() -> None:
    talking = run([(0.9, LOUD)] * 5 + [(0.1, SOFT)] * 5)
    again = run([(0.9, LOUD)] * 2, start=talking)
    assert again.start_ms == talking.start_ms
    assert again.silence_ms == 0


def test_what_is_far_softer_than_the_words_before_does_not_go_on_with_them() -> None:
    talking = run([(0.0, (-50.0,) * 4)] * 20 + [(0.9, LOUD)] * 5 + [(0.1, (-50.0,) * 4)] * 4)
    clatter, word = (-20 - SETTINGS.resume_db - 1,) * 4, (-20 - SETTINGS.resume_db + 1,) * 4
    assert run([(0.9, clatter)] * 5, start=talking).last_ms == talking.last_ms
    assert run([(0.9, word)] * 2, start=talking).silence_ms == 0


def test_rest_keeps_the_noise_floor_only() -> None:
    ended = run([(0.0, (-50.0,) * 4)] * 30 + [(0.9, LOUD)] * 5).rest()
    assert not ended.speaking
    assert ended.silence_ms == 0
    assert ended.floor_db == pytest.approx(-50)


def test_speech_over_noise_is_measured() -> None:
    heard = run([(0.0, (-40.0,) * 4)] * 30 + [(0.9, LOUD)] * 5)
    assert snr_db(heard) == pytest.approx(20, abs=0.1)
    assert snr_db(run([(0.9, LOUD)] * 5)) is None
    assert snr_db(Endpoint(floor_db=-40)) is None


def test_levels_are_of_eight_millisecond_blocks() -> None:
    samples = np.concatenate((np.zeros(64), np.full(64, 3277), np.zeros(30))).astype(np.int16)
    assert levels(samples) == pytest.approx((QUIETEST_DB, -20), abs=0.01)


def test_the_talk_of_a_room_holds_nothing_open_and_a_soft_end_does() -> None:
    room = run([(0.0, (-50.0,) * 4)] * 30)
    said = run([(0.9, (-30.0,) * 4)] * 10, start=room)
    ends = said.last_ms
    murmur = [(0.7, (-47.0 + 2, -55.0, -55.0, -47.0 + 2))] * 60  # its blocks stand out, its windows do not
    later = run(murmur, start=said)
    assert later.voiced
    assert ends < later.last_ms <= ends + 320
    assert later.silence_ms >= 60 * 32 - 320
    again = run([(0.9, (-30.0,) * 4)], start=later)
    assert again.silence_ms == 0


def test_the_loud_moments_of_talk_do_not_hold_the_answer_of_a_much_louder_caller_open() -> None:
    room = run([(0.0, (-35.0,) * 4)] * 30)
    said = run([(0.9, (-20.0, -11.0, -18.0, -20.0))] * 20, start=room)
    talk = [(0.8, (-33.0,) * 4)] * 5 + [(0.8, (-29.0,) * 4)]  # every 200 ms one 6 dB above the room
    later = run(talk * 8, start=said)
    assert later.last_ms <= said.last_ms + 320
    alone = run(talk * 8, start=run([(0.9, (-29.0,) * 4)] * 2, start=room))
    assert alone.silence_ms == 0  # a caller who is no louder than that is heard to the end
