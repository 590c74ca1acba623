"""NB335: a text that is missing in one of the flow's languages. Whether it is well translated, people judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nightbell.document.codes import Code
from nightbell.flow.lint.before_opening import first_words
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, spoken
from nightbell.flow.model import End, Escalation, Screen
from nightbell.terms.disposition import Disposition

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    if len(flow.languages) == 1:
        return
    guarded = {flow.emergency, flow.silent, flow.person, *first_words(subject)}
    for said in spoken(subject):
        if said.language != flow.languages[0]:
            continue
        there = {language for language, _ in said.prompt.others}
        for language in flow.languages[1:]:
            if language not in there:
                hint = f"write it as text: with in: {{{language}: ...}}; until then it is said in {said.language}"
                message = f"this text is missing in {language!r}"
                found = Finding(said.place(), RULE.code, message, hint)
                yield found if _is_grave(said, guarded) else replace(found, severity="warning")


def _is_grave(said: Spoken, guarded: set[str]) -> bool:
    """Tell whether a caller who does not understand it may come to harm."""
    state = said.state
    if state is None:
        return said.path == ("mistake",)
    urgent_end = isinstance(state, End) and state.disposition.at_least(Disposition.DU)
    return said.prompt.must_hear or state.name in guarded or urgent_end or isinstance(state, Screen | Escalation)


RULE = Rule(
    code="NB335",
    about=Code(
        "A missing translation",
        "A flow with a second language says everything that matters for safety in it: the emergency words, the "
        "questions, the words on hold and the urgent ends. What else is missing is a warning.",
    ),
    source="clinical R1, R34",
    find=_find,
)
