"""NB332: a result that is read and never given, or given and never read."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch, Collect, Flow, Menu

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    given = _given(flow)
    read = {
        case.name
        for state in flow.states
        if isinstance(state, Branch)
        for case in state.cases
        if case.of == "result"
    }
    for state in flow.states:
        for number, case in enumerate(state.cases if isinstance(state, Branch) else ()):
            if case.of == "result" and case.name not in given:
                place = subject.places.of("states", state.name, "cases", number, "when", "result", case.name)
                hint = f"write result: {case.name} in the menu or collect that is meant"
                yield Finding(place, RULE.code, f"nothing gives {case.name!r}: this case never holds", hint)
        closed = isinstance(state, Menu) or (isinstance(state, Collect) and state.type == "choice")
        result = state.result if isinstance(state, Menu | Collect) else ""
        if closed and result and result not in read:
            place = subject.places.of("states", state.name, "result", value=True)
            hint = "a branch can read it: when: {result: ...}; it stands in the record of the call in any case"
            yield Finding(place, RULE.code, f"no branch reads the result {result!r}", hint, "warning")


def _given(flow: Flow) -> set[str]:
    given: set[str] = set()
    for state in flow.states:
        if isinstance(state, Menu | Collect):
            given.add(state.result)
            given |= {name for choice in state.choices for _, fills in choice.fills for name, _ in fills}
    return given


RULE = Rule(
    code="NB332",
    about=Code(
        "A result that leads nowhere",
        "A branch on a result that nothing gives is never taken. A result that no branch reads changes nothing in "
        "the call.",
    ),
    source="flow language 1.1",
    find=_find,
)
