"""What following calls through their tables has found in the session, so that it stays found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.events import EscalationChanged
from nightbell.flow.model import Collect, Universal
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import prompt, small_flow


def test_a_correction_under_the_nine_lets_the_words_stand_and_the_nine_is_meant() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.say("worried")
    call.until("screen.sight")
    call.say("no")
    call.press("9")
    call.say("yes", start_ms=call.audio_ms)  # "no ... wait, yes", and the 9 in between

    assert call.session.memory.nine == ""
    assert call.session.floor is Disposition.D0
    assert call.session.memory.step == "~nine"
    for _ in range(3):
        call.prompt_ends()
        call.press("1")
    assert call.session.floor is Disposition.D0


def test_an_emergency_said_under_words_is_not_replaced_by_a_lesser_wish() -> None:
    flow = small_flow()
    wish = Universal(name="people", priority=5, hear=("talk to someone",), floor=None, next="hold")
    call = HandCall(replace(flow, universals=(*flow.universals, wish)))
    call.mutter("I can't see")
    call.mutter("let me talk to someone")
    call.prompt_ends()

    assert call.session.memory.step == "emergency"


@pytest.mark.parametrize("then", ["press", "say"])
def test_a_wish_said_under_words_is_not_replaced_by_an_answer_after_it(then: str) -> None:
    flow = small_flow()
    wish = Universal(name="refuses", priority=5, hear=("no hospital",), floor=None, next="hold")
    call = HandCall(replace(flow, universals=(*flow.universals, wish)))
    assert call.session.memory.playing_must_hear
    call.mutter("no hospital please")
    call.press("1") if then == "press" else call.say("worried")
    call.prompt_ends()

    assert call.session.memory.step == "hold"


def test_an_emergency_said_under_words_is_not_replaced_by_a_correction_of_a_lesser_question() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.say("worried")
    call.until("screen.sight")
    call.say("no")
    call.until("screen.pain")
    call.say("no")
    assert call.session.memory.step == "message"
    call.press("0")
    call.tell(EscalationChanged, status="acknowledged", effect=0)
    assert call.session.memory.playing_must_hear
    call.mutter("I can't see", start_ms=call.audio_ms)
    call.say("yes", start_ms=call.audio_ms - 500)
    call.prompt_ends()

    assert call.session.memory.step == "emergency"


def test_a_number_keyed_under_words_does_not_replace_an_emergency_said_under_them() -> None:
    flow = small_flow()
    number = Collect(
        name="first",
        line=1,
        result="callback_number",
        type="phone",
        say=prompt("first", "Key your number.", must_hear=True),
        next="reason",
        unclear="reason",
    )
    call = HandCall(replace(flow, starts_at="first", states=(number, *flow.states)))
    call.mutter("I can't see")
    call.press(*"07700900123#")
    assert call.session.memory.step == "first.entry"
    call.prompt_ends()

    assert call.session.memory.step == "emergency"
    assert call.session.memory.callback_number == "+447700900123"


def test_key_0_pressed_under_words_is_not_replaced_by_a_wish_for_something_else() -> None:
    flow = small_flow()
    wish = Universal(name="place", priority=5, hear=("where are you",), floor=None, next="reason")
    call = HandCall(replace(flow, universals=(*flow.universals, wish)))
    call.press("0")
    call.mutter("where are you")
    call.prompt_ends()

    assert call.session.memory.step == "hold"
