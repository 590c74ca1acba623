"""Clock: what time it is for a call - the machine's, or one that follows the call's audio."""

from __future__ import annotations

import time
from typing import Protocol

from nightbell.terms.instant import Instant

__all__ = ["AudioClock", "CallClock", "SystemClock"]


class CallClock(Protocol):
    """Gives the wall time at a position of the call's audio."""

    def at(self, audio_ms: int) -> Instant:
        """Return the wall time at this audio position."""


class SystemClock:
    """The machine's clock, for calls in real time."""

    def at(self, audio_ms: int) -> Instant:
        """Return now; audio is where it is now."""
        del audio_ms
        return Instant(time.time_ns() // 1_000_000)


class AudioClock:
    """Starts at a given instant and moves with the audio: the same call gives the same times."""

    def __init__(self, start: Instant) -> None:
        self._start = start

    def at(self, audio_ms: int) -> Instant:
        """Return the start plus the audio position."""
        return self._start.plus(ms=audio_ms)
