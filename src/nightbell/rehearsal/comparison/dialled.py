"""Dialled: the telephone numbers that words tell a caller to dial, as digits. English and numerals; pure.

Keys, prices, years and times are none. It does not know whose number it is.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["numbers_in"]

_NAMES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SIGN: Final = rf"(?:\d|\b(?:{'|'.join(_NAMES)})\b)"
_NUMBER: Final = re.compile(rf"(?<![\d:])\+?{_SIGN}(?:(?:[\s,()-]|\.(?=\d))*{_SIGN})+(?![\d:])", re.IGNORECASE)
_ONE: Final = re.compile(_SIGN, re.IGNORECASE)
_PRESS: Final = re.compile(r"\bpress(?:ing)?\s*$", re.IGNORECASE)
_TO_DIAL: Final = re.compile(
    r"\b(?:dial|ring|call|phone|telephone|text|number|line|on)\b(?:[ ,]+[a-z']+){0,3}[ ,:]*$", re.IGNORECASE
)
"""Words that make a short number one to dial, with a few between: "dial, from a mobile, 112"."""
_SHORTEST: Final = 3
_LONG: Final = 6
"""Digits from which a number in one piece is a telephone's whatever stands before it."""


def numbers_in(text: str) -> tuple[str, ...]:
    """Return each number to dial once, in order, however its digits are written."""
    found: dict[str, None] = {}
    for match in _NUMBER.finditer(text):
        signs = _ONE.findall(match[0])
        before = text[: match.start()]
        spelt = len(signs) == len(re.findall(r"\w+", match[0]))  # digit by digit, as nothing else is said
        if len(signs) < _SHORTEST or _PRESS.search(before):
            continue
        if spelt or len(signs) >= _LONG or _TO_DIAL.search(before):
            found["".join(_digit(sign) for sign in signs)] = None
    return tuple(found)


def _digit(sign: str) -> str:
    return sign if sign.isdigit() else str(_NAMES.index(sign.lower()))
