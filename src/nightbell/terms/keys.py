"""The key map, one everywhere (DESIGN section 4, rule 1): the names of the keys on a telephone."""

from __future__ import annotations

from typing import Final

__all__ = [
    "AGAIN",
    "DIGITS",
    "EMERGENCY",
    "EMERGENCY_ENTRIES",
    "KEYS",
    "NO",
    "NOT_SURE",
    "PERSON",
    "STAR",
    "YES",
]

YES: Final = "1"
NO: Final = "2"
NOT_SURE: Final = "3"
EMERGENCY: Final = "9"
PERSON: Final = "0"
AGAIN: Final = "#"
STAR: Final = "*"
DIGITS: Final = "0123456789"
KEYS: Final = "0123456789*#"

EMERGENCY_ENTRIES: Final = frozenset({"9", "999", "911", "112", "000"})
"""Entries that mean the emergency when they are the whole entry, closed by # or the inter-digit time."""
