"""Telephone: numbers for callers, kept free for stories where a country has such: a rehearsal rings nobody."""

from __future__ import annotations

from typing import Final

import phonenumbers

__all__ = ["number_of"]

_NUMBERS: Final = {"GB": "+447700900123", "US": "+12025550123"}
"""Numbers kept free for stories (Ofcom, NANPA)."""


def number_of(country: str) -> str:
    """Return a number of that country for a caller, E.164."""
    if country in _NUMBERS:
        return _NUMBERS[country]
    example = phonenumbers.example_number(country)
    if example is None:
        return _NUMBERS["GB"]
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
