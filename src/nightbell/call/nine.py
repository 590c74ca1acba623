"""Nine: the emergency by key, and the one way to take it back (rule 3). Which keys are a nine is ``keypad``'s."""

from __future__ import annotations

from typing import Final

from nightbell.call.step import Say
from nightbell.call.turn import Turn
from nightbell.call.waiting import wait_on
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["MISTAKES", "nine", "nine_stands", "while_nine"]

MISTAKES: Final = 2
"""How often a 9 may be taken back in one call; the next one is meant."""


def nine(turn: Turn) -> None:
    """Say the emergency words at once; the page waits for the offer to take it back, not longer (rule 3)."""
    memory, flow, step = turn.memory, turn.plan.flow, turn.step
    words_playing = memory.playing is not None and isinstance(step, Say) and step.state == flow.emergency
    nines = memory.visits.get("~nine", 0)
    routed = turn.plan.edges[step.id]["nine"] != "~nine"  # the offer stands behind those words alone
    meant = memory.nine or words_playing or memory.floor is Disposition.D0 or nines >= MISTAKES
    if meant or routed or flow.mistake is None:
        memory.nine = ""
        turn.raise_floor(Disposition.D0, step, question="key_9")
        if not words_playing:
            turn.go("nine")
        return
    memory.nine = "words"
    memory.visits = {**memory.visits, "~nine": nines + 1}
    memory.screened = False
    turn.go("nine")


def while_nine(turn: Turn, key: str) -> None:
    """Take a key while the 9 may still be taken back."""
    if key == keys.YES and turn.memory.nine == "offer":
        # A 1 before the offer was said takes nothing back: 911 is typed in panic.
        turn.note(turn.step, "mistake", "key")
        turn.memory.nine = ""
        turn.go("answer:mistake")
    else:
        wait_on(turn)  # it says nothing about a mistake: the words and the offer go on, and then the page


def nine_stands(turn: Turn) -> None:
    """Nobody took the 9 back: it was meant."""
    memory = turn.memory
    memory.nine = ""
    turn.raise_floor(Disposition.D0, turn.step, question="key_9")
    memory.words_given = True
    turn.go("exhausted")
