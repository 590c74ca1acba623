"""Lexicon: what a question's answers sound like, worked out once per flow and shared by all calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nightbell.call.step import Ask
from nightbell.call.words import normal
from nightbell.flow.model import Flow
from nightbell.terms.phrase import Phrase

__all__ = ["Lexicon", "lexicon_of"]

_CHOICE_PAUSE_MS: Final = 300
_SCREEN_NO_PAUSE_MS: Final = 700
"""DESIGN section 5: a no in a screen is waited for longer, because "no ... wait, yes" is said."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one question."""

    categories: Mapping[str, str]
    """Normal phrase to category."""
    phrases: tuple[Phrase, ...]
    """The grammar."""
    correcting: tuple[Phrase, ...]
    """The grammar while a no may still be corrected: every yes is in it."""


def lexicon_of(ask: Ask, flow: Flow) -> Lexicon:
    """Work out a question's words."""
    pauses: dict[str, int] = {}
    for possible in ask.answers:
        slow = ask.policy == "screen" and possible.category == "no"
        for text in possible.phrases:
            pauses[text] = _SCREEN_NO_PAUSE_MS if slow else _CHOICE_PAUSE_MS
    for text in flow.again:
        pauses.setdefault(text, _CHOICE_PAUSE_MS)
    sounds = dict(flow.sounds_like)
    phrases = _phrases(pauses, sounds)
    for text in flow.yes:
        pauses.setdefault(text, _CHOICE_PAUSE_MS)
    return Lexicon(
        categories={normal(text): possible.category for possible in ask.answers for text in possible.phrases},
        phrases=phrases,
        correcting=_phrases(pauses, sounds),
    )


def _phrases(pauses: Mapping[str, int], sounds: Mapping[str, tuple[str, ...]]) -> tuple[Phrase, ...]:
    return tuple(Phrase(text, _says(text, sounds), pause) for text, pause in pauses.items())


def _says(text: str, sounds: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    says = [""]
    for word in text.split():
        ways = (word, *sounds.get(word, ()))
        says = [f"{so_far} {way}".strip() for so_far in says for way in ways]
    return tuple(way for way in says if way != text)
