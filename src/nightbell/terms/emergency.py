"""Emergency: which number brings help in which country. Pure; it rings none (``terms.phone`` refuses all of them).

The same digits mean different things: 111 is the emergency in New Zealand and a telephone for advice in the United
Kingdom, and 112 works on Europe's telephones but is answered by nobody's poster in the United States.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import phonenumbers

from nightbell.terms.keys import EMERGENCY_ENTRIES

__all__ = ["OWN", "entries_of", "is_emergency_number", "own_numbers"]

OWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "GB": ("999", "112"),
        "IE": ("112", "999"),
        "US": ("911",),
        "CA": ("911",),
        "AU": ("000",),
        "NZ": ("111",),
    }
)
"""Country to what its own people are told to dial, the usual one first (clinical.md section C; gov.uk, 911.gov,
triplezero.gov.au, police.govt.nz). Networks lead other numbers there too, and no caller is told one of those."""


def own_numbers(country: str) -> tuple[str, ...]:
    """Return what a country's people are told to dial; () where only Google's list knows."""
    return OWN.get(country, ())


def is_emergency_number(number: str, country: str) -> bool:
    """Tell whether a number is one that callers of a country may be told to dial in an emergency.

    Args:
        number: as dialled.
        country: ISO 3166 alpha-2.
    """
    own = own_numbers(country)
    return number in own if own else bool(phonenumbers.is_emergency_number(number, country))


def entries_of(emergency: str) -> frozenset[str]:
    """Return the entries that mean the emergency as a whole: those of everywhere, and the clinic's own number.

    Who keys 111 at a clinic in New Zealand means the emergency; in the United Kingdom it is advice that is meant,
    and the entry is no number.
    """
    return EMERGENCY_ENTRIES | {emergency} if emergency else EMERGENCY_ENTRIES
