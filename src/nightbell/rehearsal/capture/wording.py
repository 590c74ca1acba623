"""Wording: whether written words tell who somebody is, and names for recordings that are nobody's.

It finds what looks like a name or a number in words; it cannot hear one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["file_name", "tells_whom"]

_DIGIT: Final = r"(?:\d|oh|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|treble)"
_DATE: Final = re.compile(r"\b\d{1,4}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}\b")
"""A day in figures is a day of birth as like as not."""
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER: Final = re.compile(rf"\b{_DIGIT}(?:[\s,.()/-]*\b{_DIGIT}){{3,}}\b|\d(?:[\s().-]*\d){{3,}}", re.IGNORECASE)
"""Four digits in a row, written or spoken: the last four of a telephone number are somebody's."""
_ADDRESS: Final = re.compile(r"\S@\S|\b(?:at|dot) (?:g ?mail|hot ?mail|outlook|com|co)\b", re.IGNORECASE)
_ORDINARY: Final = (
    r"Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|January|February|March|July|August|September|October"
    r"|November|December|Christmas|Easter|New|Year|Boxing|Day|Bank|Holiday|God|English"
    r"|Botox|Dysport|Azzalure|Bocouture|Juvederm|Restylane|Profhilo|Radiesse|Sculptra|Belotero|Teosyal|Ellanse"
    r"|The|My|It|This|That|There|Here|Right|Over|Down|Yes|Yeah|No|Not|Sure|Please|Thank|Thanks|You|Your|Hello|Hi"
    r"|Good|Evening|Morning|Afternoon|Night|And|But|Maybe|Nobody|Just|Very|Really|Quite"
)
"""What people write with a capital that is nobody: days, what was injected, the first words of an answer."""
_NOBODY: Final = rf"(?!(?:{_ORDINARY})(?:day)?(?:['\u2019]s)?\b)"
_LETTERS: Final = "".join(map(chr, range(0x41, 0x590)))
_UPPER: Final = "".join(filter(str.isupper, _LETTERS))
_LOWER: Final = "".join(filter(str.islower, _LETTERS))
"""Latin with all its accents, Greek and Cyrillic: a caller may be called \u0141ukasz, or \u015eule."""
_NAME: Final = rf"{_NOBODY}[{_UPPER}](?:[{_LOWER}]|['\u2019][{_UPPER}])[\w'\u2019-]*"
_BEFORE: Final = (
    r"(?:name(?:['\u2019]?s| is)|this is|i['\u2019]?m|i am|it['\u2019]?s|it is|called|speaking (?:to|with))"
)
_GREETING: Final = r"(?i:(?:hello|hi|hiya|good (?:evening|morning|afternoon))[\s,.]+)?"
_NAMED: Final = re.compile(
    r"\b(?i:my|her|his|their) (?i:first |last |sur|full |maiden )?(?i:name(?:['\u2019]?s| is))\b"
    rf"|\b(?i:mr|mrs|ms|miss|mx|dr|doctor|nurse)\.? {_NOBODY}(?=[{_UPPER}])"
    rf"|\b(?i:{_BEFORE}) {_NAME}"
    rf"|\b{_NAME} {_NAME} (?i:here|speaking|calling|ringing)\b"
    rf"|^\s*{_GREETING}{_NAME} {_NAME}(?=[,.]|\s*$)",
)
"""Introductions; a capital alone is no name, and a name in small letters is found after "my name is" only."""


def tells_whom(text: str) -> str:
    """Return what in words could tell who somebody is; "" for nothing that was found."""
    text = unicodedata.normalize("NFC", text)
    if _DATE.search(text) or _NUMBER.search(_YEAR.sub("then", text)):
        return "a number"
    if _ADDRESS.search(text):
        return "an address"
    if _NAMED.search(text):
        return "a name"
    return ""


def file_name(sha256: str) -> str:
    """Return a name that is made of the sound alone, of letters: nobody's name or number."""
    return "captured-" + "".join(chr(ord("a") + int(digit, 16)) for digit in sha256[:10])
