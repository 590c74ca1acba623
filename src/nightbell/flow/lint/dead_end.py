"""NB301: a state from which every way leads into a ring without an exit. The ring itself is NB302's."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import edges, reached
from nightbell.flow.lint.ring import closed_rings, without_end
from nightbell.flow.lint.rule import Finding, Rule, Subject

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    doomed = without_end(subject, found)
    in_rings = {name for ring in closed_rings(doomed, found) for name in ring}
    for name in doomed:
        if name not in in_rings:
            ring = next(other for other in doomed if other in in_rings and other in reached([name], found))
            place = subject.places.of("states", name)
            hint = f"every way from here ends in the ring of {ring!r}; give the ring an exit, or lead elsewhere"
            yield Finding(place, RULE.code, f"no end can be reached from {name!r}", hint)


RULE = Rule(
    code="NB301",
    about=Code(
        "A state without a way to an end",
        "Every call must come to an end that says what happens next. From this state it cannot.",
    ),
    source="clinical R10, R14",
    find=_find,
)
