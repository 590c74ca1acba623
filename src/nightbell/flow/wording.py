"""Wording: text as matching sees it - lower case, no punctuation, one spelling of each word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["bare", "normal", "respell", "word_set", "words_of"]

_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'"})
_TOKEN: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SPLIT: Final = re.compile(r"\b(?:(any|some|no|every) (body)|(can) (not))\b")
"""One word that recognisers write as two."""
_SPELLINGS: Final = {
    "cannot": "can't",
    "cant": "can't",
    "dont": "don't",
    "isnt": "isn't",
    "grey": "gray",
    "colour": "color",
    "coloured": "colored",
    "swelled": "swollen",
    "ok": "okay",
}


_PRONOUNS: Final = frozenset(
    ["it", "he", "she", "that", "this", "there", "here", "what", "who", "where", "when", "how", "why", "let"]
)
"""With an 's these are words of their own, and patterns name them: "it's", "let's"."""


def bare(word: str) -> str:
    """Return a noun without its 's, "lip" of "lip's"; any other word, and "it's", as it is."""
    return word[:-2] if word.endswith("'s") and word[:-2] not in _PRONOUNS else word


def words_of(text: str) -> tuple[str, ...]:
    """Split into words of one spelling: "I can\u2019t see!" gives ``("i", "can't", "see")``."""
    joined = _SPLIT.sub(lambda split: "".join(filter(None, split.groups())), text.lower())
    found = _TOKEN.findall(joined.translate(_APOSTROPHES))
    return tuple(_SPELLINGS.get(word, word) for word in found)


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text, as they stand."""
    return frozenset(text.split())


def normal(text: str) -> str:
    """Return the words joined by single spaces."""
    return " ".join(words_of(text))


def respell(words: Sequence[str], sounds_like: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """Put back words that recognisers write by their sound: "buttocks" becomes "botox" where a flow says so."""
    text = f" {' '.join(words)} "
    for word, sounds in sounds_like:
        for sound in sounds:
            text = text.replace(f" {normal(sound)} ", f" {word} ")
    return tuple(text.split())
