"""NB318: a caller asked to judge for themselves - "is this an emergency?". Signs are asked instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import found_in, one_of
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken

__all__ = ["RULE"]

_GRAVE: Final = r"(?:(?:an?|your|the|really|truly|medical|very) )*(?:emergency|urgent|serious|life[ -]threatening)"
_GATE: Final = one_of(
    r"(?:is|are|was) (?:this|it|that|you|(?:this|your) (?:call|problem|question|reason|matter|symptoms?))"
    rf"(?: (?:about|anything|calling|for|having|ringing|something|with))* {_GRAVE}",
    rf"(?:if|when|whether|unless) (?:this|it|that|your \w+)(?:'s| is| was| isn't| is not) (?:not )?{_GRAVE}",
    r"(?:if|when|whether|unless) you(?:'re| are|'ve got| have)(?: (?:about|calling|for|having|ringing|with))*"
    r" (?:an?|your|the|any) (?:\w+ )?emergency",
    r"(?:do|does|would) (?:you|this|it) (?:\w+ )?(?:have|feel|think|say|call|seem|consider|need)"
    rf"(?: \w+){{0,3}} {_GRAVE}(?! department)",
    rf"(?:if|when|whether) you (?:think|feel|believe)(?: that)? (?:this|it|that)(?:'s| is) {_GRAVE}",
    r"(?:if|whether) (?:[\w']+ ){1,5}(?:urgent|an emergency)",
    r"for (?:anything|something|what is) (?:urgent|serious)",
    r"how (?:urgent|serious|bad) (?:is|are|would|it|this|your)",
    r"in (?:case of )?(?:an |any )?emergenc(?:y|ies),? (?:please )?(?:press|say|dial|hang|call|ring)",
    r"for (?:an? |any |medical )?(?:emergenc(?:y|ies)|urgent (?:matters?|calls?|problems?|help|care))"
    r",? (?:please )?(?:press|say|dial|hang|call|ring)",
    r"(?:press|say) \w+ (?:for|if)(?: it is)? (?:an? |any )?(?:urgent|emergency|serious)(?! department)",
    r"say (?:emergency|urgent)",
    r"emergencies,? press",
    r"(?:can|could|will|would) (?:it|this|that|your \w+) (?:wait|hold|keep)",
    r"(?:is|was) (?:it|this|that|your \w+) (?:really |so |very )?(?:critical|severe|grave|bad enough|dangerous)",
    r"(?:bad|serious|ill|sick|unwell) enough (?:to|for)",
    r"do you (?:\w+ )?(?:need|want|require) (?:\w+ ){0,3}(?:ambulance|help (?:right )?now|paramedics?|hospital)",
    r"how (?:soon|quickly|fast|long) (?:do|can|should|would|could) (?:you|it|this|that)",
    r"(?:soon|early) enough",
)
_ASKED: Final = one_of(
    r"(?:(?:an|the|your|this|medical) )?(?:emergency|emergencies)"
    r"(?! (?:department|number|room|unit|services?|words))",
    r"urgent(?:ly)?",
)
"""Words that no question needs."""


def _look(said: Spoken, sentence: str) -> re.Match[str] | None:
    del said
    asked = _ASKED.search(sentence) if sentence.endswith("?") else None
    return _GATE.search(sentence) or asked


def _find(subject: Subject) -> Iterator[Finding]:
    yield from found_in(
        subject,
        RULE.code,
        _look,
        "the caller is asked to judge: {}",
        "ask for signs instead: has your sight changed? is any skin paler or darker? callers understate urgency",
    )


RULE = Rule(
    code="NB318",
    about=Code(
        "The caller is asked whether it is urgent",
        "People who are in danger say it is nothing. A line asks for signs and judges by itself; it never asks "
        "'is this an emergency?', in whatever words.",
    ),
    source="DESIGN 4.5; clinical R6",
    find=_find,
)
