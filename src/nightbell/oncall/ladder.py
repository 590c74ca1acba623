"""Ladder: who is rung for which disposition, for how long each, and what happens when all were rung. Pure.

The defaults are DESIGN section 3 and clinical.md section 2.0. A clinic may write its own ladders; what it cannot
do is make one that ends without a person: a ladder goes round until somebody takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nightbell.terms.disposition import Disposition

__all__ = [
    "COORDINATOR",
    "DEFAULTS",
    "LAST_RESORT",
    "OWN_LIMIT_MS",
    "ROUND_AT_LEAST_MS",
    "SOLO",
    "TREATING",
    "WORDS_AFTER_MS",
    "Ladder",
    "Rung",
]

TREATING: Final = "treating"
"""The clinician who did the treatment, if they are still among the people (clinical.md feature 16)."""
COORDINATOR: Final = "coordinator"
LAST_RESORT: Final = "last_resort"

_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND

WORDS_AFTER_MS: Final = 5 * _MINUTE
"""Until a D1 that nobody took says the emergency words; the paging goes on (clinical.md 2.0)."""
ROUND_AT_LEAST_MS: Final = 45 * _SECOND
"""Shortest round: when every call fails at once, the ladder must not spin."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: whom to ring and how long until the next step is due."""

    to: str
    """A layer's name, a person's key, ``treating``, ``coordinator`` or ``last_resort``."""
    wait_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Steps, and what follows the last one."""

    rungs: tuple[Rung, ...]
    again_ms: int
    """Rest between two rounds; 0 rings on at once."""
    near_ms: int
    """So long before its deadline the ladder is begun anew, without rests and without regard to quiet hours."""
    by_hand: bool = True
    """Whether telephones ring; where not, only messages go out."""


def _ladder(text: str, *, again_ms: int = 0, near_ms: int = 0, by_hand: bool = True) -> Ladder:
    words = text.split()
    rungs = tuple(Rung(to, int(seconds) * _SECOND) for to, seconds in zip(words[::2], words[1::2], strict=True))
    return Ladder(rungs=rungs, again_ms=again_ms, near_ms=near_ms, by_hand=by_hand)


_LIVE: Final = _ladder(f"{TREATING} 45 first 45 second 45 {LAST_RESORT} 45")
_SOON: Final = _ladder(
    f"{TREATING} 60 first 120 second 120 {LAST_RESORT} 180", again_ms=2 * _MINUTE, near_ms=12 * _MINUTE
)
_SHIFT: Final = _ladder(
    f"{COORDINATOR} 900 {TREATING} 300 first 900 second 900 {LAST_RESORT} 900",
    again_ms=20 * _MINUTE,
    near_ms=45 * _MINUTE,
)
_DAY: Final = _ladder(f"{COORDINATOR} 3600 first 3600", again_ms=60 * _MINUTE, near_ms=30 * _MINUTE, by_hand=False)

DEFAULTS: Final[Mapping[Disposition, Ladder]] = MappingProxyType(
    {
        Disposition.D0: _LIVE,
        Disposition.D1: _LIVE,
        Disposition.DM: _LIVE,
        Disposition.D2: _SOON,
        Disposition.DU: _SOON,
        Disposition.D3: _SHIFT,
        Disposition.D4: _DAY,
        Disposition.D5: _DAY,
    }
)

SOLO: Final = _ladder("first 45")
"""Where nobody stands behind the first (``cover: solo`` or ``none``)."""

OWN_LIMIT_MS: Final[Mapping[Disposition, int]] = MappingProxyType(
    {
        Disposition.D0: 60 * _MINUTE,
        Disposition.D1: 60 * _MINUTE,
        Disposition.DM: 60 * _MINUTE,
        Disposition.D2: 60 * _MINUTE,
        Disposition.DU: 60 * _MINUTE,
        Disposition.D3: 4 * 60 * _MINUTE,
        Disposition.D4: 24 * 60 * _MINUTE,
        Disposition.D5: 24 * 60 * _MINUTE,
    }
)
"""How long an owner has to close what they took; then the next person is paged (clinical.md R21)."""
