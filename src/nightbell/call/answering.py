"""Answering: what an utterance or a key means as an answer to one question. Pure, and the same at every tier.

The closed recogniser's whole phrase decides; the open recogniser's text may only lead in the safe direction
(DESIGN section 5). It names a category and the reason; what follows from it is ``hearing``'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from nightbell.call.compile import Plan
from nightbell.call.events import Heard
from nightbell.call.step import Ask
from nightbell.call.words import normal, words_of
from nightbell.flow.model import Flow

__all__ = ["AGAIN", "Verdict", "by_key", "by_voice", "is_empty"]

AGAIN: Final = "~again"
"""The category of "say that again"."""
_NOISY_DB: Final = 6.0
"""Below this signal-to-noise ratio a rejected utterance sends the question to keys at once."""

Reason = Literal["speech", "key", "low_confidence", "contradiction", "nomatch", "noise", "dtmf_invalid", "noinput"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A category, or None for no match, and why."""

    category: str | None
    reason: Reason


def is_empty(event: Heard) -> bool:
    """Tell whether nothing at all was understood."""
    return not (event.phrase or normal(event.text) or normal(event.open_text or ""))


def by_key(ask: Ask, key: str) -> Verdict:
    """Judge a key."""
    for possible in ask.answers:
        if possible.key == key:
            return Verdict(possible.category, "key")
    return Verdict(None, "dtmf_invalid")


def by_voice(plan: Plan, ask: Ask, event: Heard, *, doubt: bool) -> Verdict:
    """Judge an utterance."""
    categories = plan.lexicons[ask.id].categories
    phrase = _phrase_of(event, categories, plan.again)
    if phrase in plan.again:
        return Verdict(AGAIN, "speech")
    category = categories.get(phrase)
    if category is not None:
        return _by_confidence(plan, ask, event, category)
    if ask.policy == "screen" and _contradicts(plan.flow, event.text):
        return Verdict("yes", "contradiction")
    raised = _raised(plan, ask, event)
    if raised is not None:
        return Verdict(raised, "speech")
    if doubt:
        return Verdict("yes", "low_confidence")
    if event.snr_db is not None and event.snr_db < _NOISY_DB:
        return Verdict(None, "noise")
    return Verdict(None, "nomatch")


def _phrase_of(event: Heard, categories: Mapping[str, str], again: frozenset[str]) -> str:
    if event.phrase is not None:
        return normal(event.phrase)
    # Typed words have no recogniser behind them: the whole text is the hypothesis.
    typed = normal(event.text) if event.confidence == 1.0 else ""
    return typed if typed in categories or typed in again else ""


def _by_confidence(plan: Plan, ask: Ask, event: Heard, category: str) -> Verdict:
    sure = event.confidence is not None and event.confidence >= ask.timers.confidence_level
    leads_to_care = plan.safe(ask, category) or (ask.policy == "screen" and category in {"yes", "not_sure"})
    if sure or leads_to_care:
        return Verdict(category, "speech")
    return Verdict(None, "low_confidence")


def _contradicts(flow: Flow, text: str) -> bool:
    """Tell whether both a yes and a no stand in what the closed recogniser heard."""
    heard = words_of(text)
    return any(_contains(heard, yes) for yes in flow.yes) and any(_contains(heard, no) for no in flow.no)


def _raised(plan: Plan, ask: Ask, event: Heard) -> str | None:
    """Return a category that the open text raises the answer to, or None; never a benign one."""
    heard = words_of(event.open_text or "")
    if not heard:
        return None
    if ask.policy == "screen":
        if any(heard[: len(words_of(yes))] == words_of(yes) for yes in plan.flow.yes):
            return "yes"
        if any(_contains(heard, unsure) for unsure in plan.flow.not_sure):
            return "not_sure"
        specific = next((possible for possible in ask.answers if possible.category == "yes"), None)
        said = specific.phrases if specific else ()
        return "yes" if any(_contains(heard, phrase) for phrase in said if phrase not in plan.flow.yes) else None
    for possible in ask.answers:
        if plan.safe(ask, possible.category) and any(_contains(heard, phrase) for phrase in possible.phrases):
            return possible.category
    return None


def _contains(heard: tuple[str, ...], phrase: str) -> bool:
    words = words_of(phrase)
    width = len(words)
    return width > 0 and any(heard[at : at + width] == words for at in range(len(heard) - width + 1))
