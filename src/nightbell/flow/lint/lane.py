"""NB304: more than five screen questions in a row. How many one screen has is held when the flow loads (NB145)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Edge, edges, walked
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Screen
from nightbell.flow.reading.states.screen import MAX_QUESTIONS

__all__ = ["RULE"]

MOST: Final = MAX_QUESTIONS
"""DESIGN rule 12."""


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    screens = {state.name: state for state in subject.flow.states if isinstance(state, Screen)}
    after = {name: _next_screens(subject, screen, found) for name, screen in screens.items()}
    told: set[str] = set()
    for name in screens:
        for lane in _lanes(name, after, ()):
            asked = sum(len(screens[screen].questions) for screen in lane)
            if asked > MOST and lane[-1] not in told and len(lane) > 1:
                told.add(lane[-1])
                place = subject.places.of("states", lane[-1])
                hint = f"at most {MOST}: drop questions, or ask them in a lane that a menu leads to"
                row = " > ".join(lane)
                yield Finding(place, RULE.code, f"a caller can be asked {asked} questions in a row: {row}", hint)


def _next_screens(subject: Subject, screen: Screen, found: tuple[Edge, ...]) -> tuple[str, ...]:
    """Return the screens that follow without anything else being asked in between."""
    met = [state for end in (screen.all_no, screen.any_yes) for state in walked(subject, end, found)]
    return tuple(dict.fromkeys(state.name for state in met if isinstance(state, Screen)))


def _lanes(name: str, after: dict[str, tuple[str, ...]], lane: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield each row of different screens that begins here, short ones first; a row ends once it is too long."""
    lane = (*lane, name)
    yield lane
    if len(lane) <= MOST:
        for other in after[name]:
            if other not in lane:
                yield from _lanes(other, after, lane)


RULE = Rule(
    code="NB304",
    about=Code(
        "Too many questions in a row",
        "A frightened caller answers about five questions. Screens that follow one another count together.",
    ),
    source="DESIGN 4.12",
    find=_find,
)
