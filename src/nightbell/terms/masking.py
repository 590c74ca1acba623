"""Masking: what may stand in a log, a message or a trace in place of a telephone number.

It hides digits; it does not know names. What a caller said is never logged at all, so needs no mask.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["KEPT", "masked", "without_numbers"]

KEPT: Final = 3
"""Digits left standing: enough to tell two calls apart, too few to ring anyone."""

_NUMBER: Final = re.compile(r"\+?\d(?:[\s().\-/]{0,3}\d){5,}")
"""Six digits or more, however they are grouped."""


def masked(number: str) -> str:
    """Return ``...`` and the last three digits; of a number of six digits or fewer, ``...`` alone."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return "..." + (digits[-KEPT:] if len(digits) > 2 * KEPT else "")


def without_numbers(text: str) -> str:
    """Return the text with every run of six digits or more masked, spaces and dashes within it included."""
    return _NUMBER.sub(lambda match: masked(match.group()), text)
