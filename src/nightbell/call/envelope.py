"""Envelope: what every event of a call has, and the version that it is written with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VERSION", "Envelope"]

VERSION = 3
"""The version every new event is written with. 2 has ``transfer_ended``; 3 has ``line_measured`` and
``wake_judged``, tells contacts about filler apart and whom to ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event, of whatever kind."""

    clinic: str
    call: str
    seq: int
    at_utc: int
    """Milliseconds since 1970, UTC."""
    audio_ms: int
    """Position in the call's audio, milliseconds since the line's first tick."""
    v: int = VERSION
