"""NB333: a screen whose answers make no difference, or the wrong one. Urgency of the ends is NB307's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import edges, reached, walked
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Branch, Deflect, Escalation, Screen, Transfer

__all__ = ["RULE"]

_COUNT_AS_YES: Final = frozenset({"noinput", "nomatch", "low_confidence", "dtmf_invalid", "max_speech"})


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    by_floor = {
        state.name
        for state in subject.flow.states
        if isinstance(state, Branch) and any(case.of == "floor" for case in state.cases)
    }
    for state in subject.flow.states:
        if not isinstance(state, Screen):
            continue
        place = subject.places.of("states", state.name, "all_no", value=True)
        if state.all_no == state.name:
            message = f"no throughout in {state.name!r} asks the same again, until a person is rung for nothing"
            yield Finding(place, RULE.code, message, "lead the no to a message, an end or the next screen")
            continue
        for outcome, _ in state.routes:
            if outcome in _COUNT_AS_YES:
                where = subject.places.of("states", state.name, "routes", outcome)
                message = f"{outcome!r} leads nowhere from {state.name!r}: in a screen it counts as yes"
                yield Finding(where, RULE.code, message, "leave the line out", "warning")
        if state.any_yes == state.all_no:
            if not by_floor & reached([state.any_yes], found):
                message = f"{state.name!r} leads to {state.all_no!r} whatever is answered"
                yield Finding(place, RULE.code, message, "lead a yes to a person and the no elsewhere")
            continue
        if any(isinstance(met, Escalation | Transfer) for met in walked(subject, state.all_no, found)):
            message = f"no throughout in {state.name!r} rings a person"
            hint = "are any_yes and all_no the wrong way round? If it is meant, nothing need be done"
            yield Finding(place, RULE.code, message, hint, "warning")
        if any(isinstance(met, Deflect) for met in walked(subject, state.any_yes, found)):
            place = subject.places.of("states", state.name, "any_yes", value=True)
            message = f"a yes in {state.name!r} is led to a booking"
            yield Finding(place, RULE.code, message, "lead it to a person: the page goes out at the first yes")


RULE = Rule(
    code="NB333",
    about=Code(
        "A screen that decides nothing",
        "Questions whose yes and no lead the same way cost a caller time and protect nobody.",
    ),
    source="DESIGN 4.4",
    find=_find,
)
