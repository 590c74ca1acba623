"""NB351: a safety question that is turned round, so that no is the dangerous answer, or nobody knows which is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import one_of, plain
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, sentences, spoken
from nightbell.flow.model import Collect, Screen

__all__ = ["RULE"]

_WELL: Final = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have)\b[^?]*?"
    r"(?<!than )(?<!less )(?<!from )(?<!to )(?<!as )(?<!not )(?<!its )(?<!your )(?<!the )(?<!no longer )"
    r"\b(all right|alright|okay|ok|fine|well|normal|normally|happy|satisfied|pleased|comfortable|unchanged|"
    r"healthy|pain[ -]free|free of|free from|without any)\b",
    re.IGNORECASE,
)
_DENIED: Final = one_of(
    r"(?:is|are|has|have|does|do|did|was|were)n't (?:it|you|there|anything|any|your|the|they|this|that)",
    r"(?:is|are|do|does|have|has) (?:you|there|it) (?:not|no)",
    r"(?:is|are) nothing",
    r"(?:is|are|has|have|does|do)n't \w+ing",
    r"(?:is|are|has|have|does|do) (?:it|you|there|they)(?= *\?$)",
    r"(?:can|could|will|would|is|are|has|have|does|do) (?:(?:a|an|the|your|any) )?(?!nothing)\w+ (?:not|never)",
    r"(?:is|are|has|have|does|do) no (?!longer)\w+",
)


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        screens = isinstance(said.state, Screen) and "questions" in said.path
        clears = isinstance(said.state, Collect) and said.state.clears and said.path[-1] == "say"
        if not (screens or clears) or not is_english(said.language):
            continue
        for sentence in sentences(plain(said.text)):
            well, denied = _WELL.search(sentence), _DENIED.search(sentence)
            if not sentence.endswith("?") or not (well or denied):
                continue
            words = denied.group() if denied else well.group(1) if well else ""
            hint = "ask for the sign itself, so that yes means danger: has your sight changed?"
            message = f"the question is turned round by {words!r}: here yes has to mean danger, and no its absence"
            yield Finding(said.place(words), RULE.code, message, hint)


RULE = Rule(
    code="NB351",
    about=Code(
        "A safety question that is turned round",
        "A yes sets the floor and a no sends the caller on. 'Is your sight normal?' turns that round, and of 'it "
        "doesn't hurt, does it?' or 'can you not pass urine?' nobody knows what a no means.",
    ),
    source="DESIGN 4.4; clinical R6",
    find=_find,
)
