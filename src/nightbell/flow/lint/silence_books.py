"""NB326: silence or mumbling that leads to a booking, or to an end that can wait.

What a whole call of silence comes to is the proof's (c).
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.gates import unscreened
from nightbell.flow.lint.graph import Edge, edges, reached, walked
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Deflect, End, Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    screens = {state.name for state in subject.flow.states if isinstance(state, Screen)}
    early = unscreened(subject, by_gates=True)
    for edge in found:
        if edge.by != "silence" or edge.start in screens:
            continue
        for state in walked(subject, edge.end, found):
            books = isinstance(state, Deflect)
            late = isinstance(state, End) and state.disposition.rank < Disposition.DU.rank
            waits = late and edge.start in early and not _comes_anyway(edge.start, state.name, found, screens)
            if books or waits:
                what = "to a booking" if books else "to an end that can wait"
                place = subject.places.of(*edge.path, value=True)
                message = f"whoever says nothing at {edge.start!r} is led {what}, {state.name!r}"
                hint = "lead it to the screen or to a person: somebody who cannot speak may be in danger"
                yield Finding(place, RULE.code, message, hint)
                break


def _comes_anyway(asking: str, end: str, found: tuple[Edge, ...], screens: set[str]) -> bool:
    """Tell whether every answer comes to that end too, with no screen on the way: then silence decides nothing."""
    answers = [edge.end for edge in found if edge.start == asking and edge.by == "caller"]
    return bool(answers) and all(end in reached([answer], found, without=screens) for answer in answers)


RULE = Rule(
    code="NB326",
    about=Code(
        "Silence that books",
        "Silence, mumbling and a failing recogniser are never a no. They lead to questions, to a person or to "
        "safe words, not to a booking.",
    ),
    source="DESIGN 4.4; clinical R8, R9",
    find=_find,
)
