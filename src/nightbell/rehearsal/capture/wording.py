"""Wording: whether written words tell who somebody is, and names for recordings that are nobody's.

It finds what looks like a name or a number in words; it cannot hear one.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["file_name", "tells_whom"]

_DIGIT: Final = r"(?:\d|oh|zero|one|two|three|four|five|six|seven|eight|nine|double|triple|treble)"
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER: Final = re.compile(rf"\b{_DIGIT}(?:[\s,.()/-]*\b{_DIGIT}){{3,}}\b|\d(?:[\s().-]*\d){{3,}}", re.IGNORECASE)
"""Four digits in a row, written or spoken: the last four of a telephone number are somebody's."""
_ADDRESS: Final = re.compile(r"\S@\S|\b(?:at|dot) (?:g ?mail|hot ?mail|outlook|com|co)\b", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?i:my|her|his|their) (?i:first |last |sur|full |maiden )?(?i:name(?:'s| is))\b"
    r"|\b(?i:mr|mrs|ms|miss|mx|dr|doctor|nurse)\.? (?=[A-Z])"
    r"|\b(?i:this is|i'm|i am|it's|called) (?=[A-Z][a-z])",
)


def tells_whom(text: str) -> str:
    """Return what in words could tell who somebody is; "" for nothing that was found."""
    if _NUMBER.search(_YEAR.sub("then", text)):
        return "a number"
    if _ADDRESS.search(text):
        return "an address"
    if _NAMED.search(text):
        return "a name"
    return ""


def file_name(sha256: str) -> str:
    """Return a name that is made of the sound alone, of letters: nobody's name or number."""
    return "captured-" + "".join(chr(ord("a") + int(digit, 16)) for digit in sha256[:10])
