"""NB313: an end of D2 to D5 that does not promise who rings, from which number, by when.

That the promise is kept is the line's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, text_of
from nightbell.flow.model import End, Flow, Slot
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]

_PROMISING: Final = frozenset({Disposition.D2, Disposition.D3, Disposition.D4, Disposition.D5})
_WANTED: Final = {
    "promise_who": ("who rings", "{{ promise_who }}"),
    "promise_time": ("by what time", "{{ promise_time }}"),
    "promise_number": ("from which number", "{{ promise_number }}"),
}


_STILL: Final = re.compile(
    r"\b(?:will|shall|is going to|are going to|'ll) (?:\w+ )?(?:ring|call|phone|contact) you\b[^.]*?"
    r"\b(?:by|within|before|at|in|tomorrow|tonight|today|on)\b",
    re.IGNORECASE,
)
"""A promise with a time."""


def _find(subject: Subject) -> Iterator[Finding]:
    for state in subject.flow.states:
        if not isinstance(state, End) or state.disposition not in _PROMISING:
            continue
        if not state.promise:
            place = subject.places.of("states", state.name)
            hint = "write promise: true; say who rings, from which number, by what time; add say_without_promise:"
            message = f"{state.name!r} ends at {state.disposition} without a promise"
            yield Finding(place, RULE.code, message, hint)
            continue
        for language in subject.flow.languages:
            yield from _unsaid(subject, state, language)
        spare = text_of(state.say_without_promise) if state.say_without_promise else ""
        said = _STILL.search(spare) if is_english(subject.flow.languages[0]) else None
        if said:
            place = subject.places.of("states", state.name, "say_without_promise", value=True)
            message = f"{state.name!r} promises {said.group()!r} where no promise could be made safe"
            yield Finding(place, RULE.code, message, "say instead: if nobody has rung by then, ring us again")


def _unsaid(subject: Subject, state: End, language: str) -> Iterator[Finding]:
    said = {part.name for part in state.say.parts_in(language) if isinstance(part, Slot)}
    for slot, (what, written) in _WANTED.items():
        if slot not in said and not (slot == "promise_number" and _says_clinic(subject.flow, state, language)):
            place = subject.places.of("states", state.name, "say", value=True)
            yield Finding(place, RULE.code, f"{state.name!r} does not say {what}", f"put {written} into its words")


def _says_clinic(flow: Flow, state: End, language: str) -> bool:
    digits = "".join(sign for sign in text_of(state.say, language) if sign.isdigit())
    return "".join(sign for sign in flow.clinic.number if sign.isdigit())[-6:] in digits


RULE = Rule(
    code="NB313",
    about=Code(
        "An end without a full promise",
        "Ends of D2 to D5 say who will ring, from which number and by what clock time, so that the caller knows "
        "when to stop waiting.",
    ),
    source="DESIGN 4.6; clinical 2.4, R14",
    find=_find,
)
