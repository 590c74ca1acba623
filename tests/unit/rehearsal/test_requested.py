"""A carrier of ours on the caller's side of a call by requests: what it hears, what it cannot, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from nightbell.audio.frame import Samples
from nightbell.line.webhook.told import Gather, Join, Record
from nightbell.rehearsal.requested.casting import cast_by_request
from nightbell.rehearsal.requested.obeying import Obeying
from nightbell.rehearsal.requested.side import CallerSide
from nightbell.rehearsal.script import Answer, Expect, Fakes, Impair, Script
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import small_flow

NEXT: Final = "https://line.example.org/twilio/call/next/3-1"
SOUND_MS: Final = 2_000
WORDS: Final = Gather(
    next=NEXT,
    play="https://line.example.org/twilio/sound/x",
    hears_words=True,
    cut_by_words=True,
    finish_on="",
    most_keys=1,
    wait_ms=4_000,
    pause_ms=1_000,
    most_ms=10_000,
    said="",
)
KEYS: Final = replace(WORDS, hears_words=False, wait_ms=1_000)


async def fetch(url: str) -> Samples:
    del url
    return np.full(SOUND_MS * 8, 900, np.int16)


def both(answer: Answer | None = None, *, after_ms: int | None = None) -> tuple[CallerSide, Obeying]:
    """Return both ends; an answer comes at a time, or once the sound was heard out."""
    side = CallerSide()

    def act(at_ms: int) -> None:
        if answer is None:
            return
        at = side.say(answer, at_ms).end_ms if answer.words else at_ms
        if answer.press:
            at = side.handset.press(answer.press, at_ms=at).end_ms
        if answer.hang_up:
            side.handset.hang_up(at_ms=at)

    if after_ms is not None:
        act(after_ms)
    return side, Obeying(side, fetch=fetch, heard_out=lambda: act(SOUND_MS) if after_ms is None else None)


@pytest.mark.asyncio
async def test_words_end_after_their_pause_and_cut_what_they_may_cut() -> None:
    side, carrier = both(Answer(words="it hurts"), after_ms=900)
    asks = await carrier.gather(WORDS)
    assert asks.did == {"SpeechResult": "it hurts", "Confidence": "1.00000000"}
    assert carrier.now_ms == 900 + 700 + 1_000
    assert side.heard(880, 920)[[0, -1]].tolist() == [900, 0]


@pytest.mark.asyncio
async def test_what_a_carrier_cannot_hear_is_lost_and_told() -> None:
    for told, answer, after_ms in (
        (KEYS, Answer(words="yes"), None),
        (replace(WORDS, cut_by_words=False), Answer(words="yes"), 300),
        (WORDS, Answer(words="yes", press="9"), 0),
    ):
        _, carrier = both(answer, after_ms=after_ms)
        asks = await carrier.gather(told)
        assert asks.did == ({"SpeechResult": "yes", "Confidence": "1.00000000"} if answer.press else {})
        assert len(carrier.lost) == 1


@pytest.mark.asyncio
async def test_keys_are_taken_one_by_one_or_to_their_end() -> None:
    side, carrier = both(Answer(press="159"), after_ms=500)
    assert (await carrier.gather(KEYS)).did == {"Digits": "1"}
    assert (await carrier.gather(KEYS)).did == {"Digits": "5"}
    assert carrier.now_ms == 740
    entry = replace(KEYS, play="", finish_on="#", most_keys=1_000, wait_ms=3_000)
    side.handset.press("47#", at_ms=1_500)
    assert (await carrier.gather(entry)).did == {"Digits": "947", "FinishedOnKey": "#"}
    assert (await carrier.gather(entry)).did == {}


@pytest.mark.asyncio
async def test_nobody_who_answers_is_waited_for_as_long_as_was_said() -> None:
    _, carrier = both()
    assert (await carrier.gather(WORDS)).did == {}
    assert carrier.now_ms == SOUND_MS + 4_000


@pytest.mark.asyncio
async def test_who_hangs_up_in_their_words_is_told_of_as_far_as_the_carrier_does() -> None:
    for said in ("", NEXT):
        _, carrier = both(Answer(words="my lip is white", hang_up=True))
        asks = await carrier.gather(replace(WORDS, said=said))
        assert asks.gone
        assert bool(asks.tells) == bool(said)
        assert len(carrier.lost) == (not said)


def test_a_message_ends_by_silence_by_a_key_or_with_its_caller() -> None:
    record = Record(next=NEXT, finish_on="059*#", silence_ms=3_000, most_ms=60_000, recorded=NEXT)
    _, carrier = both(Answer(words="please ring me"), after_ms=500)
    assert carrier.record(record).did["RecordingDuration"] == "4"
    _, carrier = both(Answer(words="please ring me", press="9"), after_ms=500)
    assert carrier.record(record).did["Digits"] == "9"
    _, carrier = both(Answer(words="please ring me", hang_up=True), after_ms=500)
    asks = carrier.record(record)
    assert asks.gone
    assert asks.tells[0][1]["RecordingStatus"] == "completed"
    _, carrier = both()
    asks = carrier.record(record)
    assert (asks.did, asks.keeps, asks.tells[0][1]) == ({}, None, {"RecordingStatus": "absent"})


def test_of_a_message_its_callback_is_told_too_and_no_two_have_one_id() -> None:
    record = Record(next=NEXT, finish_on="059*#", silence_ms=3_000, most_ms=60_000, recorded=NEXT)
    found = set()
    for answer in (Answer(words="please ring me"), Answer(words="please ring me", press="9")):
        _, carrier = both(answer, after_ms=500)
        asks = carrier.record(record)
        ((where, told),) = asks.tells
        assert (where, told["RecordingStatus"]) == (NEXT, "completed")
        assert asks.keeps is not None
        assert asks.keeps[0] == told["RecordingSid"] == asks.did["RecordingSid"]
        found.add(told["RecordingSid"])
    assert len(found) == 2
    _, carrier = both(Answer(words="please ring me"), after_ms=500)
    assert carrier.record(replace(record, recorded="")).tells == ()


def test_a_talk_in_a_conference_is_over_when_either_is_gone() -> None:
    _, carrier = both()
    assert not carrier.join(Join(next=NEXT, room="r")).gone
    _, carrier = both(Answer(hang_up=True), after_ms=7_000)
    assert carrier.join(Join(next=NEXT, room="r")).gone
    assert carrier.now_ms == 7_000


def script(name: str, *answers: Answer, **more: object) -> Script:
    expect = Expect(disposition=Disposition.D1)
    return Script(name=name, about="", file="", expect=expect, answers=(("reason", answers),), **more)  # type: ignore[arg-type]


def test_what_a_carrier_cannot_tell_is_left_out_with_the_reason() -> None:
    scripts = [
        script("plain", Answer(say="yes-emma")),
        script("typed", Answer(words="yes"), tier="text"),
        script("noisy", Answer(say="yes-emma"), impair=Impair(noise="babble", snr_db=10)),
        script("hidden", Answer(words="yes", hidden=True)),
        script("deaf", Answer(words="yes"), fakes=Fakes(ears_fail_at="reason")),
        script("mute", Answer(words="yes"), fakes=Fakes(voice_fails_at="reason")),
        script("outcome", Answer(means="worried")),
        script("unwritten", Answer(say="nobody")),
        replace(script("over must-hear words"), answers=(("emergency", (Answer(words="wait"),)),)),
    ]
    played, left_out = cast_by_request(scripts, {"yes-emma": "yes"}, small_flow())
    assert [(one.name, one.tier, one.spoken[0].words) for one in played] == [
        ("plain", "sip", "yes"),
        ("typed", "sip", "yes"),
    ]
    assert {left.script.name for left in left_out} == {one.name for one in scripts[2:]}
    assert all(left.why for left in left_out)
