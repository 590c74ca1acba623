"""NB331: a counter that counts and is never read. One that is read and never counts does not load (NB193)."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    read = {
        case.name
        for state in flow.states
        if isinstance(state, Branch)
        for case in state.cases
        if case.of == "count"
    }
    for state in flow.states:
        if state.counts and state.counts not in read:
            place = subject.places.of("states", state.name, "counts", value=True)
            hint = "leave it out, or read it in a branch: when: {count: ...}"
            yield Finding(place, RULE.code, f"nothing reads the counter {state.counts!r}", hint, "warning")


RULE = Rule(
    code="NB331",
    about=Code(
        "A counter that nothing reads",
        "A counter that no branch reads does nothing. Where it was meant to, callers go round without it.",
    ),
    source="flow language 1.1",
    find=_find,
)
