"""NB344: two phrases of one question that sound alike and lead to different risk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Edge, edges, walked
from nightbell.flow.lint.listened import Listened, asked, place_of, spellings
from nightbell.flow.lint.phones import distance
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Collect, Confirm, Escalation, Menu, Screen, Transfer

__all__ = ["RULE"]

_ERROR: Final = 0.2
"""Nearer than this are one sound over a telephone: white and right 0.07, numb and none 0.08, fading and fainting
0.19."""
_WARNING: Final = 0.36
"""Nearer than this are confused in noise: book and look 0.28, fine and nine 0.33. Of the pairs of flows/rosewood
the nearest, yep and nope, stand at 0.5."""
_MOST_SPELLINGS: Final = 8


def _find(subject: Subject) -> Iterator[Finding]:
    if not subject.sounds:
        return
    risks = _Risks(subject)
    compared: set[frozenset[str]] = set()
    for _, _, phrases in asked(subject.flow):
        heard = [(phrase, risk) for phrase in phrases if (risk := risks.of(phrase))]
        for (one, risk), (other, other_risk) in combinations(heard, 2):
            pair = frozenset({one.phrase, other.phrase})
            if risk == other_risk or pair in compared or len(pair) < 2:
                continue
            compared.add(pair)
            far = _apart(subject, one.phrase, other.phrase)
            if far < _WARNING:
                yield _finding(subject, one, other, far)


def _finding(subject: Subject, one: Listened, other: Listened, far: float) -> Finding:
    place = place_of(subject.places, other)
    first = place_of(subject.places, one)
    message = (
        f"{other.phrase!r} ({other.category}) sounds like {one.phrase!r} ({one.category}), "
        "and the two lead to different risk"
    )
    hint = f"use a phrase that sounds different, here or in line {first.line} of {first.file}"
    return Finding(place, RULE.code, message, hint, "error" if far < _ERROR else "warning")


class _Risks:
    """What each answer of a question means for the caller; answers without a risk of their own have none."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._edges: tuple[Edge, ...] = edges(subject)
        self._states = {state.name: state for state in subject.flow.states}
        self._known: dict[str, str] = {}

    def of(self, phrase: Listened) -> str:
        if phrase.category == "again":
            return ""
        state = self._states[phrase.state]
        if isinstance(state, Screen):
            question = next(question for question in state.questions if question.name == phrase.question)
            neutral = phrase.category == "not_sure" and question.not_sure == "neutral"
            return "no" if phrase.category == "no" or neutral else "yes"
        target = ""
        if isinstance(state, Menu):
            target = next((choice.next for choice in state.choices if choice.name == phrase.category), "")
        elif isinstance(state, Confirm):
            target = {"yes": state.yes, "no": state.no, "not_sure": state.no}.get(phrase.category, "")
        elif isinstance(state, Collect) and state.type == "yes_no":
            target = {"yes": state.yes, "no": state.next, "not_sure": state.unclear}.get(phrase.category, "")
        return self._behind(target) if target else ""

    def _behind(self, target: str) -> str:
        """Tell whether a state leads, before it asks anything else, to care or to none."""
        if target not in self._known:
            flow = self._subject.flow
            caring = any(
                isinstance(state, Screen | Escalation | Transfer) or state.name == flow.emergency
                for state in walked(self._subject, target, self._edges)
            )
            self._known[target] = "care" if caring else "benign"
        return self._known[target]


def _apart(subject: Subject, one: str, other: str) -> float:
    """Return how far the words that differ are from each other; 1 where not near, or a sound is not known."""
    first, second = one.split(), other.split()
    while first and second and first[0] == second[0]:
        first, second = first[1:], second[1:]
    while first and second and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    ways = product(_sounds(subject, first), _sounds(subject, second))
    return min((distance(a, b, _WARNING) for a, b in ways), default=1.0)


def _sounds(subject: Subject, words: list[str]) -> list[tuple[str, ...]]:
    """Return the ways some words can sound, the spellings by sound among them."""
    found: list[tuple[str, ...]] = [()]
    for word in words:
        ways = [" ".join(part) for part in product(*_says(subject, word))] if word in subject.sounds.says else []
        for spelling in spellings(subject.flow).get(word, ()):
            parts = [subject.sounds.says.get(part, ()) for part in spelling.split()]
            ways += [" ".join(part) for part in product(*parts)] if all(parts) else []
        found = [(*so_far, *way.split()) for so_far in found for way in dict.fromkeys(ways)][:_MOST_SPELLINGS]
    return found


def _says(subject: Subject, word: str) -> tuple[tuple[str, ...], ...]:
    return (subject.sounds.says[word],)


RULE = Rule(
    code="NB344",
    about=Code(
        "Two phrases that sound alike and lead to different risk",
        "Over a telephone 'white' and 'right' are one word. Where one leads to care and the other away from it, a "
        "caller who said the first may be taken for the second. An error where the two are one sound to a "
        "telephone, a warning where they are near; phrases that lead to the same risk may sound as they like.",
    ),
    source="flow-engines 8",
    find=_find,
)
