"""Wording: what stands in a message. A closed list of templates whose slots cannot hold a name or a symptom.

A message is read on a locked screen, in a mailbox that others share, and stays there for years: it says that a
caller waits, how urgent it is, and nothing about the caller (clinical.md R29). Why they rang is said on the
telephone, to whoever pressed the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import Final, Literal

from nightbell.errors import TermError
from nightbell.terms.disposition import Disposition

__all__ = ["SLOTS", "TEMPLATES", "Words", "check_template", "code_of", "words"]

Template = Literal["page", "alarm", "missed", "self_test", "look"]

SLOTS: Final = frozenset({"clinic", "urgency", "code", "copy"})
"""All that a template may hold: the clinic's title, how urgent, the case's code, and that it is a repeat."""
_DIGITS: Final = re.compile(r"\d(?:[\s().\-/]{0,3}\d){3,}")
_CODE: Final = 4

_URGENCY: Final[Mapping[Disposition, str]] = MappingProxyType(
    {
        Disposition.D0: "emergency, the caller was told to dial for help",
        Disposition.D1: "urgent, a caller waits on the line",
        Disposition.DM: "urgent, a caller waits on the line",
        Disposition.D2: "call back within 30 minutes",
        Disposition.DU: "call back within 30 minutes",
        Disposition.D3: "call back within 4 hours",
        Disposition.D4: "call back on the next working day",
        Disposition.D5: "an office message",
    }
)

TEMPLATES: Final[Mapping[Template, tuple[str, str]]] = MappingProxyType(
    {
        "page": (
            "{clinic}: {urgency}",
            "{copy}{clinic}: {urgency}. Case {code}. Your telephone rings; press 1 there to take it.",
        ),
        "alarm": (
            "{clinic}: nobody has case {code}",
            "{copy}{clinic}: nobody has case {code}: {urgency}. Act now.",
        ),
        "missed": (
            "{clinic}: a promise was missed",
            "{copy}{clinic}: the promised time of case {code} has passed: {urgency}.",
        ),
        "look": (
            "{clinic}: something needs looking at",
            "{copy}{clinic}: nobody waits, and something needs looking at before somebody does. Code {code}.",
        ),
        "self_test": (
            "{clinic}: the line fails its test",
            "{copy}{clinic}: two test calls in a row were not answered. Callers may not get through. Code {code}.",
        ),
    }
)
"""Template to subject and text."""


@dataclass(frozen=True, slots=True)
class Words:
    """A subject and a text."""

    subject: str
    text: str


def words(template: Template, *, clinic: str, disposition: Disposition, code: str, copy: int = 1) -> Words:
    """Return a message's words.

    Args:
        template: which.
        clinic: the clinic's title.
        disposition: how urgent.
        code: from ``code_of``.
        copy: from 2 on the text says that it is a repeat.
    """
    slots = {
        "clinic": " ".join(clinic.split()),
        "urgency": _URGENCY[disposition],
        "code": code,
        "copy": f"REPEAT {copy} of the same page. " if copy > 1 else "",
    }
    subject, text = TEMPLATES[template]
    return Words(subject.format_map(slots), text.format_map(slots))


def code_of(escalation: str) -> str:
    """Return a short code by which a case can be spoken of: letters and digits of its id, none of the caller."""
    kept = re.sub(r"[^A-Za-z0-9]", "", escalation.rpartition(":")[0] or escalation)
    return kept[-_CODE:].upper() or "CASE"


def check_template(text: str) -> None:
    """Hold a template against the list of slots.

    Raises:
        TermError: a slot that is not on it, or digits that may be somebody's number.
    """
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None and (name not in SLOTS or spec or conversion):
            known = ", ".join(sorted(SLOTS))
            raise TermError(f"a message cannot hold {{{name}}}", hint=f"known: {known}")
    if _DIGITS.search(text):
        raise TermError(
            "a message cannot hold a number", hint="the clinic's number is on the caller's own telephone"
        )
