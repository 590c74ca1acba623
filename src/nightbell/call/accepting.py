"""Accepting: what the call does with an answer however it came - takes it, asks about it, or keeps it for later.

What was said or pressed is judged before (``answering``); a try that failed is ``waiting``'s.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from nightbell.call.answering import AGAIN, Verdict, is_typed
from nightbell.call.effects import AskHistory
from nightbell.call.events import Event, Heard
from nightbell.call.step import Ask, Decide, Entry, Say, TakeDigits, TakeNumber, answer
from nightbell.call.turn import Turn
from nightbell.call.waiting import again, ask_to_confirm, failed_try
from nightbell.call.words import normal, number_in
from nightbell.flow.model import Slot

__all__ = ["answered", "confirmation", "entered", "kept_verdict", "lead"]

_FIRST_WORDS_MS: Final = 1500
"""A no, spoken or pressed, that began before this much of a screen's question was said answers something else."""
_WEIGHTS: Final = {
    "restart": 1,
    "asr_error": 1,
    "got": 1,
    "answered": 1,
    "busy": 1,
    "no_answer": 1,
    "failed": 1,
    "person": 4,
}
"""How much an outcome kept for the end of the words weighs; those of red flags weigh more, by their floor."""


def lead(turn: Turn, outcome: str) -> None:
    """Take an outcome now, or when the must-hear words are over (rule 11)."""
    if turn.memory.playing is not None and turn.memory.playing_must_hear:
        _postpone(turn, outcome)
    else:
        turn.go(outcome)


def answered(turn: Turn, ask: Ask, verdict: Verdict) -> None:
    """Act on the answer to a question, or on a try that failed."""
    memory = turn.memory
    if _not_heard_yet(turn, ask, verdict):
        return
    if memory.playing is not None and memory.playing_must_hear:
        if ask.policy == "screen" and ask.floor is not None and _is_yes(ask, verdict.category):
            turn.raise_floor(ask.floor, ask, row=ask.row)
        if verdict.category is not None:
            _postpone(turn, _kept(verdict))
        return
    if not _reach(turn, ask, verdict):
        return
    if verdict.category == AGAIN:
        again(turn)
    elif verdict.category is not None:
        _accept(turn, ask, verdict)
    elif verdict.perhaps and not memory.confirmed:
        _ask_whether(turn, ask, verdict)
    else:
        failed_try(turn, ask, verdict.reason)


def _ask_whether(turn: Turn, ask: Ask, verdict: Verdict) -> None:
    """Ask once in a visit: "did you say ...?"."""
    memory = turn.memory
    memory.confirmed, memory.confirming = True, verdict.perhaps
    memory.heard = turn.tongue.lexicons[ask.id].first.get(verdict.perhaps, verdict.phrase)
    turn.cancel("noinput")
    ask_to_confirm(turn, ask)


def confirmation(turn: Turn, *, yes: bool, repeat: bool) -> Verdict:
    """Judge the answer to "did you say ...?": anything but a clear yes is a try that failed."""
    memory = turn.memory
    if yes:
        return Verdict(memory.confirming, "confirmed", normal(memory.heard))
    return Verdict(AGAIN if repeat else None, "low_confidence")


def _kept(verdict: Verdict) -> str:
    """Write a verdict down for the end of the words; ``kept_verdict`` reads it."""
    return f"{verdict.reason}/{verdict.category}/{verdict.phrase}"


def kept_verdict(pending: str) -> Verdict | None:
    """Read a verdict that was kept; None for an outcome."""
    reason, slash, rest = pending.partition("/")
    category, _, phrase = rest.partition("/")
    return Verdict(category, reason, phrase) if slash else None  # type: ignore[arg-type]  # it was a Verdict's


def _postpone(turn: Turn, pending: str) -> None:
    """Keep something for the end of the words; what leads to care is not replaced by what does not."""
    if _weight(turn, pending) >= _weight(turn, turn.memory.pending):
        turn.memory.pending = pending


def _weight(turn: Turn, pending: str) -> int:
    if not pending:
        return 0
    verdict = kept_verdict(pending)
    if verdict is None:
        return _WEIGHTS.get(pending) or _urgency(turn, pending)
    ask, category = turn.asked, verdict.category
    if ask is None or category is None or category == AGAIN:
        return 1
    return 2 if turn.plan.safe(ask, category) or (ask.policy == "screen" and category != "no") else 1


def _urgency(turn: Turn, pending: str) -> int:
    """Weigh what a caller said by its floor: an emergency is not replaced by what is less."""
    kind, _, name = pending.partition(":")
    if kind == "correct":
        asked = turn.step_of(name)
        floor = asked.floor if isinstance(asked, Ask) else None
    else:
        floor = next((each.floor for each in turn.plan.universals if each.name == name), None)
    # A wish without a floor is more than any answer, and less than key 0: a person was asked for.
    return 3 if floor is None else 5 + floor.rank


def _is_yes(ask: Ask, category: str | None) -> bool:
    return category == "yes" or (category == "not_sure" and not ask.neutral)


def _not_heard_yet(turn: Turn, ask: Ask, verdict: Verdict) -> bool:
    """Pass over a "no" to a screen's question that has not been asked, and ask it (rule 4)."""
    memory, event = turn.memory, turn.event
    if ask.policy != "screen" or verdict.category != "no":
        return False
    if memory.step == ask.id:  # in another language it is not the plan's own object
        early = _began(event) - memory.asked_ms < _FIRST_WORDS_MS
        under_way = memory.cut or memory.playing is not None
        if not (early and under_way) or memory.noinputs + memory.nomatches:
            return False
        if memory.playing is None:
            again(turn)
    elif memory.playing is None or not memory.playing_must_hear:
        _reach(turn, ask, Verdict(None, "nomatch"))
    return True


def _began(event: Event) -> float:
    """Return when an answer began; typed words are read, not heard, and never come too early."""
    if isinstance(event, Heard):
        return math.inf if is_typed(event) else event.start_ms
    return event.audio_ms


def _reach(turn: Turn, ask: Ask, verdict: Verdict) -> bool:
    """Walk over the words before the question; False when the call has to stop on the way, or leads elsewhere."""
    while turn.memory.step != ask.id:
        step = turn.step
        if isinstance(step, Decide):
            turn.move(turn.decide(step))
        elif isinstance(step, Say):
            turn.move("said")
        else:
            turn.arrive()
            return False
        here = turn.step
        if isinstance(here, Say) and here.prompt.must_hear:
            turn.arrive()
            if verdict.category is not None:
                turn.memory.pending = _kept(verdict)
            return False
        if here.id == ask.id:
            outcome = "" if verdict.category in {None, AGAIN} else turn.passes()
            if outcome:
                turn.move(outcome)
            if outcome or verdict.category in {None, AGAIN}:
                turn.arrive()
                return False
    return True


def _accept(turn: Turn, ask: Ask, verdict: Verdict) -> None:
    memory, category = turn.memory, verdict.category or ""
    turn.note(ask, category, verdict.reason)
    memory.last_no = ""
    if ask.question == "offer" and category == "yes":
        memory.callback_number = memory.caller
    if category == "no" and Slot("callback_number") in ask.prompt.parts:
        memory.callback_number = None  # read back and refused: it is a stranger's
    if ask.policy == "nine":
        memory.nine = ""
        turn.go(answer("mistake"))
        return
    if ask.policy == "screen":
        if category == "not_sure":
            category = "no" if ask.neutral else "yes"
        if category == "yes" and ask.floor is not None:
            turn.raise_floor(ask.floor, ask, row=ask.row)
        elif category == "no":
            memory.last_no, memory.last_no_ms = ask.id, turn.event.audio_ms
    _fill(turn, ask, category, verdict.phrase)
    turn.go(answer(category))


def _fill(turn: Turn, ask: Ask, category: str, phrase: str) -> None:
    """Give the slots of an answer their categories; one that was not named now is not known."""
    lexicon = turn.tongue.lexicons[ask.id]
    for result in lexicon.slots.get(category, ()):
        turn.remember(result, dict(lexicon.fills.get(phrase, ())).get(result, ""))


def entered(turn: Turn, step: Entry, digits: str, by: Literal["key", "speech"]) -> None:
    """Take digits for the number or the digits that the step wants; others are a try that failed."""
    memory = turn.memory
    number = number_in(digits, turn.plan.flow.clinic.country) if isinstance(step, TakeNumber) else None
    if isinstance(step, TakeDigits) and step.fewest <= len(digits) <= step.most:
        memory.values = {**memory.values, step.result or step.state: digits}
        turn.note(step, "digits", by)
        lead(turn, "got")
    elif number is not None:
        memory.callback_number = number
        turn.note(step, "number", by)
        if memory.caller is None:
            turn.emit(AskHistory, caller=number)
        lead(turn, "got")
    elif memory.playing is None or not memory.playing_must_hear:  # else the words go on, and ask for it
        failed_try(turn, step, "dtmf_invalid" if by == "key" else "nomatch")
