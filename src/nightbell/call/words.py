"""Words: telephone digits in speech; and the words of a text, as ``flow.wording`` spells them."""

from __future__ import annotations

from typing import Final

from nightbell.errors import TermError
from nightbell.flow.wording import normal, respell, words_of
from nightbell.terms.phone import PhoneNumber

__all__ = ["normal", "number_in", "respell", "spoken_digits", "unhesitating", "words_of"]

_HESITATION: Final = frozenset({"er", "erm", "um", "umm", "uh", "oh", "ah", "eh", "hm", "hmm", "mm"})
"""Sounds that come before and after an answer, and are none."""

_DIGITS: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}


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


def unhesitating(text: str) -> str:
    """Return the words without the hesitation around them: "Oh, er, no." gives "no"; "um" stays as it is."""
    words = words_of(text)
    said = [at for at, word in enumerate(words) if word not in _HESITATION]
    return " ".join(words[said[0] : said[-1] + 1] if said else words)


def number_in(digits: str, country: str) -> str | None:
    """Return digits as E.164 when they are a whole number that may be rung, else None."""
    if not digits:
        return None
    try:
        return PhoneNumber.parse(digits, country).e164
    except TermError:
        return None
