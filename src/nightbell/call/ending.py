"""Ending: how a call comes to its one disposition - by its last words, by a hang-up, by a failure, by a crash."""

from __future__ import annotations

from typing import Final, Literal

from nightbell.call.effects import Close, HangUp, Listen, Play, RingBack, StopPlaying
from nightbell.call.events import HungUp, Interrupted, PromiseMade
from nightbell.call.step import Ask, Finish
from nightbell.call.turn import Turn
from nightbell.terms.disposition import Disposition, highest
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["fail_safe", "failed_words_over", "finish", "hung_up", "interrupted", "promised", "said_goodbye"]

_RING_BACK_MS: Final = 600_000
"""Ring-backs are made within ten minutes (rule 6)."""
_FLAG_RING_BACKS: Final = 3
_SAID_AGAIN_MS: Final = 20_000
"""The last words of a crisis are said again at this interval: the line never hangs up first (rule 14)."""
_Reason = Literal["end", "hangup", "interrupted", "silent", "failure", "connected"]


def _close(turn: Turn, disposition: Disposition, reason: _Reason) -> None:
    memory = turn.memory
    final = highest(memory.floor, disposition) or disposition
    state = turn.step.state
    for timer in memory.timers:
        turn.cancel(timer)
    turn.stop_transfer()
    turn.emit(Close, disposition=final, state=state, reason=reason)
    memory.closed = True
    memory.playing = None
    turn.move("hangup")


def _ring_back(turn: Turn, times: int, then: Literal["page", "morning_list"]) -> None:
    number = turn.memory.callback_number or turn.memory.caller
    turn.emit(RingBack, times=times, within_ms=_RING_BACK_MS, then=then, number=number)


def promised(turn: Turn, event: PromiseMade) -> None:
    """Speak the promise once it is durable; without one, say the words that promise nothing."""
    step = turn.step
    if not isinstance(step, Finish) or turn.memory.asked_world is None:
        return
    if not event.timed_out:
        turn.memory.promise = Promise(
            who=event.who, from_number=event.from_number, by=Instant(event.by_utc), by_spoken=event.by_spoken
        )
    finish(turn, promised=not event.timed_out)


def finish(turn: Turn, *, promised: bool) -> None:
    """Say the last words."""
    step = turn.step
    if isinstance(step, Finish):
        turn.memory.asked_world = None
        turn.cancel("world")
        if promised or not step.promise:
            turn.last_words(step.prompt, step)
        elif step.fallback is not None:
            turn.last_words(step.fallback, step)
        else:
            fail_safe(turn)


def said_goodbye(turn: Turn) -> None:
    """Close after the last words."""
    step = turn.step
    if not isinstance(step, Finish):
        return
    if turn.memory.floor is Disposition.DM:
        turn.start("every", _SAID_AGAIN_MS)
        return
    silent = _is_silent(turn, step)
    if silent:
        _ring_back(turn, 1, "page" if turn.floored else "morning_list")
    talked = turn.memory.connected and not turn.floored
    _close(turn, step.disposition, "silent" if silent else "connected" if talked else "end")
    turn.emit(HangUp)


def _is_silent(turn: Turn, step: Finish) -> bool:
    return step.state == turn.plan.flow.silent and not turn.memory.engaged


def _nine_stands(turn: Turn) -> None:
    """A 9 that nobody can take back any more was meant (rule 3)."""
    if turn.memory.nine:
        turn.memory.nine = ""
        turn.raise_floor(Disposition.D0, turn.step, question="key_9")


def hung_up(turn: Turn, event: HungUp) -> None:
    """The line is gone before the end (rule 6)."""
    del event
    memory, step = turn.memory, turn.step
    _nine_stands(turn)
    if not turn.floored and memory.visits.get("~nine", 0) and not memory.screened:
        # Taken back, but the screen that is then obligatory was never answered.
        turn.raise_floor(Disposition.D0, step, question="key_9")
    if memory.doubt and isinstance(step, Ask) and step.floor is not None:
        turn.raise_floor(step.floor, step, row=step.row)
    if isinstance(step, Finish) and memory.promise is not None and not turn.floored:
        if _is_silent(turn, step):
            _ring_back(turn, 1, "morning_list")
        _close(turn, step.disposition, "hangup")
        return
    if memory.connected and not turn.floored and not memory.screening:
        # Who was put through and hangs up has talked with somebody: nobody was dropped.
        _close(turn, step.disposition if isinstance(step, Finish) else Disposition.D5, "connected")
        return
    if turn.floored:
        _ring_back(turn, _FLAG_RING_BACKS, "page")
        _close(turn, Disposition.DU, "hangup")
    elif memory.screening:
        _ring_back(turn, 1, "page")
        _close(turn, Disposition.DU, "hangup")
    elif memory.screened:
        _ring_back(turn, 1, "morning_list")
        _close(turn, Disposition.D4, "hangup")
    else:
        if memory.silent_96h >= 1:
            turn.raise_floor(Disposition.DU, step, question="dropped_again")
        _ring_back(turn, 1, "morning_list")
        _close(turn, Disposition.DU, "hangup")


def interrupted(turn: Turn, event: Interrupted) -> None:
    """The process died with this call in it: floor at least DU, and a person is told."""
    del event
    _nine_stands(turn)
    turn.raise_floor(Disposition.DU, turn.step, question="interrupted")
    _ring_back(turn, _FLAG_RING_BACKS, "page")
    _close(turn, Disposition.DU, "interrupted")


def fail_safe(turn: Turn, *, page: bool = True) -> None:
    """Take the safe path: recorded words that need only a file, a person told, then the end (rule 10)."""
    memory = turn.memory
    if memory.failing:
        failed_words_over(turn)
        return
    memory.failing = True
    _nine_stands(turn)
    if page:
        turn.raise_floor(Disposition.DU, turn.step, question="failure")
    for timer in memory.timers:
        turn.cancel(timer)
    turn.stop_transfer()
    turn.emit(StopPlaying)
    memory.listening = turn.emit(Listen, mode="off")
    memory.listen_key = ""
    memory.playing_must_hear = True
    memory.playing = turn.emit(
        Play,
        prompt="safe_words",
        segments=(),
        bargein="none",
        state=turn.step.state,
        question="failure",
        safe=True,
    )
    turn.start("failing", 60_000)


def failed_words_over(turn: Turn) -> None:
    """Close after the recorded safe words."""
    _ring_back(turn, _FLAG_RING_BACKS, "page")
    _close(turn, Disposition.DU, "failure")
    turn.emit(HangUp)
