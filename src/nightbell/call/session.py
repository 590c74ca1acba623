"""Session: one call through one flow. ``handle(event) -> effects``; no clock, no chance, no I/O.

A session can be written out and read back between any two events, and the same events always give the same
effects, byte for byte. An event that fails leaves the session as it was before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from nightbell.call.compile import Plan
from nightbell.call.effects import Answer, AskHistory, Effect, Learnt
from nightbell.call.ending import fail_safe, hung_up, interrupted, promised
from nightbell.call.events import (
    CallStarted,
    EarsFailed,
    EscalationChanged,
    Event,
    Heard,
    HistoryFound,
    HoursFound,
    HungUp,
    Interrupted,
    KeyPressed,
    LineMeasured,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    RecordsFailing,
    SpeechStarted,
    TimerFired,
    TransferEnded,
    VoiceFailed,
    WakeJudged,
)
from nightbell.call.failing import under_safe_words
from nightbell.call.hearing import heard
from nightbell.call.keypad import pressed
from nightbell.call.memory import Memory, memory_from_json, memory_to_json, restore, snapshot
from nightbell.call.playing import played
from nightbell.call.step import Ask, TakeDigits, TakeMessage, TakeNumber
from nightbell.call.turn import Turn
from nightbell.call.waiting import speech_started
from nightbell.call.world import (
    ears_failed,
    escalation,
    history,
    hours,
    message,
    notified,
    records_failing,
    timer_fired,
    transfer_ended,
    voice_failed,
)
from nightbell.errors import SessionError
from nightbell.terms.disposition import Disposition

__all__ = ["Session"]

_NO_WAIT: Final = frozenset({"call", "star", "watchdog"})
"""Timers that run beside the talk: nothing is waited for while only these run."""


class Session:
    """One call."""

    def __init__(self, plan: Plan, memory: Memory | None = None) -> None:
        self.plan = plan
        self._memory = memory or Memory()

    @property
    def memory(self) -> Memory:
        """What the call knows; read it, do not write it."""
        return self._memory

    @property
    def closed(self) -> bool:
        """Tell whether the call has its disposition."""
        return self._memory.closed

    @property
    def floor(self) -> Disposition | None:
        """The lowest disposition this call can still end with."""
        return self._memory.floor

    def save(self) -> str:
        """Write the session as JSON."""
        return memory_to_json(self._memory)

    @classmethod
    def load(cls, plan: Plan, text: str | bytes) -> Session:
        """Read a session back.

        Raises:
            SessionError: damaged, of a newer Nightbell, or of another flow version.
        """
        memory = memory_from_json(text)
        if memory.flow and memory.flow != plan.flow.hash:
            raise SessionError(
                "the session belongs to another version of the flow",
                hint="a call stays on the version it began with",
            )
        return cls(plan, memory)

    def handle(self, event: Event) -> list[Effect]:
        """Take one event and return what is to be done, in order.

        Raises:
            SessionError: the event is out of order or belongs to another call; nothing has changed.
        """
        if event.seq != self._memory.seq + 1:
            raise SessionError(f"event {event.seq} follows {self._memory.seq}", hint="events count without a gap")
        if self._memory.call and (event.call != self._memory.call or isinstance(event, CallStarted)):
            raise SessionError("the event belongs to another call", hint="one session is one call")
        memory = self._memory
        before = snapshot(memory)
        turn = Turn(self.plan, memory, event)
        try:
            memory.seq = event.seq
            if isinstance(event, CallStarted):
                _started(turn, event)
            elif memory.failing and not memory.closed:
                under_safe_words(turn, event)
            elif not memory.closed and memory.step:
                _HANDLERS[type(event)](turn, event)
                _limit(turn)
                _learnt(turn, before["results"])
            _watch(turn)
        except BaseException:
            restore(memory, before)
            raise
        return turn.effects


def _limit(turn: Turn) -> None:
    """Hand a call with too many turns to a person by the safe path; not while it waits for one, nor at its end."""
    if turn.memory.turns > turn.plan.flow.limits.turns and not (turn.memory.closed or turn.memory.failing):
        step = turn.step
        if isinstance(step, Ask | TakeNumber | TakeDigits | TakeMessage) and not turn.memory.nine:
            fail_safe(turn)


def _learnt(turn: Turn, before: object) -> None:
    """Tell the record which results changed in this event."""
    results = turn.memory.results
    if results is before or not isinstance(before, dict):  # they are replaced, never changed in place
        return
    for name in sorted({*before, *results}):
        if before.get(name, "") != results.get(name, ""):
            turn.emit(Learnt, result=name, category=results.get(name, ""))


def _watch(turn: Turn) -> None:
    """Leave no dead air: a call that neither speaks nor waits for anything is a fault, and has a timer for it."""
    memory = turn.memory
    watched = "watchdog" in memory.timers
    if memory.closed or memory.playing is not None or not _NO_WAIT.issuperset(memory.timers):
        if watched:
            turn.cancel("watchdog")
    elif not watched:
        turn.start("watchdog", turn.plan.flow.limits.watchdog_ms)


def _started(turn: Turn, event: CallStarted) -> None:
    memory = turn.memory
    memory.clinic, memory.call, memory.flow = event.clinic, event.call, event.flow
    memory.caller = event.caller
    if event.flow != turn.plan.flow.hash:
        raise SessionError("the call began on another version of the flow")
    turn.emit(Answer)
    turn.emit(AskHistory, caller=event.caller)
    turn.start("call", turn.plan.flow.limits.duration_ms)
    memory.step = turn.plan.entry[turn.plan.flow.starts_at]
    turn.count()
    turn.arrive()


def _kept(turn: Turn, event: LineMeasured | WakeJudged) -> None:
    """Nothing: it is for the record."""
    del turn, event


_HANDLERS: Final[dict[type[Any], Callable[[Turn, Any], None]]] = {
    Played: played,
    SpeechStarted: speech_started,
    Heard: heard,
    KeyPressed: pressed,
    TimerFired: timer_fired,
    HungUp: hung_up,
    HistoryFound: history,
    HoursFound: hours,
    PromiseMade: promised,
    EscalationChanged: escalation,
    Notified: notified,
    TransferEnded: transfer_ended,
    MessageRecorded: message,
    EarsFailed: ears_failed,
    VoiceFailed: voice_failed,
    RecordsFailing: records_failing,
    LineMeasured: _kept,
    WakeJudged: _kept,
    Interrupted: interrupted,
}
