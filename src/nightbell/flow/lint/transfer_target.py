"""NB315: a transfer to an emergency or crisis service. The line refuses such numbers too, at its lowest layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Transfer
from nightbell.terms.phone import is_emergency_or_crisis

__all__ = ["RULE"]

_SERVICE: Final = re.compile(
    r"(?:^|_)(?:ambulance|paramedics?|crisis|emergency|emergencies|fire|lifeline|police|samaritans?|suicide|a_and_e|a_e|"
    r"(?:nine|one|zero|oh)(?:_(?:nine|one|two|eight|zero|oh)){2,})(?:_|$)"
)


def _find(subject: Subject) -> Iterator[Finding]:
    for state in subject.flow.states:
        if not isinstance(state, Transfer):
            continue
        digits = re.sub(r"\D", "", state.to)
        if _SERVICE.search(state.to) or is_emergency_or_crisis(digits or "-", subject.flow.clinic.country):
            place = subject.places.of("states", state.name, "to", value=True)
            hint = "a role of the clinic's own people, such as clinician; for the emergency say: hang up and dial"
            yield Finding(place, RULE.code, f"{state.name!r} would ring {state.to!r}", hint)


RULE = Rule(
    code="NB315",
    about=Code(
        "A transfer to an emergency service",
        "Nightbell never rings an emergency or crisis number: the service would learn the clinic's place, not the "
        "caller's. The caller is told to hang up and dial.",
    ),
    source="DESIGN 4.2; clinical R4",
    find=_find,
)
