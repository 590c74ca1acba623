"""NB325: a red flag that is heard and not acted on. Which end it comes to is NB307's."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import Path
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import emergency_words
from nightbell.flow.model import Deflect, Flow

__all__ = ["RULE"]

_HINT = "lead it to the screen, to a person, or to the emergency words"


def _find(subject: Subject) -> Iterator[Finding]:
    yield from _floorless(subject)
    flow = subject.flow
    deflects = {state.name for state in flow.states if isinstance(state, Deflect)}
    for what, target, path in _heard(flow):
        place = subject.places.of(*path, value=True)
        if target == "same":
            yield Finding(place, RULE.code, f"{what} is heard, and the call goes on as if it were not", _HINT)
        elif target in deflects:
            yield Finding(place, RULE.code, f"{what} leads to the booking words of {target!r}", _HINT)


def _floorless(subject: Subject) -> Iterator[Finding]:
    """Find phrases that lead to help and page nobody."""
    flow = subject.flow
    words = {state.name for state in flow.states if emergency_words(flow, state)}
    for flag in flow.universals:
        helps = flag.next in {*words, flow.emergency, flow.person} or flag.row
        if flag.hear and flag.floor is None and helps:
            place = subject.places.of("universals", flag.name)
            hint = "add floor: D0 for the emergency, D1 for the clinician at once, DU for a person"
            yield Finding(place, RULE.code, f"{flag.name!r} asks for help, and pages nobody", hint)


def _heard(flow: Flow) -> Iterator[tuple[str, str, Path]]:
    paging = {flag.name for flag in flow.universals if flag.floor and flag.floor.pages}
    for flag in flow.universals:
        if flag.name in paging:
            yield f"the red flag {flag.name!r}", flag.next, ("universals", flag.name, "next")
    for state in flow.states:
        for outcome, target in state.routes:
            name = outcome.removeprefix("universal:")
            path: Path = ("states", state.name, "routes", outcome)
            if name != outcome and name in paging:
                yield f"the red flag {name!r} in {state.name!r}", target, path
            elif outcome in {"nine", "person"}:
                key = "9" if outcome == "nine" else "0"
                yield f"key {key} in {state.name!r}", target, path


RULE = Rule(
    code="NB325",
    about=Code(
        "A red flag that is not acted on",
        "A phrase that pages a person must lead somewhere that fits: 'same' is for what changes nothing, and "
        "booking words are for callers without a worry.",
    ),
    source="DESIGN 4.3, 4.9",
    find=_find,
)
