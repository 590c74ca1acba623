"""Numbers: runs of digits in a text, written or said digit by digit, in any language the tables know.

Pure text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from nightbell.terms.keys import EMERGENCY_ENTRIES
from nightbell.terms.phone import CRISIS, is_emergency_or_crisis

__all__ = ["DIGITS_KNOWN", "Run", "is_help", "names_nine", "runs"]

DIGITS_KNOWN: Final = frozenset({"en", "cy", "fr", "es", "it", "pt", "de", "pl"})
"""Languages whose digits are known as words."""

_SAID: Final = {
    # English
    "zero": "0", "oh": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
    # Welsh
    "dim": "0", "un": "1", "dau": "2", "dwy": "2", "tri": "3", "tair": "3", "pedwar": "4", "pedair": "4",
    "pump": "5", "chwech": "6", "saith": "7", "wyth": "8", "naw": "9",
    # French, Spanish, Italian, Portuguese
    "zéro": "0", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7",
    "ocho": "8", "nueve": "9", "due": "2", "tre": "3", "quattro": "4", "cinque": "5", "sei": "6", "sette": "7",
    "otto": "8", "nove": "9", "um": "1", "dois": "2", "três": "3", "quatro": "4", "sete": "7", "oito": "8",
    # German
    "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6",
    "sieben": "7", "acht": "8", "neun": "9",
    # Polish
    "jeden": "1", "dwa": "2", "trzy": "3", "cztery": "4", "pięć": "5", "sześć": "6", "siedem": "7", "osiem": "8",
    "dziewięć": "9",
}  # fmt: skip
_TENS: Final = {
    "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90",
}  # fmt: skip
_HUNDRED: Final = "00"
_JOINTS: Final = frozenset({"then", "dash", "hyphen", "pause"})
"""Words that are said between the digits of one number."""
_THEN: Final = re.compile(r"\b(?:then|dash|hyphen|pause)\b", re.IGNORECASE)
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}
_ADVICE: Final = frozenset({"111"})
_LONG: Final = 5
"""Digits: "100 days" and "120 minutes" are no emergency numbers, though some country has both."""
_WORD: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = re.compile(r"[\s+().,/\u2010-\u2015-]*")
"""What may stand between two digits of one number; a colon or a word does not."""


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that follow one another."""

    digits: str
    text: str
    """The words they were taken from."""


def is_help(digits: str) -> bool:
    """Tell whether digits are a number of help; short ones only where nobody counts or dates with them."""
    if len(digits) < _LONG:
        return digits in (EMERGENCY_ENTRIES | CRISIS | _ADVICE) and len(digits) > 1
    return is_emergency_or_crisis(digits)


def names_nine(text: str, language: str) -> bool:
    """Tell whether a text names key 9; of a language whose digits are not known nothing is claimed."""
    known = language.split("-", maxsplit=1)[0] in DIGITS_KNOWN
    return not known or any(run.digits == "9" for run in runs(text))


def runs(text: str) -> tuple[Run, ...]:
    """Return the runs of a text in their order, one-digit runs included; a sentence's end parts two runs."""
    found: list[Run] = []
    digits, before, start, end, times = "", "", 0, 0, 1
    for match in _WORD.finditer(text):
        word = match.group().lower()
        value = _value(word) or (_HUNDRED if digits and word == "hundred" else "")
        between = _THEN.sub(" ", text[end : match.start()])
        if digits and (
            not _BETWEEN.fullmatch(between)
            or re.search(r"\.\s", between)
            or not (value or word in _TIMES or word in _JOINTS)
        ):
            found.append(Run(digits, text[start:end]))
            digits = ""
        if value:
            start = start if digits else match.start()
            if before in _TENS and len(value) == 1 and digits:
                digits = digits.removesuffix("0")  # seventy seven is 77
            digits += value * times
        times = _TIMES.get(word, 1)
        before = word
        if not (digits and word in _JOINTS):
            end = match.end()
    if digits:
        found.append(Run(digits, text[start:end]))
    return tuple(found)


def _value(word: str) -> str:
    """Return the digits that a word stands for, in any script's digits; nothing for other words."""
    if word.isdecimal():
        return "".join(str(unicodedata.decimal(sign)) for sign in word)
    return _SAID.get(word, "") or _TENS.get(word, "")
