"""NB334: a clinical question or red flag that does not say where it comes from.

Whether it is right, a clinician signs.
"""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    for state in subject.flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            missing = [key for key in ("row", "source") if not getattr(question, key)]
            if missing:
                place = subject.places.of("states", state.name, "questions", question.name)
                hint = "row: of the triage table, and source: the page or paper it was taken from"
                message = f"{question.name!r} has no {' and no '.join(missing)}"
                yield Finding(place, RULE.code, message, hint, "warning")
    for flag in subject.flow.universals:
        if flag.floor and flag.floor != Disposition.DU and flag.hear and not flag.row:
            place = subject.places.of("universals", flag.name)
            message = f"{flag.name!r} has no row"
            yield Finding(place, RULE.code, message, "row: of the triage table that it stands for", "warning")


RULE = Rule(
    code="NB334",
    about=Code(
        "A clinical question without a source",
        "Whoever signs the flow, and whoever changes it in two years, must see why a question is asked.",
    ),
    source="clinical R35, R36",
    find=_find,
)
