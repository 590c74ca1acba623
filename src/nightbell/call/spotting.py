"""Spotting: where the phrases of a question stand in what was heard. Words only; it judges nothing."""

from __future__ import annotations

from functools import lru_cache

from nightbell.call.step import Ask
from nightbell.call.words import words_of

__all__ = ["contains", "phrases_of", "places", "spelt"]


def phrases_of(ask: Ask, *categories: str) -> tuple[str, ...]:
    """Return the phrases of some answers of a question."""
    return tuple(phrase for each in ask.answers if each.category in categories for phrase in each.phrases)


@lru_cache(maxsize=8192)
def spelt(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase of a flow; what callers say in words of their own is never kept here."""
    return words_of(phrase)


def places(heard: tuple[str, ...], phrase: str) -> list[range]:
    """Return every place where a phrase stands whole."""
    words = spelt(phrase)
    ends = len(heard) - len(words) + 1
    return [range(at, at + len(words)) for at in range(ends) if words and heard[at : at + len(words)] == words]


def contains(heard: tuple[str, ...], phrase: str) -> bool:
    """Tell whether a phrase stands anywhere."""
    return bool(places(heard, phrase))
