"""Keypad: what a key does. One key map everywhere (DESIGN section 4, rule 1), and the rule of nines.

A lone 9, or * then 9, is the emergency at any instant. While a number is being keyed, a 9 with another key within
the inter-digit time is a digit, and 999, 911, 112, 000 and the clinic's own emergency number are the emergency as
the whole entry alone.
"""

from __future__ import annotations

from typing import Final

from nightbell.call.accepting import answered, confirmation, entered, lead
from nightbell.call.answering import AGAIN, Verdict, by_key
from nightbell.call.events import KeyPressed
from nightbell.call.hearing import flagged, speaks_up
from nightbell.call.nine import MISTAKES, nine, while_nine
from nightbell.call.step import Ask, Hold, Say, TakeDigits, TakeMessage, TakeNumber
from nightbell.call.turn import Turn
from nightbell.call.waiting import again, wait_on
from nightbell.flow.model import Universal
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition
from nightbell.terms.emergency import entries_of

__all__ = ["MISTAKES", "close_entry", "pressed"]

STAR_MS: Final = 3000
"""How long * waits for its 9."""
LONGEST_ENTRY: Final = 20


def pressed(turn: Turn, event: KeyPressed) -> None:
    """Take one key."""
    memory, key = turn.memory, event.key
    memory.engaged = True
    memory.silences = 0
    turn.cancel("noinput")
    turn.cancel("patience")
    starred, memory.star = memory.star, False
    turn.cancel("star")
    if key == keys.EMERGENCY and (starred or not isinstance(turn.step, TakeNumber | TakeDigits)):
        nine(turn)
    elif key == keys.STAR:
        memory.star = True
        turn.start("star", turn.paced(STAR_MS))
        _rearm(turn)
    elif isinstance(turn.step, TakeNumber | TakeDigits):
        _digit(turn, key)
    elif memory.nine:
        while_nine(turn, key)
    else:
        _choose(turn, key)


def _choose(turn: Turn, key: str) -> None:
    turn.took_turn()
    ask = turn.asked
    if (universal := _universal(turn, ask, key)) is not None:
        flagged(turn, universal)
    elif ask is not None and turn.memory.confirming and key != keys.PERSON:
        answered(turn, ask, confirmation(turn, yes=key == keys.YES, repeat=key == keys.AGAIN))
    else:
        _judge(turn, ask, key)


def _universal(turn: Turn, ask: Ask | None, key: str) -> Universal | None:
    """Return the universal of a key, unless it is a choice of higher priority."""
    own = () if ask is None or turn.memory.confirming else ask.answers
    priority = next((each.priority for each in own if each.key == key), 0)
    for universal in turn.plan.heeds[turn.memory.step]:
        if universal.key == key and (priority == 0 or universal.priority >= priority):
            return universal
    return None


def _judge(turn: Turn, ask: Ask | None, key: str) -> None:
    known = by_key(ask, key) if ask is not None and not turn.memory.confirming else None
    verdict = known or Verdict(None, "dtmf_invalid")
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
    elif isinstance(step, Ask | TakeNumber | TakeDigits | Say):
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
    full = isinstance(step, TakeDigits) and len(memory.entry) >= step.most
    if full and not _may_become_nines(turn, memory.entry):
        close_entry(turn)
    else:
        turn.start("interdigit", turn.paced(step.timers.interdigit_timeout_ms))


def _may_become_nines(turn: Turn, entry: str) -> bool:
    """Tell whether a full entry may be the beginning of an emergency number: then it is not closed under it."""
    numbers = entries_of(turn.plan.flow.clinic.emergency)
    return any(number != entry and number.startswith(entry) for number in numbers)


def close_entry(turn: Turn) -> None:
    """Judge what was keyed, at # or after the inter-digit time; digits also when there are enough."""
    memory, step = turn.memory, turn.step
    if not isinstance(step, TakeNumber | TakeDigits):
        return
    turn.cancel("interdigit")
    turn.took_turn()
    entry, memory.entry = memory.entry, ""
    if entry in entries_of(turn.plan.flow.clinic.emergency):
        nine(turn)
    else:
        entered(turn, step, entry, "key")
