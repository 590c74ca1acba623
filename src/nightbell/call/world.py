"""World: what the call does with timers and with the answers of the world outside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nightbell.call.accepting import lead
from nightbell.call.ending import fail_safe, finish
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HoursFound,
    MessageRecorded,
    Notified,
    RecordsFailing,
    TimerFired,
    TransferEnded,
    VoiceFailed,
)
from nightbell.call.hearing import flagged
from nightbell.call.keypad import close_entry
from nightbell.call.memory import COUNTER_LIMIT, Memory
from nightbell.call.nine import nine_stands
from nightbell.call.step import (
    Ask,
    AskWorld,
    Finish,
    Hold,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
    exhausted,
)
from nightbell.call.turn import Turn
from nightbell.call.waiting import silence

__all__ = [
    "ears_failed",
    "escalation",
    "history",
    "hours",
    "message",
    "notified",
    "records_failing",
    "timer_fired",
    "transfer_ended",
    "voice_failed",
]


def timer_fired(turn: Turn, event: TimerFired) -> None:
    """Act on a timer that ran out; one that was cancelled meanwhile means nothing."""
    memory = turn.memory
    if not turn.ran_out(event.timer):
        return
    memory.star = memory.star and event.timer != "star"
    _TIMERS[event.timer](turn)


def _hold_on(turn: Turn) -> None:
    step = turn.step
    if isinstance(step, Hold | Transfer):
        turn.play(step.prompt, step)
    elif isinstance(step, Finish):
        finish(turn, promised=turn.memory.promise is not None)


def _held_too_long(turn: Turn) -> None:
    turn.go("exhausted")


def _nothing(turn: Turn) -> None:
    del turn


def _nine_meant(turn: Turn) -> None:
    nine_stands(turn)


def _world_late(turn: Turn) -> None:
    step = turn.step
    match step:
        case AskWorld(what="hours"):
            turn.go("closed")
        case AskWorld():
            turn.go("failed")
        case TakeMessage():
            _no_message(turn, step)
        case Transfer():
            turn.stop_transfer()
            lead(turn, "failed")
        case Finish():
            finish(turn, promised=False)
        case _:
            pass


def history(turn: Turn, event: HistoryFound) -> None:
    """Remember what the records know of this number.

    Of a number that was keyed they only add to what is known: it may be somebody else's.
    """
    memory, keyed = turn.memory, turn.memory.callback_number
    if keyed is not None and memory.caller is None:
        _add_history(memory, event)
        return
    memory.contacts_96h = min(event.contacts_96h, COUNTER_LIMIT)
    memory.filler_contacts_96h = min(event.filler_contacts_96h, COUNTER_LIMIT)
    memory.silent_96h = min(event.silent_96h, COUNTER_LIMIT)
    memory.treated_14d = event.treated_14d
    memory.filler_14d = event.filler_14d
    memory.treating, memory.route = event.treating, event.route


def _add_history(memory: Memory, event: HistoryFound) -> None:
    memory.contacts_96h = min(max(memory.contacts_96h, event.contacts_96h), COUNTER_LIMIT)
    memory.filler_contacts_96h = min(max(memory.filler_contacts_96h, event.filler_contacts_96h), COUNTER_LIMIT)
    memory.silent_96h = min(max(memory.silent_96h, event.silent_96h), COUNTER_LIMIT)
    memory.treated_14d = "yes" if event.treated_14d == "yes" else memory.treated_14d
    memory.filler_14d = "yes" if event.filler_14d == "yes" else memory.filler_14d
    if event.treating:
        memory.treating, memory.route = event.treating, event.route


def hours(turn: Turn, event: HoursFound) -> None:
    """Go on by the opening hours; unknown is closed."""
    if isinstance(turn.step, AskWorld) and turn.step.what == "hours":
        turn.memory.hours = "closed" if event.timed_out else event.hours
        turn.go(turn.memory.hours)


def notified(turn: Turn, event: Notified) -> None:
    """Go on after a notification."""
    step = turn.step
    if isinstance(step, AskWorld) and step.what == "notify" and turn.memory.asked_world == event.effect:
        turn.go("ok" if event.ok else "failed")


def escalation(turn: Turn, event: EscalationChanged) -> None:
    """Follow the escalation; a caller on hold goes on when a person takes it or nobody is left."""
    if turn.memory.escalation != "acknowledged":  # it stops for everyone at the acknowledgement (rule 9)
        turn.memory.escalation = event.status
    if isinstance(turn.step, Hold) and event.status in {"acknowledged", "exhausted"}:
        turn.go(event.status)


def transfer_ended(turn: Turn, event: TransferEnded) -> None:
    """Go on after a transfer; one that was answered and put down again connected nobody."""
    memory = turn.memory
    if isinstance(turn.step, Transfer) and memory.transfer == event.effect:
        memory.transfer = None
        memory.connected = memory.connected or event.outcome == "answered"
        turn.cancel("world")
        lead(turn, "failed" if event.outcome == "hangup" else event.outcome)


def message(turn: Turn, event: MessageRecorded) -> None:
    """Take a message; a red flag in its words counts."""
    step = turn.step
    if not isinstance(step, TakeMessage) or turn.memory.asked_world != event.effect:
        return
    turn.memory.asked_world = None
    turn.note(step, "message", event.ended_by)
    turn.memory.engaged = turn.memory.engaged or event.speech_ms > 0
    flag = turn.plan.flags[step.id].find(event.text)
    if flag is not None:
        flagged(turn, flag)
    if turn.step is step and event.ended_by != "hangup":
        if event.speech_ms > 0:
            turn.go("recorded")
        else:
            _no_message(turn, step)


def _no_message(turn: Turn, step: TakeMessage) -> None:
    silent = exhausted("noinput")
    turn.go(silent if silent in turn.plan.edges[step.id] else "empty")


def ears_failed(turn: Turn, event: EarsFailed) -> None:
    """From here on keys only; the question is asked again with the words that say so."""
    memory, step = turn.memory, turn.step
    memory.keys_only = True
    # A recogniser that is there fails on a caller who speaks: who was not heard is not silent (rules 4, 10).
    memory.engaged = memory.engaged or event.reason != "missing"
    turn.listen(step, keys_only=True)
    if memory.nine:
        return
    if "asr_error" in turn.plan.edges[step.id]:
        lead(turn, "asr_error")
    elif isinstance(step, Ask | TakeNumber | TakeDigits) and not memory.playing_must_hear:
        memory.confirming = memory.heard = ""
        turn.cancel("noinput")
        turn.play(step.reprompts.keys_only or step.prompt, step)


def voice_failed(turn: Turn, event: VoiceFailed) -> None:
    """Take the safe path when a prompt cannot be spoken (rule 10)."""
    if event.effect == turn.memory.playing or turn.memory.playing is None:
        fail_safe(turn)


def records_failing(turn: Turn, event: RecordsFailing) -> None:
    """Take the safe path when nothing can be made durable (DESIGN section 1)."""
    del event
    fail_safe(turn)


_TIMERS: Final[dict[str, Callable[[Turn], None]]] = {
    "noinput": silence,
    "patience": silence,
    "interdigit": close_entry,
    "star": _nothing,
    "nine": _nine_meant,
    "every": _hold_on,
    "limit": _held_too_long,
    "world": _world_late,
    "call": fail_safe,
    "watchdog": fail_safe,
}
