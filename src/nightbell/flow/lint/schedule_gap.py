"""NB330: a day of the week of which nobody knows whether the clinic is open.

Holidays and people are other files'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch, Flow, Schedule

__all__ = ["RULE"]

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _find(subject: Subject) -> Iterator[Finding]:
    if not _reads_hours(subject.flow):
        return
    hours = dict(subject.flow.clinic.hours)
    place = subject.places.of_clinic("hours")
    missing = [day for day in _DAYS if day not in hours]
    if missing:
        hint = f"write a line for each day; for a day that is shut: {missing[0]}: []"
        yield Finding(place, RULE.code, "nothing is said of " + ", ".join(missing), hint)
    elif not any(hours.values()):
        hint = "give the hours of one day at least, or lead nothing by opening hours"
        yield Finding(place, RULE.code, "the clinic is never open, and the flow asks whether it is", hint)


def _reads_hours(flow: Flow) -> bool:
    return any(
        isinstance(state, Schedule)
        or (isinstance(state, Branch) and any(case.of == "hours" for case in state.cases))
        for state in flow.states
    )


RULE = Rule(
    code="NB330",
    about=Code(
        "A gap in the opening hours",
        "A flow that asks whether the clinic is open needs to know it for all seven days. A forgotten day would "
        "send callers the wrong way once a week.",
    ),
    source="clinical R24",
    find=_find,
)
