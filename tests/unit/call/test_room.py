"""The room behind a caller: what is far below their own voice answers nothing, unless it holds what counts."""

from __future__ import annotations

from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import Step, TakeDigits, TakeNumber
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall

SENTENCE = "i'm going to tell you what i'm going to do"


def murmur(call: HandCall, text: str = SENTENCE, *, faint: bool = True, snr_db: float = 1.0) -> None:
    call.audio_ms += 2000
    call.mutter(text, snr_db=snr_db, end_ms=call.audio_ms + 2000, faint=faint)


def here(call: HandCall) -> Step:
    return call.plan.steps[call.session.memory.step]


def test_a_rooms_murmur_is_no_lost_sentence_and_costs_no_try(call: HandCall) -> None:
    for _ in range(COUNTER_LIMIT - 1):
        murmur(call)
    memory = call.session.memory
    assert (memory.unheard, memory.nomatches, memory.step) == (False, 0, "reason")
    murmur(call, faint=False)  # it does not even stand out of the noise
    assert (call.session.memory.unheard, call.session.memory.nomatches) == (False, 1)
    call.prompt_ends()
    murmur(call, faint=False, snr_db=4.0)
    assert call.session.memory.unheard


def test_a_room_that_does_not_stop_is_a_try_lost_to_noise_in_the_end(call: HandCall) -> None:
    for _ in range(COUNTER_LIMIT):
        murmur(call)
    assert (call.session.memory.nomatches, call.session.memory.unheard) == (1, False)


def test_a_doubt_made_of_murmur_is_no_answer_and_a_phrase_however_faint_is(call: HandCall) -> None:
    call.press("1")
    call.until("screen.sight")
    murmur(call, "i don't know")
    assert call.session.memory.step == "screen.sight"
    call.audio_ms += 5000
    call.say("yes", snr_db=1.0, faint=True)
    assert call.session.memory.step != "screen.sight"
    assert call.session.floor is not None


def test_an_emergency_is_heard_however_faint(call: HandCall) -> None:
    murmur(call, "I can't see")
    assert call.session.floor is Disposition.D0


def test_murmur_where_a_number_is_asked_for_does_not_hold_the_call_for_ever(call: HandCall) -> None:
    call.press("2")
    while call.session.memory.playing is not None or not isinstance(here(call), TakeNumber | TakeDigits):
        call.prompt_ends() if call.session.memory.playing is not None else call.press("2")
    step = call.session.memory.step
    for _ in range(4 * COUNTER_LIMIT):
        murmur(call)
        if call.session.memory.playing is not None and call.session.memory.step == step:
            call.prompt_ends()
    assert call.session.memory.step != step
