"""NB328: a "not sure" that counts for nothing, outside of the one test that callers do on themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, text_of
from nightbell.flow.model import Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]

_PRESS: Final = re.compile(r"\bpress\b(?! (?:one|two|three|nine|\d))", re.IGNORECASE)


def _find(subject: Subject) -> Iterator[Finding]:
    for state in subject.flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            if question.not_sure != "neutral":
                continue
            english = is_english(subject.flow.languages[0])
            test = not english or _PRESS.search(text_of(question.ask))
            if question.yes == Disposition.D0 or not test:
                place = subject.places.of("states", state.name, "questions", question.name, "not_sure", value=True)
                message = f"'not sure' counts for nothing at {question.name!r}"
                hint = "leave the line out: only the test of pressing on one's own skin may be neutral, and no D0"
                yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB328",
    about=Code(
        "A neutral 'not sure'",
        "Inside a screen 'not sure' counts as yes. The one exception is the skin-press test, which few people "
        "can do on themselves.",
    ),
    source="DESIGN 4.4, 4.5",
    find=_find,
)
