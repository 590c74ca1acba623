"""The scripted caller: when somebody answers what they are asked, and what nobody can have heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from nightbell.call.effects import Effect, Listen, Play
from nightbell.call.events import Event, Played
from nightbell.line.handset import Given
from nightbell.rehearsal.caller import ENOUGH_MS, ScriptedCaller
from nightbell.rehearsal.part import Asked
from nightbell.rehearsal.script import Answer


@dataclass
class Hand:
    now: int = 0
    pressed: list[str] = field(default_factory=list)

    def press(self, keys: str, *, at_ms: int) -> Given:
        self.pressed.append(keys)
        return Given(at_ms, at_ms, at_ms)


class SaysNo:
    """Presses 2 wherever it is asked."""

    unused = ()

    def answer(self, asked: Asked) -> Answer | None:
        return None if asked.begun else Answer(press="2")

    def given(self, asked: Asked, answer: Answer) -> None: ...

    def happened(self, event: Event, effects: Sequence[Effect]) -> None: ...


class Call:
    """A caller, and the call that they follow."""

    def __init__(self) -> None:
        self.hand = Hand()
        self.caller = ScriptedCaller(SaysNo(), self.hand, lambda answer, at: Given(at, at, at))  # type: ignore[arg-type]
        self.n = 0

    def ended(self, played_ms: int, *, completed: bool, asks: str = "") -> None:
        """Let the prompt that plays end, and perhaps another begin."""
        event = Played(
            clinic="c", call="c", seq=self.n, at_utc=0, audio_ms=0,
            effect=self.n, completed=completed, played_ms=played_ms, stopped_by="" if completed else "speech",
        )  # fmt: skip
        self.caller.happened(event, self.asks(asks) if asks else [], 0)

    def asks(self, question: str) -> list[Effect]:
        self.n += 1
        place = {"state": "screen", "question": question}
        listen = Listen(call="c", n=100 + self.n, mode="closed", phrases=(), pause_ms=0, max_speech_ms=0, **place)  # type: ignore[arg-type]
        return [listen, Play(call="c", n=self.n, prompt=question, segments=(), bargein="speech", **place)]  # type: ignore[arg-type]


@pytest.fixture
def call() -> Call:
    one = Call()
    one.ended(0, completed=True, asks="sight")
    return one


def test_a_question_that_was_said_is_answered_once(call: Call) -> None:
    call.ended(3000, completed=True)
    call.ended(3000, completed=True)
    assert call.hand.pressed == ["2"]


def test_nobody_answers_a_question_that_was_cut_at_once(call: Call) -> None:
    call.ended(ENOUGH_MS - 1, completed=False)
    assert call.hand.pressed == []


def test_enough_of_a_question_is_a_question(call: Call) -> None:
    call.ended(ENOUGH_MS, completed=False)
    assert call.hand.pressed == ["2"]


def test_what_was_heard_before_is_answered_though_its_second_asking_is_cut(call: Call) -> None:
    call.ended(3000, completed=True, asks="sight")
    call.ended(100, completed=False)
    assert call.hand.pressed == ["2"]


def test_a_late_key_that_cuts_the_next_question_answers_no_third_one(call: Call) -> None:
    call.ended(3000, completed=True)
    call.caller.happened(_pressed(), call.asks("breathing"), 0)
    call.ended(100, completed=False, asks="stroke")
    call.ended(100, completed=False)
    assert call.hand.pressed == ["2"]


def _pressed() -> Event:
    return Played(clinic="c", call="c", seq=9, at_utc=0, audio_ms=0, effect=999, completed=True, played_ms=0)
