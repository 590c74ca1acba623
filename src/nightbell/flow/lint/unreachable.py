"""NB300: a state that no call ever comes to. Whether it is also proved unneeded is nobody's claim here."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import edges, entrances, reached
from nightbell.flow.lint.rule import Finding, Rule, Subject

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    found = reached(entrances(subject.flow), edges(subject))
    for state in subject.flow.states:
        if state.name not in found:
            place = subject.places.of("states", state.name)
            hint = "lead a state to it, or delete it: a question that is never asked protects nobody"
            yield Finding(place, RULE.code, f"no call ever comes to {state.name!r}", hint)


RULE = Rule(
    code="NB300",
    about=Code(
        "A state that is never reached",
        "Nothing leads to this state: not the start, not a state, not a phrase, not a key. Either a line that "
        "should lead to it names another state, or it is left over.",
    ),
    source="clinical R34",
    find=_find,
)
