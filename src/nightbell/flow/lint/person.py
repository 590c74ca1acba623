"""NB338: a way to a person on which no person is rung. Who is on call is another file's business."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.graph import edges, reached
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import End, Escalation, Transfer
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    found = edges(subject)
    ringing = {state.name for state in flow.states if isinstance(state, Escalation | Transfer)}
    place = subject.places.of("roles", "person", value=True)
    if not ringing & reached([flow.person], found):
        hint = "lead it to a state of kind escalate, with a prompt before it"
        yield Finding(place, RULE.code, f"nobody is rung on the way from {flow.person!r}", hint)
        return
    missed = reached([flow.person], found, without=ringing)
    for state in flow.states:
        if isinstance(state, End) and state.name in missed and state.disposition != Disposition.D0:
            message = f"whoever asks for a person can come to {state.name!r} without anybody being rung"
            hint = "lead every way on from it to a state of kind escalate first"
            yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB338",
    about=Code(
        "No person on the way to a person",
        "Key 0 and tries that came to nothing lead to a person. On that way somebody is rung before the call "
        "ends.",
    ),
    source="DESIGN 4.4; clinical R9",
    find=_find,
)
