"""NB302: states that lead only to one another, so that no end is ever reached.

Rings with an exit are the proof's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Edge, edges, reached
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import End

__all__ = ["RULE", "closed_rings", "without_end"]


def without_end(subject: Subject, found: Sequence[Edge]) -> tuple[str, ...]:
    """Return the states from which the edges lead to no end, in the order of the flow."""
    ends = [state.name for state in subject.flow.states if isinstance(state, End)]
    backwards = [Edge(edge.end, edge.start, edge.how, edge.by, edge.path) for edge in found]
    sound = reached(ends, backwards)
    return tuple(state.name for state in subject.flow.states if state.name not in sound)


def closed_rings(doomed: Sequence[str], found: Sequence[Edge]) -> tuple[tuple[str, ...], ...]:
    """Return the rings that nothing leads out of, each with its states in the order they come one after another.

    Args:
        doomed: states from which no end is reached.
        found: the edges; every edge from a doomed state leads to a doomed one.
    """
    rings: list[tuple[str, ...]] = []
    known: set[str] = set()
    for name in doomed:
        if name in known:
            continue
        ahead = reached([name], found)
        if not ahead & known and all(name in reached([other], found) for other in ahead):
            known |= ahead
            rings.append(_in_turn(name, found))
    return tuple(rings)


def _in_turn(start: str, found: Sequence[Edge]) -> tuple[str, ...]:
    """Return the states of a ring as a walk meets them."""
    order = [start]
    for name in order:
        order += [edge.end for edge in found if edge.start == name and edge.end not in order]
        order = list(dict.fromkeys(order))
    return tuple(order)


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    for ring in closed_rings(without_end(subject, found), found):
        names = " > ".join((*ring, ring[0]))
        hint = "lead one of them out, in the end to a state of kind end"
        place = subject.places.of("states", ring[0])
        yield Finding(place, RULE.code, f"a call that comes to {ring[0]!r} never ends: {names}", hint)


RULE = Rule(
    code="NB302",
    about=Code(
        "A ring without an exit",
        "These states lead only to one another. A caller who comes here goes round until the line gives up.",
    ),
    source="clinical R10",
    find=_find,
)
