"""NB323: a question that knows how a caller says yes to it, but not how a caller denies it."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Screen

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    first = subject.flow.languages[0]
    for state in subject.flow.states:
        for question in state.questions if isinstance(state, Screen) else ():
            known_yes = {first: question.hear_yes, **dict(question.hear_yes_in)}
            whole = {first: question.hear_no, **dict(question.hear_no_in)}
            part = {first: question.hear_part, **dict(question.hear_part_in)}
            for language, phrases in known_yes.items():
                if phrases and not (whole.get(language) or part.get(language)):
                    place = subject.places.of("states", state.name, "questions", question.name, "hear_yes")
                    message = f"{question.name!r} hears {phrases[0]!r} and no way to deny it"
                    hint = "add hear_no: (hear_part: for a part of it) with the same said the other way: it isn't"
                    yield Finding(place, RULE.code, message, hint)


RULE = Rule(
    code="NB323",
    about=Code(
        "A sign that cannot be denied",
        "A recogniser that knows 'it's blurred' and not 'it isn't blurred' hears the first in the second. Every "
        "question with phrases for yes has phrases for no, or for a no to a part of it.",
    ),
    source="flow-engines 3.8",
    find=_find,
)
