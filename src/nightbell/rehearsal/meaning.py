"""Meaning: what the words of a script stand for where the call stands - an answer, a universal, or nothing clear.

A script may say so itself (``means``); else the words are looked up, whole and as they are written, in what the
flow lists for that question, and in its universals. Nothing is guessed: words that are neither are unclear. What
was found becomes words that can mean nothing else: the session is told an outcome. Numbers and messages stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.call.flags import find_flag
from nightbell.call.step import Ask, TakeDigits, TakeMessage, TakeNumber
from nightbell.call.table.stimuli import MUMBLE, saying
from nightbell.call.words import normal
from nightbell.errors import ScriptError
from nightbell.rehearsal.written import WrittenEars

if TYPE_CHECKING:
    from nightbell.call.compile import Plan
    from nightbell.call.memory import Memory
    from nightbell.call.session import Session
    from nightbell.call.tongue import Tongue
    from nightbell.conversation.ear_events import Utterance
    from nightbell.rehearsal.written import Speech

__all__ = ["AGAIN", "UNCLEAR", "OutcomeEars", "meaning_of", "wording_of"]

UNCLEAR: Final = "unclear"
"""In the place of an answer: nothing that the question takes."""
AGAIN: Final = "again"
"""The same for "say that again"."""
_DATA: Final = (TakeNumber, TakeDigits, TakeMessage)
"""Steps at which the words are the result."""


def meaning_of(plan: Plan, memory: Memory, words: str) -> str:
    """Return what words mean there by the flow's own lists: an answer, a universal, ``again`` or ``unclear``."""
    tongue, ask = _asked(plan, memory)
    phrase = normal(words)
    lexicon = tongue.lexicons[ask.id] if ask is not None and not memory.confirming else None
    priority = lexicon.priorities.get(phrase) if lexicon is not None else None
    universal = plan.flags[memory.step].find(words, at_least=priority)
    if universal is not None:
        return universal.name
    if phrase in tongue.again:
        return AGAIN
    if memory.confirming:
        return "yes" if phrase in tongue.yes else UNCLEAR
    return lexicon.categories.get(phrase, UNCLEAR) if lexicon is not None else UNCLEAR


def wording_of(plan: Plan, memory: Memory, words: str, means: str) -> str:
    """Return words that can only mean that there; the caller's own where they do.

    Args:
        plan: the flow.
        memory: where the call stands.
        words: what the script says.
        means: what it says that they mean; "" looks it up.

    Raises:
        ScriptError: there is no such answer and no such universal, or nothing can be said that means it.
    """
    step = plan.steps.get(memory.step)
    looked_up = meaning_of(plan, memory, words)
    meant = means or looked_up
    universal = next((each for each in plan.universals if each.name == meant), None)
    tongue, ask = _asked(plan, memory)
    if universal is not None and not _is_answer(ask, meant):
        done = saying(plan.universals, universal)[0]
        return done.value if done.what == "words" else _nothing(meant, memory)
    if meant == UNCLEAR:
        return words if isinstance(step, _DATA) and not means else MUMBLE
    if meant == looked_up:
        return words
    if meant == AGAIN:
        return min(tongue.again, default="") or _nothing(meant, memory)
    if memory.confirming:
        return min(tongue.yes, default="") if meant == "yes" else MUMBLE
    possible = next((each for each in ask.answers if each.category == meant), None) if ask is not None else None
    if possible is None:
        return _nothing(meant, memory)
    free = (text for text in possible.phrases if find_flag(plan.universals, (), text) is None)
    return next(free, "") or _nothing(meant, memory)


def _asked(plan: Plan, memory: Memory) -> tuple[Tongue, Ask | None]:
    """Return the words of the call's language, and the question that an answer now would answer."""
    tongue = plan.tongues[memory.language]
    return tongue, tongue.asks.get(plan.ahead.get(memory.step, memory.step))


def _is_answer(ask: Ask | None, name: str) -> bool:
    return ask is not None and any(each.category == name for each in ask.answers)


def _nothing(meant: str, memory: Memory) -> str:
    raise ScriptError(
        f"means: {meant} cannot be said at {memory.step}",
        hint=f"an answer of that question, a universal, {AGAIN} or {UNCLEAR}",
    )


class OutcomeEars(WrittenEars):
    """Ears that are told what is meant; they keep the times of ears in writing, and match no words."""

    def __init__(self, *, missing: bool = False) -> None:
        super().__init__(missing=missing)
        self._session: Session | None = None

    def follow(self, session: Session) -> None:
        """Take the call whose questions the words answer."""
        self._session = session

    def _utterance(self, speech: Speech, end_ms: int) -> Utterance:
        return super()._utterance(self._meant(speech), end_ms)

    def _meant(self, speech: Speech) -> Speech:
        session = self._session
        if session is None or session.closed or not session.memory.step:
            return speech
        return speech.saying(wording_of(session.plan, session.memory, speech.words, speech.means))
