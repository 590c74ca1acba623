"""Calls: calls played on the real session, with what a judge has to remember of them. No table, no proof."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.effects import Close, Effect, Noted
from nightbell.call.events import (
    CallStarted,
    EarsFailed,
    Event,
    Heard,
    HistoryFound,
    KeyPressed,
    MessageRecorded,
    Played,
    PromiseMade,
    TimerFired,
)
from nightbell.call.memory import Memory
from nightbell.call.session import Session
from nightbell.call.step import Ask, Finish, Hold, Step, TakeDigits, TakeNumber, Transfer
from nightbell.call.table.stimuli import saying
from nightbell.flow.model import Collect, Deflect, Flow, Prompt, Universal, Words
from nightbell.terms.disposition import Disposition
from nightbell.testing.following import recording

__all__ = ["Call", "Calls"]

_DIAL: Final = "dial nine nine nine"
_MOST_TRIES: Final = 12


@dataclass(slots=True)
class Call:
    """One call and what is remembered of it beside the session."""

    session: Session
    audio_ms: int = 0
    cleared: str = ""
    """``gate`` or ``screen``, as in the table."""
    told: bool = False
    """The emergency words were heard to their end."""
    helped: bool = False
    """A person, or the words at D0, since the floor last rose."""
    closes: int = 0
    """How often it was given a disposition."""

    def copied(self) -> Call:
        """Return a call that goes its own way."""
        return replace(self, session=Session(self.session.plan, copy(self.session.memory)))

    @property
    def memory(self) -> Memory:
        """What the session remembers."""
        return self.session.memory

    @property
    def step(self) -> Step:
        """Where the call stands."""
        return self.session.plan.steps[self.memory.step]


class Calls:
    """Calls through one flow."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.fired: list[tuple[str, str]] = []
        """(step, outcome) of the last event, from the machine itself."""
        self.plan: Plan = recording(compile_flow(self.flow), self.fired)
        self.read = {(case.of, case.name) for state in self.flow.states for case in getattr(state, "cases", ())}
        self.deflects = {state.name for state in self.flow.states if isinstance(state, Deflect)}
        self.gates = {state.name for state in self.flow.states if isinstance(state, Collect) and state.clears}
        self.flags = [each for each in self.plan.universals if each.floor is not None]

    def begun(self) -> Iterator[Call]:
        """Yield calls that have just begun: with and without what the records and the line may know."""
        contacts = (0, 1) if ("contacts_96h", "") in self.read else (0,)
        callers = ("+447700900123", None) if ("callback_number", "") in self.read else ("+447700900123",)
        fillers = (0, 1) if ("filler_contacts_96h", "") in self.read else (0,)
        latelies = ("yes", "no", "unknown") if ("filler_14d", "") in self.read else ("unknown",)
        for caller, number, silent, filler, lately in product(callers, contacts, (0, 1), fillers, latelies):
            call = Call(Session(self.plan))
            self.tell(call, CallStarted, flow=self.flow.hash, line="test", caller=caller, called="+442079460123")
            about = {"filler_contacts_96h": filler, "filler_14d": lately}
            self.tell(call, HistoryFound, timed_out=False, contacts_96h=number, silent_96h=silent, **about)
            yield call

    def tell(self, call: Call, kind: type[Any], **fields: Any) -> list[Effect]:
        """Give a call one event, and remember what it did."""
        call.audio_ms += 5000
        event: Event = kind(
            clinic="rosewood",
            call="c1",
            seq=call.memory.seq + 1,
            at_utc=call.audio_ms,
            audio_ms=call.audio_ms,
            **fields,
        )
        was, floor, finishing = call.memory.step, call.memory.floor, isinstance(event, Played)
        stood = self.plan.steps.get(was)
        nine = call.memory.nine
        self.fired.clear()
        effects = call.session.handle(event)
        self._remember(call, stood, floor, effects, finishing=finishing, nine=nine)
        return effects

    def _remember(
        self,
        call: Call,
        stood: Step | None,
        floor: Disposition | None,
        effects: list[Effect],
        *,
        finishing: bool,
        nine: str,
    ) -> None:
        memory = call.memory
        moved = stood is not None and memory.step != stood.id
        d0 = Disposition.D0
        left = finishing and moved and stood is not None and self.tells(stood)
        restarted = moved and memory.step == self.plan.entry[self.flow.starts_at]
        answers = [each for each in effects if isinstance(each, Noted) and each.reason != "universal"]
        if left and stood is not None and (stood.state == self.flow.emergency or floor is d0):
            call.told = True
        elif memory.floor is not d0 and moved and (restarted or answers):
            call.told = False
        for note in answers:
            if note.answer == "no" and note.state in self.gates:
                call.cleared = call.cleared or "gate"
        if any(name.endswith("~end") and outcome == "otherwise" for name, outcome in self.fired):
            call.cleared = "screen"
        if memory.nine and not nine:
            call.cleared = ""
        if memory.floor is not floor or restarted or (moved and isinstance(stood, Finish)):
            call.helped = False
        at = self.plan.steps.get(memory.step)
        silent = moved and isinstance(at, Finish) and at.state == self.flow.silent and not memory.engaged
        passed = [self.plan.steps.get(name) for name, _ in self.fired[1:]]
        held = any(isinstance(each, Hold | Transfer) for each in (*passed, at))
        if held or (silent and at is not None and self.tells(at)) or (call.told and memory.floor is d0):
            call.helped = True
        call.closes += sum(isinstance(each, Close) for each in effects)

    def tells(self, step: Step) -> bool:
        """Tell whether the words of a step say the emergency number and are heard out."""
        if isinstance(step, Finish):
            return all(_dials(each) for each in (step.prompt, step.fallback) if each is not None)
        prompt = getattr(step, "prompt", None)
        return isinstance(prompt, Prompt) and prompt.must_hear and _dials(prompt)

    def key(self, call: Call) -> object:
        """Return what tells calls apart: the control state, and what is remembered beside it."""
        memory = call.memory
        return (
            memory.step,
            memory.floor,
            "yes" if memory.engaged else str(memory.silences),
            memory.nine,
            memory.words_given,
            memory.escalation in {"acknowledged", "exhausted"},
            memory.pending,
            memory.playing is not None and memory.playing_must_hear,
            memory.hours if ("hours", "") in self.read else "",
            tuple(sorted(each for each in memory.results.items() if ("result", each[0]) in self.read)),
            tuple(sorted(each for each in memory.counts.items() if ("count", each[0]) in self.read)),
            memory.recording,
            bool(memory.caller or memory.callback_number),
            memory.contacts_96h,
            memory.filler_contacts_96h,
            memory.filler_14d,
            not memory.engaged and memory.silent_96h,
            call.cleared,
            call.told,
            call.helped,
        )

    def words(self, universal: Universal) -> str:
        """Return words that say a universal."""
        return saying(self.plan.universals, universal)[0].value

    def press(self, call: Call, keys: str) -> None:
        """Press keys."""
        for key in keys:
            if not call.memory.closed:
                self.tell(call, KeyPressed, key=key)

    def say(
        self, call: Call, text: str, *, phrase: str | None = None, start_ms: int | None = None, **more: Any
    ) -> None:
        """Say something; without a phrase it is none that the question knows."""
        begun = call.audio_ms + 4000 if start_ms is None else start_ms
        said: dict[str, Any] = {"cause": "phrase" if phrase else "rejected", "phrase": phrase, "open_text": text}
        if phrase:
            said["confidence"] = 1.0
        self.tell(
            call,
            Heard,
            listen=call.memory.listening or 0,
            text=text,
            start_ms=begun,
            end_ms=begun + 1500,
            **said,
            **more,
        )

    def correct(self, call: Call) -> None:
        """Say "wait, yes" just after a no."""
        self.say(call, "yes", phrase="yes", start_ms=call.memory.last_no_ms + 100)

    def message(self, call: Call, text: str) -> None:
        """Leave a message."""
        self.end_words(call)
        asked = call.memory.asked_world
        if asked is not None:
            self.tell(call, MessageRecorded, effect=asked, speech_ms=900, ended_by="key", text=text)

    def ears(self, call: Call) -> None:
        """Let the recogniser fail, where that leads elsewhere."""
        if "asr_error" in self.plan.edges[call.memory.step]:
            self.tell(call, EarsFailed, reason="died")

    def end_words(self, call: Call) -> None:
        """Let the words under way end."""
        if call.memory.playing is not None:
            self.tell(call, Played, effect=call.memory.playing, completed=True, played_ms=1000)

    def silence(self, call: Call) -> None:
        """Let words end and timers run out until the call has moved on."""
        here = call.memory.step
        for _ in range(_MOST_TRIES):
            if call.memory.closed or call.memory.step != here:
                return
            if call.memory.playing is not None:
                self.end_words(call)
                if isinstance(self.plan.steps[here], Ask | TakeNumber | TakeDigits):
                    continue
            else:
                self._time_passes(call)

    def _time_passes(self, call: Call) -> None:
        step = call.step
        if isinstance(step, Finish) and call.memory.asked_world is not None:
            self.tell(
                call, PromiseMade, timed_out=False, who="a nurse", from_number="+44", by_utc=1, by_spoken="ten"
            )
            return
        for timer in ("noinput", "nine", "limit", "world", "every"):
            if timer in call.memory.timers:
                self.tell(call, TimerFired, timer=timer)
                return

    def garbage(self, call: Call) -> None:
        """Mumble until the call has moved on."""
        self._mumble(call)

    def murky(self, call: Call) -> None:
        """Say two sentences in noise."""
        for _ in range(2):
            if not call.memory.closed and isinstance(call.step, Ask):
                if not call.memory.playing_must_hear:
                    self.end_words(call)
                self.say(call, "mm hm", snr_db=9.0)

    def _mumble(self, call: Call, **more: Any) -> None:
        here = call.memory.step
        for _ in range(_MOST_TRIES):
            if call.memory.closed or call.memory.step != here:
                return
            self.end_words(call)
            if call.memory.step == here and not call.memory.closed:
                self.say(call, "mm hm", **more)


def _dials(prompt: Prompt) -> bool:
    text = " ".join(part.text for part in prompt.parts if isinstance(part, Words))
    return _DIAL in text.lower()
