"""NB350: a promise that is later than its disposition means. That it is said is NB313's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]

_MINUTES: Final = {Disposition.D1: 30, Disposition.D2: 30, Disposition.DU: 30, Disposition.D3: 240}
"""What each disposition means; a clinician now is never later than a call-back within 30 minutes."""


def _find(subject: Subject) -> Iterator[Finding]:
    for disposition, ms in subject.flow.clinic.promises_ms:
        most = _MINUTES.get(disposition)
        if most is not None and ms > most * 60_000:
            place = subject.places.of_clinic("promises", disposition.value)
            message = f"{disposition} is promised within {ms // 60_000} minutes, and means {most}"
            hint = f"write {disposition}: {most}m or less; what can wait longer is another disposition"
            yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB350",
    about=Code(
        "A promise that is too late",
        "A disposition says how long somebody can wait: D1 and D2 half an hour, D3 four hours. A clinic may ring "
        "back sooner, and not later.",
    ),
    source="DESIGN 4.6; clinical 2.4",
    find=_find,
)
