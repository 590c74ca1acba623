"""NB317: a name or a number of somebody on call in words for callers. Who they are, oncall.yaml says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import plain
from nightbell.flow.lint.numbers import runs
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, spoken

__all__ = ["RULE"]

_TAIL: Final = 7
"""Digits at the end of a number that tell whose it is, whatever prefix it is written with."""
_ALSO_WORDS: Final = frozenset(
    ["april", "august", "bright", "dawn", "faith", "grace", "hope", "joy", "june", "may", "rose", "will", "young"]
)
"""Names that a sentence may begin with all the same; they count within their full name."""
_TITLES: Final = frozenset(["doctor", "dr", "miss", "mr", "mrs", "ms", "nurse", "prof", "professor", "sister"])


def _find(subject: Subject) -> Iterator[Finding]:
    names = tuple(part for part in subject.private if not _digits(part))
    numbers = {_digits(part)[-_TAIL:] for part in subject.private if len(_digits(part)) >= _TAIL}
    for said in spoken(subject):
        for run in runs(said.text):
            if any(run.digits.endswith(tail) or tail in run.digits for tail in numbers):
                hint = "callers hear the clinic's number only: {{ clinic_number }} or {{ promise_number }}"
                yield Finding(said.place(run.text), RULE.code, "the number of somebody on call", hint)
        found = _name_in(said, names)
        if found:
            hint = "say the clinician, or {{ promise_who }}, which says the role and never the name"
            yield Finding(said.place(found), RULE.code, "the name of somebody on call", hint)


def _name_in(said: Spoken, names: tuple[str, ...]) -> str:
    """Return the first name, or part of one, that the text says; the clinic's own title may bear a name."""
    text = plain(said.text.replace(said.subject.flow.clinic.title, " "))
    for name in names:
        if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
            return name
    parts = [part.strip(".,") for name in names for part in name.split()]
    for part in parts:
        telling = len(part) > 2 and part.lower() not in _ALSO_WORDS | _TITLES
        if telling and re.search(rf"\b(?:{re.escape(part)}|{re.escape(part.upper())})\b", text):
            return part
    return ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


RULE = Rule(
    code="NB317",
    about=Code(
        "Somebody's name or number in words for callers",
        "People on call are known to callers by their role, and reached through the clinic's number. A private "
        "number that is said once is rung for years.",
    ),
    source="DESIGN 4.7; clinical R18",
    find=_find,
)
