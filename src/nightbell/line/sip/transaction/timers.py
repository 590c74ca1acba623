"""Timers: the waits of RFC 3261 table 4 and RFC 6026, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timers"]


@dataclass(frozen=True, slots=True)
class Timers:
    """T1, T2 and T4 decide all others; tests shorten them."""

    t1: float = 0.5
    """Estimate of a round trip: first repetition."""
    t2: float = 4.0
    """Longest pause between repetitions, except of INVITE."""
    t4: float = 5.0
    """How long a message may travel."""

    @property
    def limit(self) -> float:
        """64 T1: timers B, D, F, H, J, L and M, and how long a 200 is repeated without its ACK."""
        return 64 * self.t1
