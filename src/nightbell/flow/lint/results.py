"""NB332: a result that is read and never given. One that is given and never read is NB345's."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch, Collect, Flow, Menu

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    given = _given(flow)
    for state in flow.states:
        for number, case in enumerate(state.cases if isinstance(state, Branch) else ()):
            if case.of == "result" and case.name not in given:
                place = subject.places.of("states", state.name, "cases", number, "when", "result", case.name)
                hint = f"write result: {case.name} in the menu or collect that is meant"
                yield Finding(place, RULE.code, f"nothing gives {case.name!r}: this case never holds", hint)


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
        "A result that nothing gives",
        "A branch on a result that no menu and no question gives is never taken.",
    ),
    source="flow language 1.1",
    find=_find,
)
