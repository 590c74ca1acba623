"""NB336: a text in another language that nobody has recorded and no voice can say."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import spoken
from nightbell.flow.model import Words

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    if not subject.lengths:
        return  # nothing has been said or recorded yet
    for said in spoken(subject):
        if said.language == subject.flow.languages[0]:
            continue
        fixed = all(isinstance(part, Words) for part in said.prompt.parts_in(said.language))
        name = f"{said.prompt.name}.{said.language}"
        if fixed and name not in subject.lengths:
            hint = f"record it: prompts/{name}.wav"
            message = f"nothing says this in {said.language!r}"
            yield Finding(said.place(), RULE.code, message, hint, "warning")


RULE = Rule(
    code="NB336",
    about=Code(
        "A language without recordings",
        "The voice speaks the first language. What is said in another one must be recorded, each text once.",
    ),
    source="clinical R1",
    find=_find,
)
