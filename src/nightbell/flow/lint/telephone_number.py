"""NB316: a telephone number in a text. The clinic's own and the emergency number come by {{ }}; others never.

Numbers of people in oncall.yaml are NB317's as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.numbers import is_help, runs
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, spoken

__all__ = ["RULE"]

SHORTEST: Final = 5
"""Digits in a row: no key, no clock time, no count of days has as many."""


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        raw = said.raw()
        written = raw.text if raw is not None else said.text
        for run in runs(written):
            if len(run.digits) >= SHORTEST and not is_help(run.digits):
                hint = "say {{ clinic_number }}, or {{ promise_number }}; nobody else's number is ever said"
                yield Finding(said.place(run.text), RULE.code, f"a telephone number: {run.text!r}", hint)
            elif is_help(run.digits):
                hint = "write {{ emergency_spoken }}; a crisis line's number stands in facts: of clinic.yaml"
                message = f"a number of help in the text itself: {run.text!r}"
                yield Finding(said.place(run.text), RULE.code, message, hint)
        yield from _of_facts(said, written)


def _of_facts(said: Spoken, written: str) -> Iterator[Finding]:
    """Find numbers that come out of a fact: only the clinic's own and numbers of help may."""
    known = said.subject.flow.clinic
    clinic, emergency = _digits(known.number), _digits(known.emergency)
    typed = {run.digits for run in runs(written)}
    for run in runs(said.text):
        own = clinic.endswith(run.digits.lstrip("0")) and len(run.digits) > SHORTEST
        if len(run.digits.replace(emergency, "")) < SHORTEST or run.digits in typed or own or is_help(run.digits):
            continue
        hint = "take the number out of facts: in clinic.yaml; callers hear the clinic's own, and no other"
        yield Finding(said.place("{{"), RULE.code, "a telephone number comes out of clinic.yaml", hint)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")


RULE = Rule(
    code="NB316",
    about=Code(
        "A telephone number in a text",
        "A number typed into a text is wrong in another country, wrong after a move, or somebody's own. The "
        "clinic's number and the emergency number are filled in from clinic.yaml.",
    ),
    source="DESIGN 4.7; clinical R18, R34",
    find=_find,
)
