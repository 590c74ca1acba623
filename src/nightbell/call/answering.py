"""Answering: what an utterance or a key means as an answer to one question. Pure, and the same at every tier.

The closed recogniser's whole phrase decides; the open recogniser's text may only lead in the safe direction
(DESIGN section 5). It names a category and the reason; what follows from it is ``hearing``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from nightbell.call.compile import Plan
from nightbell.call.doubt import leaves_open
from nightbell.call.events import Heard
from nightbell.call.spotting import contains, phrases_of, places, spelt
from nightbell.call.step import Ask
from nightbell.call.tongue import Tongue
from nightbell.call.words import normal, unhesitating, words_of

__all__ = [
    "AGAIN",
    "Verdict",
    "by_key",
    "by_voice",
    "is_empty",
    "is_typed",
    "says_yes",
    "whole_phrase",
]

AGAIN: Final = "~again"
"""The category of "say that again"."""
_DROWNED_DB: Final = 3.0
"""Below this a benign answer is not taken: every right phrase at 10 dB measured more."""
_NOISY_DB: Final = 6.0
"""Below this signal-to-noise ratio a rejected utterance sends the question to keys at once."""

Reason = Literal[
    "speech",
    "key",
    "confirmed",
    "low_confidence",
    "contradiction",
    "nomatch",
    "max_speech",
    "noise",
    "dtmf_invalid",
    "noinput",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A category, or None for no match, and why."""

    category: str | None
    reason: Reason
    phrase: str = ""
    """The normal phrase it was said with."""
    perhaps: str = ""
    """Category that stood between the two confidence levels: worth asking about, where the question may."""


def is_empty(event: Heard) -> bool:
    """Tell whether nothing at all was understood."""
    return not (event.phrase or normal(event.text) or normal(event.open_text or ""))


def is_typed(event: Heard) -> bool:
    """Tell whether words were typed: they have no sound, so when they began says nothing."""
    return event.phrase is None and event.confidence == 1.0


def by_key(ask: Ask, key: str) -> Verdict:
    """Judge a key."""
    for possible in ask.answers:
        if possible.key == key:
            return Verdict(possible.category, "key")
    return Verdict(None, "dtmf_invalid")


def by_voice(plan: Plan, tongue: Tongue, ask: Ask, event: Heard, *, doubt: bool) -> Verdict:
    """Judge an utterance."""
    verdict = _by_words(plan, tongue, ask, event, doubt=doubt)
    if verdict.category is None and verdict.reason == "nomatch" and event.cause == "too_long":
        return Verdict(None, "max_speech")
    return verdict


def _by_words(plan: Plan, tongue: Tongue, ask: Ask, event: Heard, *, doubt: bool) -> Verdict:
    phrase = whole_phrase(tongue, ask, event)
    if phrase in tongue.again:
        return Verdict(AGAIN, "speech")
    category = tongue.lexicons[ask.id].categories.get(phrase)
    screen = ask.policy == "screen"
    whole_no = category == "no" and event.text == event.phrase
    if screen and category in {None, "no"} and not whole_no and _contradicts(tongue, ask, event.text):
        return Verdict("yes", "contradiction")
    if category is None:
        phrase = _agreed(tongue, ask, event)
        category = tongue.lexicons[ask.id].categories.get(phrase)
    if category is not None and not _is_refused(tongue, ask, event, category):
        return _by_confidence(plan, ask, event, category, phrase)
    raised = _raised(plan, tongue, ask, event)
    if raised is not None and not _is_refused(tongue, ask, event, raised):
        return Verdict(raised, "speech")
    if doubt:
        return Verdict("yes", "low_confidence")
    if event.snr_db is not None and event.snr_db < _NOISY_DB:
        return Verdict(None, "noise")
    return Verdict(None, "nomatch")


def whole_phrase(tongue: Tongue, ask: Ask, event: Heard) -> str:
    """Return the normal phrase that was heard whole, or ""."""
    if event.phrase is not None:
        return " ".join(spelt(event.phrase))
    # Typed words have no recogniser behind them: the whole text is the hypothesis.
    typed = unhesitating(event.text) if is_typed(event) else ""
    if typed in tongue.lexicons[ask.id].categories or typed in tongue.again:
        return typed
    return tongue.lexicons[ask.id].repeated(typed)


def says_yes(tongue: Tongue, event: Heard, level: float) -> bool:
    """Tell whether an utterance is a clear yes to "did you say ...?", at this level of confidence."""
    said = normal(event.phrase or (event.text if is_typed(event) else ""))
    return said in tongue.yes and _level(event) >= level


def _level(event: Heard) -> float:
    """Return how sure an utterance is; what noise drowns, and what has no confidence, never is."""
    clear = event.snr_db is None or event.snr_db >= _DROWNED_DB
    return event.confidence if event.confidence is not None and clear else -1.0


def _is_refused(tongue: Tongue, ask: Ask, event: Heard, category: str) -> bool:
    """Tell whether what was said holds a phrase that the category is not."""
    refused = tongue.lexicons[ask.id].refused.get(category, ())
    texts = [words_of(text) for text in (event.open_text, event.text, event.phrase) if text] if refused else []
    return any(contains(heard, phrase) for phrase in refused for heard in texts)


def _agreed(tongue: Tongue, ask: Ask, event: Heard) -> str:
    """Return the phrase that both recognisers heard, outside a screen: the closed one with a trailing decoy.

    "yes please of" and, verbatim, "yes please" are one answer (ADR 0008), and "yes of" and "yes yes" too.
    A screen is decided by the closed one, and by both where they heard one answer and no other word: "oh no".
    """
    lexicon, said, closed = tongue.lexicons[ask.id], unhesitating(event.open_text or ""), unhesitating(event.text)
    first = lexicon.repeated(said)
    if first:
        other = lexicon.repeated(closed) if ask.policy == "screen" else lexicon.beginning(closed)
        return first if lexicon.categories[first] == lexicon.categories.get(other) else ""
    if said not in lexicon.categories:
        return ""
    agreed = (closed == said and event.cause != "too_long") or (
        ask.policy != "screen" and closed.startswith(f"{said} ")
    )
    return said if agreed else ""


def _by_confidence(plan: Plan, ask: Ask, event: Heard, category: str, phrase: str) -> Verdict:
    level = _level(event)
    leads_to_care = category in {"yes", "not_sure"} if ask.policy == "screen" else plan.safe(ask, category)
    if level >= ask.timers.confidence_level or leads_to_care:
        return Verdict(category, "speech", phrase)
    if ask.confirm is not None and level >= ask.timers.low_confidence_level:
        return Verdict(None, "low_confidence", phrase, perhaps=category)
    return Verdict(None, "low_confidence")


def _contradicts(tongue: Tongue, ask: Ask, text: str) -> bool:
    """Tell whether a yes, or a doubt, and a no stand side by side in what the closed recogniser heard."""
    heard = words_of(text)
    if tongue.lexicons[ask.id].categories.get(" ".join(heard)) == "no":
        return False  # one no is all of it
    no = [at for phrase in phrases_of(ask, "no") for at in places(heard, phrase)]
    yes = [at for phrase in phrases_of(ask, "yes", "not_sure") for at in places(heard, phrase)]
    return bool(no) and any(not any(set(at) <= set(other) for other in no) for at in yes)


def _raised(plan: Plan, tongue: Tongue, ask: Ask, event: Heard) -> str | None:
    """Return a category that the open text raises the answer to, or None; never a benign one."""
    heard = words_of(unhesitating(event.open_text or ""))
    if not heard:
        return None
    if ask.policy == "screen":
        if _says_yes_in_passing(tongue, heard):
            return "yes"
        if leaves_open(heard) or any(contains(heard, unsure) for unsure in tongue.answers.not_sure):
            return "not_sure"
        specific = next((possible for possible in ask.answers if possible.category == "yes"), None)
        said = specific.phrases if specific else ()
        return (
            "yes" if any(contains(heard, phrase) for phrase in said if phrase not in tongue.answers.yes) else None
        )
    if ask.of_signs and plan.safe(ask, "not_sure") and leaves_open(heard):
        return "not_sure"
    for possible in ask.answers:
        if plan.safe(ask, possible.category) and any(contains(heard, phrase) for phrase in possible.phrases):
            return possible.category
    return None


def _says_yes_in_passing(tongue: Tongue, heard: tuple[str, ...]) -> bool:
    """Tell whether free words begin with a yes, or end with one and hold no "no": "it does hurt, yes"."""
    yes = [spelt(phrase) for phrase in tongue.answers.yes]
    if any(heard[: len(words)] == words for words in yes):
        return True
    denied = any(contains(heard, phrase) for phrase in tongue.answers.no)
    return not denied and any(heard[-len(words) :] == words for words in yes if words)
