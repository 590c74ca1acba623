"""Failing: what still counts while the recorded safe words are said - a 9, a red flag, the end. Nothing else."""

from __future__ import annotations

from nightbell.call.ending import failed_words_over, hung_up, interrupted
from nightbell.call.events import (
    Event,
    Heard,
    HungUp,
    Interrupted,
    KeyPressed,
    MessageRecorded,
    Played,
    TimerFired,
    VoiceFailed,
)
from nightbell.call.turn import Turn
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["under_safe_words"]


def under_safe_words(turn: Turn, event: Event) -> None:
    """Take an event while the safe words are playing; no other words replace them (rule 10)."""
    match event:
        case Played(effect=effect) | VoiceFailed(effect=effect):
            if effect == turn.memory.playing:
                failed_words_over(turn)
        case TimerFired(timer=timer):
            if turn.ran_out(timer):
                failed_words_over(turn)
        case KeyPressed(key=keys.EMERGENCY):
            turn.raise_floor(Disposition.D0, turn.step, question="key_9")
        case Heard():
            _flagged(turn, " ".join(filter(None, (event.open_text, event.phrase))))
        case MessageRecorded(text=text):
            _flagged(turn, text)
        case HungUp():
            hung_up(turn, event)
        case Interrupted():
            interrupted(turn, event)
        case _:
            pass


def _flagged(turn: Turn, said: str) -> None:
    flag = turn.plan.all_flags.find(said)
    if flag is not None and flag.floor is not None:
        turn.raise_floor(flag.floor, turn.step, row=flag.row, question=flag.name)
