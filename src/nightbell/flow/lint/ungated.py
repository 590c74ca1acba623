"""NB329: a booking that is not between two safety questions. That each call passes them, the proof shows (d)."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.gates import gates, unscreened
from nightbell.flow.lint.graph import edges, reached
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Collect, Deflect, End, Screen

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    found = edges(subject)
    asking = gates(subject)
    early = unscreened(subject, by_gates=True)
    screens = {state.name for state in subject.flow.states if isinstance(state, Screen)}
    ends = {state.name for state in subject.flow.states if isinstance(state, End)}
    for state in subject.flow.states:
        if isinstance(state, Collect) and state.clears and state.name not in asking:
            place = subject.places.of("states", state.name, "yes", value=True)
            message = f"{state.name!r} clears a caller, and its yes leads to no screen"
            yield Finding(place, RULE.code, message, "lead the yes to the red-flag questions")
        if not isinstance(state, Deflect):
            continue
        if state.name in early:
            place = subject.places.of("states", state.name)
            message = f"a caller can come to {state.name!r} without having been asked about a worry"
            hint = "ask before it: is anything about a past treatment worrying you now? A yes leads to the screen"
            yield Finding(place, RULE.code, message, hint)
        if ends & reached([state.next], found, without=asking | screens):
            place = subject.places.of("states", state.name, "next", value=True)
            message = f"a caller can hang up after {state.name!r} without having been asked again"
            hint = "ask after it, too: before you go, is anything about a past treatment worrying you now?"
            yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB329",
    about=Code(
        "A booking without its safety questions",
        "People ring to book and have a dying lip. So a booking line asks about a worry before it turns a caller "
        "away, and once more after.",
    ),
    source="clinical R13, row 31",
    find=_find,
)
