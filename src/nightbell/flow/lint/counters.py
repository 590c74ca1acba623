"""NB331: a counter that is read and never counts, or counts and is never read."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    counted = {state.counts for state in flow.states if state.counts}
    read = {
        case.name
        for state in flow.states
        if isinstance(state, Branch)
        for case in state.cases
        if case.of == "count"
    }
    for state in flow.states:
        for number, case in enumerate(state.cases if isinstance(state, Branch) else ()):
            if case.of == "count" and case.name not in counted:
                place = subject.places.of("states", state.name, "cases", number, "when", "count", case.name)
                hint = f"write counts: {case.name} in the state whose visits are meant"
                yield Finding(place, RULE.code, f"nothing counts {case.name!r}: this case never holds", hint)
        if state.counts and state.counts not in read:
            place = subject.places.of("states", state.name, "counts", value=True)
            hint = "leave it out, or read it in a branch: when: {count: ...}"
            message = f"nothing reads the counter {state.counts!r}"
            yield Finding(place, RULE.code, message, hint, "warning")


RULE = Rule(
    code="NB331",
    about=Code(
        "A counter that leads nowhere",
        "A branch on a counter that nothing counts is never taken. A counter that no branch reads does nothing.",
    ),
    source="flow language 1.1",
    find=_find,
)
