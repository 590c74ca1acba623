"""Keypad: what a key does. One key map everywhere (DESIGN section 4, rule 1), and the rule of nines.

A lone 9, or * then 9, is the emergency at any instant. While a number is being keyed, a 9 with another key within
the inter-digit time is a digit, and 999, 911, 112, 000 are the emergency only as the whole entry.
"""

from __future__ import annotations

from typing import Final

from nightbell.call.answering import AGAIN, Verdict, by_key
from nightbell.call.events import KeyPressed
from nightbell.call.hearing import answered, flagged, lead, speaks_up
from nightbell.call.step import Ask, Hold, Say, TakeMessage, TakeNumber
from nightbell.call.turn import Turn
from nightbell.call.waiting import again, failed_try, wait_on
from nightbell.call.words import number_in
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition

__all__ = ["close_entry", "nine", "nine_stands", "pressed"]

STAR_MS: Final = 3000
"""How long * waits for its 9."""
LONGEST_ENTRY: Final = 20
MISTAKES: Final = 2
"""How often a 9 may be taken back in one call; the next one is meant."""


def pressed(turn: Turn, event: KeyPressed) -> None:
    """Take one key."""
    memory, key = turn.memory, event.key
    memory.engaged = True
    memory.silences = 0
    turn.cancel("noinput")
    turn.cancel("patience")
    starred, memory.star = memory.star, False
    turn.cancel("star")
    if key == keys.EMERGENCY and (starred or not isinstance(turn.step, TakeNumber)):
        nine(turn)
    elif key == keys.STAR:
        memory.star = True
        turn.start("star", STAR_MS)
        _rearm(turn)
    elif isinstance(turn.step, TakeNumber):
        _digit(turn, key)
    elif memory.nine:
        _while_nine(turn, key)
    else:
        _choose(turn, key)


def _choose(turn: Turn, key: str) -> None:
    for universal in turn.plan.universals:
        if universal.key == key:
            flagged(turn, universal)
            return
    ask = turn.asked
    verdict = by_key(ask, key) if ask is not None else Verdict(None, "dtmf_invalid")
    if verdict.category is None and key == keys.PERSON:
        _person(turn)
    elif ask is None:
        if not speaks_up(turn):
            _rearm(turn)
    elif verdict.category is None and key == keys.AGAIN:
        answered(turn, ask, Verdict(AGAIN, "key"))
    else:
        answered(turn, ask, verdict)


def _person(turn: Turn) -> None:
    """Key 0: a person, unless the call stands there already."""
    step = turn.step
    if isinstance(step, Hold) or step.state == turn.plan.flow.person or turn.memory.words_given:
        _rearm(turn)
        return
    turn.raise_floor(Disposition.DU, step, question="key_0")
    lead(turn, "person")


def _rearm(turn: Turn) -> None:
    """Go on waiting after a key that settled nothing."""
    step = turn.step
    if turn.memory.playing is not None:
        return
    if isinstance(step, TakeMessage) or (isinstance(step, Ask) and step.policy == "nine"):
        wait_on(turn)
    elif isinstance(step, Ask | TakeNumber | Say):
        turn.wait(step.timers.timeout_ms)


def _digit(turn: Turn, key: str) -> None:
    memory, step = turn.memory, turn.step
    if key == keys.AGAIN and not memory.entry:
        again(turn)
        return
    if key == keys.AGAIN:
        close_entry(turn)
        return
    memory.entry = (memory.entry + key)[:LONGEST_ENTRY]
    turn.start("interdigit", step.timers.interdigit_timeout_ms)


def close_entry(turn: Turn) -> None:
    """Judge a keyed number at # or after the inter-digit time."""
    memory, step = turn.memory, turn.step
    if not isinstance(step, TakeNumber):
        return
    turn.cancel("interdigit")
    entry, memory.entry = memory.entry, ""
    if entry in keys.EMERGENCY_ENTRIES:
        nine(turn)
        return
    number = number_in(entry, turn.plan.flow.clinic.country)
    if number is None:
        failed_try(turn, step, "dtmf_invalid")
        return
    memory.callback_number = number
    turn.note(step, "number", "key")
    turn.go("got")


def nine(turn: Turn) -> None:
    """Say the emergency words at once; the page waits for the offer to take it back, not longer (rule 3)."""
    memory, flow, step = turn.memory, turn.plan.flow, turn.step
    words_playing = memory.playing is not None and isinstance(step, Say) and step.state == flow.emergency
    nines = memory.visits.get("~nine", 0)
    meant = memory.nine or words_playing or memory.floor is Disposition.D0 or nines >= MISTAKES
    if meant or flow.mistake is None:
        memory.nine = ""
        turn.raise_floor(Disposition.D0, step, question="key_9")
        if not words_playing:
            turn.go("nine")
        return
    memory.nine = "words"
    memory.visits["~nine"] = nines + 1
    memory.screened = False
    turn.go("nine")


def _while_nine(turn: Turn, key: str) -> None:
    if key == keys.YES and turn.memory.nine == "offer":
        # A 1 before the offer was said takes nothing back: 911 is typed in panic.
        turn.note(turn.step, "mistake", "key")
        turn.memory.nine = ""
        turn.go("answer:mistake")
    # Any other key says nothing about a mistake: the words and the offer go on, and then the page.


def nine_stands(turn: Turn) -> None:
    """Nobody took the 9 back: it was meant."""
    memory = turn.memory
    memory.nine = ""
    turn.raise_floor(Disposition.D0, turn.step, question="key_9")
    memory.words_given = True
    turn.go("exhausted")
