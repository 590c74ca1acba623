"""English: the machinery of rules that hold English words against what a flow says. It has no words itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from nightbell.flow.lint.rule import Finding, Subject
from nightbell.flow.lint.spoken import Spoken, is_english, sentences, spoken

__all__ = ["found_in", "one_of", "plain", "unconditional"]

_MARKS: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"})
"""Signs that a word processor puts in, and what the word lists write."""
_CONDITION: Final = re.compile(r"\b(?:if|unless|when|whether|for)\b[^,:]*$", re.IGNORECASE)


def one_of(*patterns: str) -> re.Pattern[str]:
    """Compile words and patterns, any of which may stand as whole words."""
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text as the word lists write it: straight apostrophes, plain hyphens, nothing unseen."""
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return "".join(seen).translate(_MARKS)


def unconditional(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    """Return the first match that no "if", "when" or "for" stands before in the same part of the sentence."""
    matches = pattern.finditer(sentence)
    return next((match for match in matches if not _CONDITION.search(sentence[: match.start()])), None)


def found_in(
    subject: Subject,
    code: str,
    look: Callable[[Spoken, str], re.Match[str] | None],
    message: str,
    hint: str,
) -> Iterator[Finding]:
    """Yield a finding for each English sentence in which ``look`` sees something.

    Args:
        subject: the flow.
        code: of the finding.
        look: takes the text and one of its sentences, without the clinic's title; returns what is wrong.
        message: with ``{}`` for the words found.
        hint: what to write instead.
    """
    for said in spoken(subject):
        if not is_english(said.language):
            continue
        for sentence in sentences(plain(said.text.replace(subject.flow.clinic.title, " "))):
            match = look(said, sentence)
            if match:
                yield Finding(said.place(match.group()), code, message.format(repr(match.group())), hint)
