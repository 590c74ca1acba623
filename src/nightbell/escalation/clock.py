"""SteadyClock: the time by which ladders run - the wall's at the start, and from there the machine's own count.

A wall clock that is stepped by an hour pages nobody early and holds nobody up: it is read once. A start that finds
work under way goes on by the reading of the start before it, as long as the machine was not started anew
(``anchor``, kept in the executor's row); the count (CLOCK_BOOTTIME) goes on while the machine is suspended.
``time_scale`` makes a night fit into a test.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from nightbell.terms.instant import Instant

__all__ = ["Anchor", "SteadyClock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One reading of the wall, and the machine's count at it."""

    utc_ms: int
    boot_ms: int

    @classmethod
    def take(cls) -> Anchor:
        """Read both now."""
        return cls(utc_ms=time.time_ns() // 1_000_000, boot_ms=_boot_ms())


class SteadyClock:
    """Now, and waiting until then."""

    def __init__(self, *, time_scale: float = 1.0, anchor: Anchor | None = None) -> None:
        """Take the time.

        Args:
            time_scale: how many seconds of ladder pass in one second; 1 outside of tests.
            anchor: the reading to go on from; the wall is read when left out.
        """
        if time_scale <= 0:
            raise ValueError("time does not stand still")
        self.time_scale = time_scale
        self.anchor = anchor or Anchor.take()

    def now(self) -> Instant:
        """Return the ladder's time."""
        return Instant(self.anchor.utc_ms + round((_boot_ms() - self.anchor.boot_ms) * self.time_scale))

    def seconds_until(self, when: Instant) -> float:
        """Return how many real seconds it is until then; 0 when it is past."""
        return max(0.0, (when.ms - self.now().ms) / 1000 / self.time_scale)

    def real_seconds(self, ms: float) -> float:
        """Return how many real seconds so many of the ladder's milliseconds are."""
        return ms / 1000 / self.time_scale

    async def sleep(self, ms: float) -> None:
        """Wait so many of the ladder's milliseconds."""
        await asyncio.sleep(self.real_seconds(ms))


def _boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
