"""NB305: a question more dangerous than the one before it. Which danger a question asks for, its ``yes`` says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Screen

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    for state in subject.flow.states:
        if not isinstance(state, Screen):
            continue
        for before, after in pairwise(state.questions):
            if after.yes.rank > before.yes.rank:
                place = subject.places.of("states", state.name, "questions", after.name)
                message = f"{after.name!r} ({after.yes}) is asked after {before.name!r} ({before.yes})"
                yield Finding(place, RULE.code, message, "ask the most dangerous first: move it up")


RULE = Rule(
    code="NB305",
    about=Code(
        "Not the most dangerous first",
        "A caller may hang up or faint at any question. So a screen begins with what kills or blinds, and what "
        "its yes means never becomes more urgent further down.",
    ),
    source="DESIGN 4.12",
    find=_find,
)
