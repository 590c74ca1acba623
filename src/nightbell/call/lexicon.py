"""Lexicon: what a question's answers sound like, worked out once per flow and shared by all calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nightbell.call.step import Ask, Possible
from nightbell.call.words import normal
from nightbell.flow.model import Answers
from nightbell.terms.phrase import Phrase

__all__ = ["Lexicon", "grammar", "lexicon_of"]

_CHOICE_PAUSE_MS: Final = 300
_LONGEST_CHAIN: Final = 12
"""Words of an answer that is said several times over; a longer one is a story."""
_SCREEN_NO_PAUSE_MS: Final = 700
"""DESIGN section 5: a no in a screen is waited for longer, because "no ... wait, yes" is said. The safety question
of a booking, and what asks of self-harm, are answered so too."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one question."""

    categories: Mapping[str, str]
    """Normal phrase to category."""
    phrases: tuple[Phrase, ...]
    """The grammar."""
    correcting: tuple[Phrase, ...]
    """The grammar while a no may still be corrected: every yes is in it."""
    refused: Mapping[str, tuple[str, ...]]
    """Category to the normal phrases that it is not."""
    fills: Mapping[str, tuple[tuple[str, str], ...]]
    """Normal phrase to the results that its slots give."""
    slots: Mapping[str, tuple[str, ...]]
    """Category to the results that any of its phrases gives."""
    priorities: Mapping[str, int]
    """Normal phrase to its choice's priority, where that is over 0."""
    first: Mapping[str, str]
    """Category to its first phrase: what "did you say ...?" names."""

    def beginning(self, said: str) -> str:
        """Return the longest phrase that words begin with, or ""."""
        words = said.split()
        firsts = (" ".join(words[:size]) for size in range(len(words), 0, -1))
        return next((first for first in firsts if first in self.categories), "")

    def repeated(self, said: str) -> str:
        """Return the first phrase of words that are one answer several times over ("yes yes"), or ""."""
        words = said.split()
        if len(words) > _LONGEST_CHAIN:
            return ""
        firsts = (" ".join(words[:size]) for size in range(len(words) - 1, 0, -1))
        return next((first for first in firsts if self._goes_on(words, len(first.split()), first)), "")

    def _goes_on(self, words: Sequence[str], at: int, first: str) -> bool:
        """Tell whether all words from a place on are phrases of the category of the first phrase."""
        category = self.categories.get(first)
        ends = {at}
        for begin in range(at, len(words)):
            if begin in ends:
                texts = {end: " ".join(words[begin:end]) for end in range(begin + 1, len(words) + 1)}
                ends |= {end for end, text in texts.items() if self.categories.get(text) == category}
        return category is not None and len(words) in ends


def lexicon_of(ask: Ask, answers: Answers, sounds_like: Sequence[tuple[str, tuple[str, ...]]]) -> Lexicon:
    """Work out a question's words in one language: ``ask`` holds the phrases of that language already."""
    pauses: dict[str, int] = {}
    refused: dict[str, tuple[str, ...]] = {}
    for possible in ask.answers:
        slow = possible.category == "no" and (ask.policy == "screen" or ask.of_signs)
        for text in possible.phrases:
            pauses[text] = _SCREEN_NO_PAUSE_MS if slow else _CHOICE_PAUSE_MS
        if possible.not_hear and ask.policy != "screen":  # a no to a part of a question stands in many a whole no
            refused[possible.category] = tuple(normal(text) for text in possible.not_hear)
    # What an answer is not stands in the grammar too, so that it is heard as itself.
    for text in (*(text for possible in ask.answers for text in possible.not_hear), *answers.again):
        pauses.setdefault(text, _CHOICE_PAUSE_MS)
    sounds = dict(sounds_like)
    phrases = _phrases(pauses, sounds)
    for text in answers.yes:
        pauses.setdefault(text, _CHOICE_PAUSE_MS)
    categories = {normal(text): possible.category for possible in ask.answers for text in possible.phrases}
    fills = {normal(text): filled for possible in ask.answers for text, filled in possible.fills}
    return Lexicon(
        categories=categories,
        phrases=phrases,
        correcting=_phrases(pauses, sounds),
        refused=refused,
        fills=fills,
        slots={each.category: _slots(each) for each in ask.answers if each.fills},
        priorities={normal(text): each.priority for each in ask.answers if each.priority for text in each.phrases},
        first={possible.category: possible.phrases[0] for possible in ask.answers if possible.phrases},
    )


def _slots(possible: Possible) -> tuple[str, ...]:
    return tuple(dict.fromkeys(result for _, filled in possible.fills for result, _ in filled))


def grammar(texts: Sequence[str], sounds_like: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[Phrase, ...]:
    """Return phrases of one short pause each, every one once."""
    return _phrases(dict.fromkeys(texts, _CHOICE_PAUSE_MS), dict(sounds_like))


def _phrases(pauses: Mapping[str, int], sounds: Mapping[str, tuple[str, ...]]) -> tuple[Phrase, ...]:
    return tuple(Phrase(text, _says(text, sounds), pause) for text, pause in pauses.items())


def _says(text: str, sounds: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    says = [""]
    for word in text.split():
        ways = (word, *sounds.get(word, ()))
        says = [f"{so_far} {way}".strip() for so_far in says for way in ways]
    return tuple(way for way in says if way != text)
