"""The ten-turn call that the engine bench repeats: ten answers of a worried caller, by voice and keys in turn.

It is played once by a made-up caller who answers whatever is asked; what came of it, events and moves of the
machine, is then repeated as often as the bench likes. No audio, no clock, no records.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.events import (
    CallStarted,
    Event,
    Heard,
    HistoryFound,
    HoursFound,
    KeyPressed,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    SpeechStarted,
)
from nightbell.call.machine import Cursor
from nightbell.call.session import Session
from nightbell.call.step import Ask, Step, TakeMessage, TakeNumber
from nightbell.flow.load import load_flow

__all__ = ["TURNS", "Walk", "events_of_call", "record"]

TURNS: Final = 10
_QUESTIONS: Final = 5
"""Of the first screen, after one answer; the last of them is a yes."""
_NUMBER: Final = "oh seven seven double oh nine double oh one two three"
_LONGEST: Final = 200
"""Events after which a flow that does not end the call has changed too much for this caller."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One call: what it was told, and where its machine went."""

    plan: Plan
    events: tuple[Event, ...]
    start: str
    outcomes: tuple[str, ...]
    """Every move of the machine, in order."""
    answers: int


class _Caller:
    """Answers ten times: worried, four times no and once yes to the first screen, a number, and right."""

    def __init__(self, plan: Plan, outcomes: list[str]) -> None:
        def fire(cursor: Cursor, outcome: str) -> None:
            outcomes.append(outcome)
            plan.fire(cursor, outcome)

        self.session = Session(replace(plan, fire=fire))
        self.plan = plan
        self.events: list[Event] = []
        self.answers = 0
        self._ms = 0

    def tell(self, kind: type[Any], **fields: Any) -> None:
        self._ms += 2000
        at = {"clinic": self.plan.flow.clinic.name, "call": "bench", "seq": len(self.events)}
        event: Event = kind(**at, at_utc=1_795_387_200_000 + self._ms, audio_ms=self._ms, **fields)
        self.session.handle(event)
        self.events.append(event)

    def goes_on(self) -> None:
        memory = self.session.memory
        step = self.session.plan.steps[memory.step]
        if memory.asked_world is not None and isinstance(step, TakeMessage):
            self.answers += 1
            self.tell(MessageRecorded, effect=memory.asked_world, speech_ms=3000, ended_by="key", text="my lips")
        elif memory.asked_world is not None:
            self._world(memory.asked_world)
        elif memory.playing is not None:
            self.tell(Played, effect=memory.playing, completed=True, played_ms=1500)
        else:
            self._answer(step)

    def _world(self, asked: int) -> None:
        state = self.session.plan.steps[self.session.memory.step].state
        kind = self.plan.flow.state(state).kind
        if kind == "notify":
            self.tell(Notified, effect=asked, ok=True)
        elif kind == "schedule":
            self.tell(HoursFound, timed_out=False, hours="closed")
        else:
            promise = {"who": "a clinician", "from_number": "+442079460123", "by_utc": 1, "by_spoken": "ten"}
            self.tell(PromiseMade, timed_out=False, **promise)

    def _answer(self, step: Step) -> None:
        self.answers += 1
        listen = self.session.memory.listening or 0
        times = {"listen": listen, "start_ms": self._ms + 400, "end_ms": self._ms + 900, "snr_db": 24.0}
        if isinstance(step, TakeNumber):
            self.tell(SpeechStarted, start_ms=self._ms + 400)
            self.tell(Heard, cause="open", text=_NUMBER, open_text=_NUMBER, **times)
            return
        if not isinstance(step, Ask):
            raise TypeError(f"the made-up caller does not know what to do at {step.id!r}")
        wanted = self._wanted(step)
        possible = next(each for each in step.answers if each.category == wanted)
        if self.answers % 2 and possible.key is not None:
            self.tell(KeyPressed, key=possible.key)
            return
        self.tell(SpeechStarted, start_ms=self._ms + 400)
        said = possible.phrases[0]
        self.tell(Heard, cause="phrase", phrase=said, text=said, confidence=1.0, **times)

    def _wanted(self, step: Ask) -> str:
        if step.question == "offer":
            return "yes"
        if step.policy == "screen":
            return "yes" if self.answers > _QUESTIONS else "no"
        if any(each.category == "yes" for each in step.answers):
            return "yes" if self.answers >= TURNS else "no"
        return step.answers[0].category


def record(folder: Path) -> Walk:
    """Play the call once through a clinic's flow; raise ValueError where it is no call of ten answers any more."""
    plan = compile_flow(load_flow(folder))
    outcomes: list[str] = []
    caller = _Caller(plan, outcomes)
    caller.tell(
        CallStarted, flow=plan.flow.hash, line="bench", caller="+447700900123", called=plan.flow.clinic.number
    )
    caller.tell(HistoryFound, timed_out=False, treated_14d="no")
    while not caller.session.closed and len(caller.events) < _LONGEST:
        caller.goes_on()
    if not caller.session.closed or caller.answers != TURNS:
        raise ValueError(f"the flow makes a call of {caller.answers} answers of the caller; it is to be {TURNS}")
    start = plan.entry[plan.flow.starts_at]
    return Walk(plan, tuple(caller.events), start, tuple(outcomes), caller.answers)


def events_of_call(walk: Walk, number: int) -> list[Event]:
    """Return the walk's events as those of another call."""
    return [replace(event, call=f"call-{number}") for event in walk.events]


def settled() -> None:
    """Collect garbage, so that what is measured next does not pay for what was made before."""
    gc.collect()
