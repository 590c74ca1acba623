"""NB354: the emergency number that callers are told is not the one that their country's people dial."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.terms.emergency import is_emergency_number, own_numbers

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    clinic = subject.flow.clinic
    if not is_emergency_number(clinic.emergency, clinic.country):
        own = " or ".join(own_numbers(clinic.country)) or "that country's own"
        yield Finding(
            subject.places.of_clinic("emergency", value=True),
            RULE.code,
            f"in {clinic.country} nobody is told to dial {clinic.emergency}",
            f'write emergency: "{own}"; callers hear it in the first words and whenever nobody answers',
        )


RULE = Rule(
    code="NB354",
    about=Code(
        "Another country's emergency number",
        "Callers are told one number to dial, and in fear they dial what they heard. 999 and 112 help in the "
        "United Kingdom, 911 in the United States and Canada, 000 in Australia, 111 in New Zealand; in the United "
        "Kingdom 111 is advice, and no emergency.",
    ),
    source="clinical C, locale trap; DESIGN 4.1",
    find=_find,
)
