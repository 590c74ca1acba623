"""Words: text as matching sees it - lower case, no punctuation, one spelling - and telephone digits in speech."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from nightbell.errors import TermError
from nightbell.terms.phone import PhoneNumber

__all__ = ["normal", "number_in", "respell", "spoken_digits", "words_of"]

_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'"})
_TOKEN: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
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
_DIGITS: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}


def words_of(text: str) -> tuple[str, ...]:
    """Split into words of one spelling: "I can\u2019t see!" gives ``("i", "can't", "see")``."""
    found = _TOKEN.findall(text.lower().translate(_APOSTROPHES))
    return tuple(_SPELLINGS.get(word, word) for word in found)


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


def spoken_digits(text: str) -> str:
    """Return the digits of a telephone number said aloud or written; "" when other words are among them.

    "oh seven seven double oh nine" gives "0770009"; courtesy words at the start are passed over.
    """
    digits: list[str] = []
    times = 1
    for word in words_of(text):
        if word in _TIMES:
            times = _TIMES[word]
        elif word in _DIGITS or word.isdigit():
            digits.append(_DIGITS.get(word, word) * times)
            times = 1
        elif digits and word not in {"and", "then"}:
            return ""
    return "".join(digits)


def number_in(digits: str, country: str) -> str | None:
    """Return digits as E.164 when they are a whole number that may be rung, else None."""
    if not digits:
        return None
    try:
        return PhoneNumber.parse(digits, country).e164
    except TermError:
        return None
