"""NB352: a word of letters out of two alphabets. It looks right, and nobody hears it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.flow.lint.rule import Finding, Rule, Subject

__all__ = ["RULE"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
"""Those that have letters which look like one another."""


def _find(subject: Subject) -> Iterator[Finding]:
    for text in _texts(subject.places.root):
        for match in _WORD.finditer(text.text):
            word = match.group()
            if word.isascii():
                continue
            alphabets = {unicodedata.name(letter, "?").split(maxsplit=1)[0] for letter in word} & _ALPHABETS
            if len(alphabets) > 1:
                message = f"{word!r} has letters of two alphabets: {', '.join(sorted(alphabets)).lower()}"
                yield Finding(text.at(match.start()), RULE.code, message, "type the word anew in one alphabet")


def _texts(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Mapping):
        for _, value in node.items:
            yield from _texts(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    else:
        yield node


RULE = Rule(
    code="NB352",
    about=Code(
        "A word of two alphabets",
        "A letter of another alphabet that looks the same makes another word: a red flag that nobody hears, a "
        "text that no rule reads.",
    ),
    source="DESIGN 4.3; clinical R34",
    find=_find,
)
