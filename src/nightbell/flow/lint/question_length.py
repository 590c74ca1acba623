"""NB340: a safety question that takes too long to say. How many signs it names is another rule's."""

from __future__ import annotations

from collections.abc import Iterator

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.timed import QUESTION_MS, questions, total_ms

__all__ = ["RULE"]


def _find(subject: Subject) -> Iterator[Finding]:
    for asked in questions(subject.flow):
        ms = total_ms(asked.prompts, subject.lengths)
        if ms <= QUESTION_MS:
            continue
        path = ("questions", asked.question, "ask") if asked.question else ("say",)
        place = subject.places.of("states", asked.state.name, *path)
        sure = all(prompt.name in subject.lengths for prompt in asked.prompts)
        took = f"takes {ms / 1000:.1f} s" if sure else f"would take about {ms / 1000:.0f} s"
        what = (
            f"the question {asked.question!r}"
            if asked.question
            else f"the safety question of {asked.state.name!r}"
        )
        hint = f"say it in {QUESTION_MS // 1000} s: fewer signs, or two questions"
        yield Finding(place, RULE.code, f"{what} {took}", hint)


RULE = Rule(
    code="NB340",
    about=Code(
        "A question that takes too long",
        "A safety question takes at most six seconds as the line's own voice, or the owner's recording, says it. "
        "Somebody in pain answers the last thing heard: what came first is lost. Ask about fewer signs, or twice.",
    ),
    source="DESIGN 4.12",
    find=_find,
)
