"""Phrases: what a flow listens for, one word sequence at a time, and the place of the line each comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.errors import PatternError
from nightbell.flow.lint.graph import Path
from nightbell.flow.lint.rule import Subject
from nightbell.flow.model import Universal
from nightbell.flow.pattern import expand, parse
from nightbell.flow.saying import says_unless
from nightbell.flow.wording import normal, words_of

__all__ = ["heard_by", "place_of", "said_by"]

MOST: Final = 256
"""Word sequences of one pattern that are looked at; a larger one is left to the call scripts."""


def heard_by(universal: Universal, phrase: str) -> bool:
    """Tell whether a universal hears a phrase, its own exceptions kept."""
    return says_unless(universal.hear, universal.unless, words_of(phrase))


def said_by(pattern: str) -> tuple[str, ...]:
    """Return the phrases of a pattern with its gaps closed; none where there are too many."""
    try:
        return tuple(" ".join(words) for words in expand(parse(pattern.replace("...", " ")), MOST))
    except PatternError:
        return ()


def place_of(subject: Subject, phrase: str, *path: str | int) -> Place:
    """Return the place of the line in a list of phrases that stands for the phrase; of the list, if none does."""
    listed: Path = path
    for item in _lines(subject.places.node(*listed)):
        if normal(phrase) in {normal(item.text), *(normal(said) for said in said_by(item.text))}:
            return item.place
    return subject.places.of(*listed)


def _lines(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    for inner in node.items if isinstance(node, Sequence) else ():
        yield from _lines(inner)
    for _, inner in node.items if isinstance(node, Mapping) else ():
        yield from _lines(inner)
