"""NB311: a call for help that no D0 phrase of the flow hears.

Only the four that every line must know are tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.phrases import heard_by
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]

_CRIES: Final = ("it's an emergency", "call an ambulance", "i can't breathe", "i can't see")
"""clinical R2, each in the shortest sentence people put it in."""


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    if not any(is_english(language) for language in flow.languages):
        return
    grave = [universal for universal in flow.universals if universal.floor == Disposition.D0]
    for cry in _CRIES:
        if not any(heard_by(universal, cry) for universal in grave):
            place = subject.places.of("universals")
            hint = (
                f"add it to hear: of a universal with floor: D0, or use a fragment of red flags; written {cry!r}"
            )
            yield Finding(place, RULE.code, f"nobody hears {cry!r}", hint)


RULE = Rule(
    code="NB311",
    about=Code(
        "A call for help that is not heard",
        "'Emergency', 'ambulance', 'I can't breathe' and 'I can't see' mean the same everywhere in a call: the "
        "emergency words, at once.",
    ),
    source="clinical R2",
    find=_find,
)
