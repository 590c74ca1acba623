"""Listened: every phrase that a question listens for, what it is taken for, and where it stands, for the rules.

Phrases of the flow's first language: the others have no recogniser, so that no rule about sound can be held
against them. What somebody says unasked is the universals' business; their words are given apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.errors import PatternError
from nightbell.flow.lint.graph import Path
from nightbell.flow.model import Choice, Collect, Confirm, Flow, Menu, Screen
from nightbell.flow.pattern import expand, parse
from nightbell.flow.places import Places

__all__ = ["Listened", "asked", "listened", "pattern_words", "place_of", "spellings", "words_in"]

_PHRASES: Final = 64


@dataclass(frozen=True, slots=True)
class Listened:
    """One phrase of one question."""

    state: str
    question: str
    """Of a screen; "" elsewhere."""
    category: str
    """``yes``, ``no``, ``not_sure``, ``again`` or a choice's name."""
    phrase: str
    path: Path
    """Of the list it stands in."""


def asked(flow: Flow) -> Iterator[tuple[str, str, tuple[Listened, ...]]]:
    """Yield state, question and phrases of everything that is asked."""
    for state in flow.states:
        here: Path = ("states", state.name)
        if isinstance(state, Screen):
            for question in state.questions:
                asks: Path = (*here, "questions", question.name)
                own = {"yes": (question.hear_yes, "hear_yes"), "no": (question.hear_no, "hear_no")}
                found = [
                    Listened(state.name, question.name, category, phrase, (*asks, key))
                    for category, (phrases, key) in own.items()
                    for phrase in phrases
                ]
                yield state.name, question.name, (*found, *_usual(flow, state.name, question.name))
        elif isinstance(state, Menu) or (isinstance(state, Collect) and state.type == "choice"):
            yield state.name, "", (*_choices(state.name, state.choices), *_again(flow, state.name, ""))
        elif isinstance(state, Confirm) or (
            isinstance(state, Collect) and (state.type == "yes_no" or state.offer)
        ):
            yield state.name, "", tuple(_usual(flow, state.name, ""))


def listened(flow: Flow) -> Iterator[Listened]:
    """Yield every phrase once, with the first question that listens for it."""
    seen: set[tuple[str, Path]] = set()
    for _, _, phrases in asked(flow):
        for phrase in phrases:
            if (phrase.phrase, phrase.path) not in seen:
                seen.add((phrase.phrase, phrase.path))
                yield phrase


def spellings(flow: Flow) -> dict[str, tuple[str, ...]]:
    """Return word to its spellings by sound."""
    return dict(flow.sounds_like)


def words_in(flow: Flow) -> frozenset[str]:
    """Return every word whose sound a rule may ask for: those of the phrases, and spellings of them by sound."""
    texts = [phrase.phrase for phrase in listened(flow)]
    own = frozenset(word for text in texts for word in text.lower().replace("\u2019", "'").split())
    ways = [spelling for word, spellings in flow.sounds_like if word in own for spelling in spellings]
    return own | {word for way in ways for word in way.split()}


def pattern_words(pattern: str) -> tuple[str, ...]:
    """Return the words that a pattern is made of, in their order."""
    signs = "".join(" " if sign in "()[]|" else sign for sign in pattern.lower().replace("...", " "))
    return tuple(signs.split())


def place_of(places: Places, phrase: Listened) -> Place:
    """Return where the phrase is written; the list's place where a grammar or a slot has brought it."""
    node = places.node(*phrase.path)
    for item in _items(node):
        if phrase.phrase in _expanded(item.text):
            return item.place
    words = set(phrase.phrase.split())
    near = [item for item in _items(node) if words & set(pattern_words(item.text))]
    return near[0].place if near else places.of(*phrase.path)


def _choices(state: str, choices: tuple[Choice, ...]) -> Iterator[Listened]:
    for choice in choices:
        for phrase in choice.hear:
            yield Listened(state, "", choice.name, phrase, ("states", state, "choices", choice.name, "hear"))


def _usual(flow: Flow, state: str, question: str) -> Iterator[Listened]:
    for category, phrases in (("yes", flow.yes), ("no", flow.no), ("not_sure", flow.not_sure)):
        for phrase in phrases:
            yield Listened(state, question, category, phrase, ("answers", category))
    yield from _again(flow, state, question)


def _again(flow: Flow, state: str, question: str) -> Iterator[Listened]:
    for phrase in flow.again:
        yield Listened(state, question, "again", phrase, ("answers", "again"))


def _items(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Mapping):
        for _, value in node.items:
            yield from _items(value)
    elif isinstance(node, Sequence):
        yield from (item for item in node.items if isinstance(item, Scalar))


def _expanded(text: str) -> frozenset[str]:
    try:
        return frozenset(" ".join(words) for words in expand(parse(text), _PHRASES))
    except PatternError:
        return frozenset()
