"""NB312: an end that does not say what to do if it gets worse. Who rings and when is NB313's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, is_english, names_emergency, spoken
from nightbell.flow.model import End
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]

_IF: Final = re.compile(r"\b(?:if|should|as soon as|when)\b", re.IGNORECASE)
_THEN: Final = re.compile(
    r"\b(?:(?:ring|call|phone) (?:us|the clinic|here|this number)?\s*(?:back|again|at once)|press (?:nine|9)|"
    r"ring us|call us)\b",
    re.IGNORECASE,
)
_IF_WORSE: Final = frozenset(Disposition) - {Disposition.D0, Disposition.DU, Disposition.DM}
"""Ends that say "if it gets worse". D0 has nothing to wait for; a silent caller and a crisis have words of their
own, and need the number as everybody does."""


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        if isinstance(said.state, End) and said.path[-1] in {"say", "say_without_promise"}:
            for message, hint in _missing(said, said.state.disposition):
                yield Finding(said.place(), RULE.code, f"{said.state.name!r} {message}", hint)


def _missing(said: Spoken, disposition: Disposition) -> Iterator[tuple[str, str]]:
    if not names_emergency(said.subject.flow, said.text):
        yield "does not say the emergency number", "end it with: ... hang up and dial {{ emergency_spoken }}"
    if disposition not in _IF_WORSE or not is_english(said.language):
        return
    if not (_IF.search(said.text) and _THEN.search(said.text)):
        hint = "say: if it gets worse, or nobody has rung by then, ring us again and press nine"
        yield "does not say what to do if it gets worse", hint


RULE = Rule(
    code="NB312",
    about=Code(
        "An end without a safety net",
        "The last words of a call say what to do if it gets worse or nobody rings, and name the emergency number, "
        "with a promise or without one.",
    ),
    source="DESIGN 4.6; clinical 2.4, R14",
    find=_find,
)
