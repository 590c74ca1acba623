"""NB306: a question that names more than three signs. It counts words, it does not know medicine.

A sign is a part of a question between commas and "or"; a part that only says where, when or how much ("near the
treatment", "there or nearby", "even for a minute") is none. "Pain, swelling or heat" are three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, sentences, spoken
from nightbell.flow.model import Screen

__all__ = ["RULE", "signs_in"]

MOST: Final = 3
"""DESIGN rule 12."""

_JOINT: Final = re.compile(r"\s*,\s*or\s+|\s+or\s+|\s*,\s*", re.IGNORECASE)
_ASIDE: Final = re.compile(
    r"(?:about|after|all|already|any more|anymore|anywhere|around|at|away|before|during|earlier|elsewhere|even|"
    r"especially|far|for|from|here|if|in|inside|just|lately|like|maybe|near|nearby|now|on|once|only|outside|perhaps|please|"
    r"recently|say|since|so|still|such as|suddenly|than|then|there|today|tonight|under|when|where|while|with|"
    r"without|yesterday|yet|\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b",
    re.IGNORECASE,
)
"""How a part begins that says where, when or how much; and a number, as in "two or three seconds"."""


def signs_in(text: str) -> int:
    """Count the signs that the questions of a text name; the whole text where none of it ends with a mark."""
    asked = [sentence for sentence in sentences(text) if sentence.endswith("?")] or [text]
    return sum(_signs(sentence) for sentence in asked)


def _signs(sentence: str) -> int:
    count, joined = 0, False
    last = 0
    for match in [*_JOINT.finditer(sentence), None]:
        part = sentence[last : match.start() if match else len(sentence)].strip(" ?.!")
        sign = bool(part) and not _ASIDE.match(part)
        # "Has any skin, near the treatment, turned pale": what was cut by an aside goes on after a mere comma.
        count += sign and not joined
        aside_before = part and not sign
        joined = bool(aside_before and match and "or" not in match.group().lower() and count > 0)
        last = match.end() if match else last
    return count


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        if not isinstance(said.state, Screen) or "questions" not in said.path or not is_english(said.language):
            continue
        count = signs_in(said.text)
        if count > MOST:
            hint = f"at most {MOST} in one question: leave out the rarest, or make two questions of it"
            yield Finding(said.place(), RULE.code, f"the question names {count} signs", hint)


RULE = Rule(
    code="NB306",
    about=Code(
        "Too many signs in one question",
        "Nobody keeps more than three signs in mind while listening. Each part between commas or 'or' counts as a "
        "sign, apart from parts that say only where, when or how much.",
    ),
    source="DESIGN 4.12",
    find=_find,
)
