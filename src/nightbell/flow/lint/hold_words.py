"""NB322: words on hold beyond stay on the line, keep someone with you, press nine. Lengths are not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import one_of
from nightbell.flow.lint.numbers import names_nine
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, sentences, spoken
from nightbell.flow.model import Escalation

__all__ = ["RULE"]

_NINE: Final = one_of(r"press (?:nine|9)", r"hang up and dial")
_ALLOWED: Final = re.compile(
    r"^(?:please |and |then |or |also |do |still )*"
    r"(?:(?:stay|hold|remain|keep) (?:on (?:the|this) (?:line|phone|telephone|call)|the line|holding)|"
    r"(?:keep|have|ask) (?:someone|somebody)(?: else)?(?: to)?(?: be| stay| sit)? (?:with|near|by) you|"
    r"(?:you can )?press (?:nine|9)\b|hang up and dial\b)",
    re.IGNORECASE,
)
"""How a part between marks may begin."""
_REASON: Final = re.compile(r"^(?:and |or )*(?:for|if|as soon as|when|at any time)\b", re.IGNORECASE)
_SIGN: Final = one_of(
    "breath(?:ing)?", "pain", "bleeding", "sight", "face", "arm", "swelling", "worse", "changes?"
)
"""What may stand beside "press nine" in one sentence: when to."""


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        own = said.state is not None and said.path[-1] == "say"
        if not (own and isinstance(said.state, Escalation)):
            continue
        english = is_english(said.language)
        if not (_NINE.search(said.text) if english else names_nine(said.text, said.language)):
            hint = "add: for trouble breathing or any change in sight, press nine"
            yield Finding(said.place(), RULE.code, "the words on hold do not name key 9", hint)
        for sentence in sentences(said.text) if english else ():
            urgent = _NINE.search(sentence) is not None
            for part in re.split(r"[.,;!?]+", sentence):
                words = part.strip()
                reason = urgent and (_REASON.match(words) or _SIGN.search(words))
                if words and not reason and not _ALLOWED.match(words):
                    hint = "on hold say only: stay on the line, keep someone with you, press nine"
                    yield Finding(said.place(words), RULE.code, f"the words on hold say {words!r}", hint)


RULE = Rule(
    code="NB322",
    about=Code(
        "Other words on hold",
        "Whoever waits for help in fear hears three things: stay on the line, keep someone with you, press nine. "
        "Offers, apologies and advice keep them from hearing these.",
    ),
    source="DESIGN 4.5",
    find=_find,
)
