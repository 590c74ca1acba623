"""NB319: words that calm a caller down about something nobody has looked at. Diagnoses are NB320's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import found_in, one_of
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken

__all__ = ["RULE"]

_CALMING: Final = one_of(
    r"(?:don't|do not|no need to|needn't|try not to) (?:worry|panic|be (?:alarmed|scared|afraid)|fret)",
    r"(?:nothing|not anything) (?:to (?:worry|be concerned|be alarmed)|serious|dangerous|bad)",
    r"(?<!if )(?:that|this|it|these|those|which)(?:'s| is|'re| are) (?:\w+ )?"
    r"(?:perfectly |quite |completely |all |totally |very )?"
    r"(?:normal|common|harmless|expected|nothing|fine|okay|ok|safe|usual|not (?:serious|dangerous))",
    r"(?:is|are) (?:perfectly|quite|completely|totally|usually|often) (?:normal|common|harmless|fine|safe)",
    r"(?:you'll|you will|you're going to|everything will|it'll|it will|all will) (?:\w+ )?"
    r"(?:be (?:fine|okay|ok|all right|alright|well|over|gone)|settle|pass|go (?:away|down)|get better|clear up|"
    r"heal|calm down)",
    r"(?:rest assured|not to worry|stay calm|keep calm|calm down|relax|perfectly normal)",
    r"no cause for (?:concern|alarm|worry)",
    r"(?:it|this|that) (?:can|will) wait",
    r"(?:probably|most likely|almost certainly) (?:fine|nothing|normal|okay|harmless)",
    r"(?:no|not an) emergency",
)


def _look(said: Spoken, sentence: str) -> re.Match[str] | None:
    del said
    return _CALMING.search(sentence)


def _find(subject: Subject) -> Iterator[Finding]:
    yield from found_in(
        subject,
        RULE.code,
        _look,
        "the line reassures: {}",
        "leave it out; say who will ring, by when, and what to do if it gets worse",
    )


RULE = Rule(
    code="NB319",
    about=Code(
        "The line reassures",
        "A patient whose filler blocked a vessel was told on the telephone that it was normal, and lost skin. A "
        "line that has seen nothing says nothing calming.",
    ),
    source="DESIGN 4.5; clinical R12",
    find=_find,
)
