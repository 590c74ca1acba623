"""NB355: a clinic that does not say in which part of its country it is, where parts have holidays of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.calendar.hours import regions_of
from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Schedule

__all__ = ["RULE"]

_SHOWN: Final = 12
"""Parts named in the hint: a country with more has them in the documents of the library."""


def _find(subject: Subject) -> Iterator[Finding]:
    flow, regions = subject.flow, regions_of(subject.flow.clinic.country)
    asks = any(isinstance(state, Schedule) for state in flow.states)
    if asks and regions and not flow.clinic.region and flow.clinic.hours:
        hint = "add region: with one of " + ", ".join(regions[:_SHOWN]) + (" ..." if regions[_SHOWN:] else "")
        yield Finding(
            subject.places.of_clinic("country"),
            RULE.code,
            f"parts of {flow.clinic.country} have public holidays of their own, and none is named",
            hint,
            "warning",
        )


RULE = Rule(
    code="NB355",
    about=Code(
        "Public holidays that are not known",
        "On a public holiday nobody is at reception, and the line must not lead callers there. England has bank "
        "holidays that Scotland has not, and states and provinces have days of their own: region: in clinic.yaml "
        "says which count. A warning: it stops nothing.",
    ),
    source="clinical R24",
    find=_find,
)
