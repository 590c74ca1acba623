"""NB320: words that name what the caller has.

A question may name a sign; no text names a disease as the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import found_in, one_of, unconditional
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken

__all__ = ["RULE"]

_NEVER: Final = one_of(r"cold[ -]?sores?", r"herpes")
"""clinical row 5: offered as a word, callers take it, and a dying skin is taken for it."""
_ILLS: Final = (
    r"(?:bruis(?:e|es|ing)|infections?|abscess|allerg(?:y|ies)|(?:allergic )?reactions?|occlusion|blockage|"
    r"necrosis|blocked (?:blood )?vessel|embolism|clot|stroke|heart attack|anaphylaxis|migraine|virus|rash|"
    r"burn|side[ -]effects?|swelling|inflammation|haematoma|hematoma|granuloma|nodules?|ptosis|anxiety|"
    r"panic attack)"
)
_NAMED: Final = one_of(
    r"(?:it|this|that|these)(?:'s| is|'ll be| will be| must be| may be| might be| could be|"
    rf" can be|'re| are| looks like| sounds like) (?:\w+ ){{0,3}}{_ILLS}",
    r"you(?:'ve got| have got| have| probably have| may have| might have| could have|'re having|"
    r" are having| seem to have) "
    rf"(?:(?:a|an|some|just|only|slight|mild|small|minor|normal|simple|probably) )*{_ILLS}",
    r"(?:just|only|merely|simply|probably|likely|a case of|due to|caused by) "
    rf"(?:(?:a|an|some|the|slight|mild|small|minor|normal|usual|simple|little) )*{_ILLS}",
    rf"(?:is|are|seems to be|seem to be) (?:just |only |probably )?(?:a|an) (?:\w+ )?{_ILLS}",
    rf"(?:a|some) (?:normal|usual|simple|harmless) {_ILLS}",
    r"(?:is|are|looks?) (?:infected|inflamed|bruised|burnt|burned|necrotic)",
    r"(?:means|suffering from|those of|signs are of|what you (?:have|describe) is|you have had|to be) "
    rf"(?:\w+ ){{0,2}}{_ILLS}",
    r"(?:sounds|looks) like (?:you|an?|the|your)",
    r"(?:the|our|my|your) diagnosis",
    r"(?:that|this|it)(?:'ll| will|'s| is| must| may| might| could)(?: be)? (?:just |only )?"
    r"the (?:\w+ )?(?:anaesthetic|anesthetic|injection|filler|botox|product|needle|treatment)",
    r"your (?:body|skin|lip|face) is (?:just |only )?(?:reacting|healing|responding|adjusting)",
    r"you(?:'ve got| have got| have| may have| might have| could have) (?:a |an )?"
    r"(?:blocked|trapped|damaged|infected|burst|inflamed) \w+",
)
"""Said of the caller; what stands behind "if" and "when" is a condition, and behind a question mark a sign."""


def _look(said: Spoken, sentence: str) -> re.Match[str] | None:
    del said
    never = _NEVER.search(sentence)
    return never or (None if sentence.endswith("?") else unconditional(_NAMED, sentence))


def _find(subject: Subject) -> Iterator[Finding]:
    yield from found_in(
        subject,
        RULE.code,
        _look,
        "the line names what it is: {}",
        "leave it out, or name the sign alone: paler, darker, blotchy, more painful",
    )


RULE = Rule(
    code="NB320",
    about=Code(
        "The line makes a diagnosis",
        "What a caller has is the clinician's to say. Blisters after filler were called cold sores on the "
        "telephone in four published cases, and were dying skin.",
    ),
    source="DESIGN 4.5; clinical R12, row 5",
    find=_find,
)
