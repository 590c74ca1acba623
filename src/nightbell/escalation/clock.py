"""SteadyClock: the time by which ladders run - wall time at the start, and from there the monotonic clock alone.

A wall clock that is stepped by an hour while the process runs pages nobody early and holds nobody up. After a
restart the wall is read anew; what an escalation's history says is never later than now (``not_before``).
``time_scale`` makes a night fit into a test: scaled, a second of the ladder takes less of the wall's.
"""

from __future__ import annotations

import asyncio
import time

from nightbell.terms.instant import Instant

__all__ = ["SteadyClock"]


class SteadyClock:
    """Now, and waiting until then."""

    def __init__(self, *, time_scale: float = 1.0) -> None:
        """Read the wall once.

        Args:
            time_scale: how many seconds of ladder pass in one second; 1 outside of tests.
        """
        if time_scale <= 0:
            raise ValueError("time does not stand still")
        self.time_scale = time_scale
        self._began_ms = time.time_ns() // 1_000_000
        self._mark = time.monotonic()

    def now(self) -> Instant:
        """Return the ladder's time."""
        return Instant(self._began_ms + round((time.monotonic() - self._mark) * 1000 * self.time_scale))

    def seconds_until(self, when: Instant) -> float:
        """Return how many real seconds it is until then; 0 when it is past."""
        return max(0.0, (when.ms - self.now().ms) / 1000 / self.time_scale)

    def real_seconds(self, ms: float) -> float:
        """Return how many real seconds so many of the ladder's milliseconds are."""
        return ms / 1000 / self.time_scale

    async def sleep(self, ms: float) -> None:
        """Wait so many of the ladder's milliseconds."""
        await asyncio.sleep(self.real_seconds(ms))
