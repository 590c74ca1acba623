"""Reception: what the sequence numbers of one source tell - how many came and did not (RFC 3550, A.1, A.3)."""

from __future__ import annotations

from typing import Final

__all__ = ["Reception"]

_DROPOUT: Final = 3000
"""A jump ahead by more is another beginning."""
_MISORDER: Final = 100
"""A packet further behind than this belongs to another beginning too."""


class Reception:
    """Counts packets, whatever order they come in."""

    def __init__(self) -> None:
        self.ssrc: int | None = None
        self.received = 0
        """Packets since the beginning of the call, all sources."""
        self._earlier_lost = 0
        self._base = 0
        self._highest = 0
        self._count = 0
        self._expected_before = 0
        self._received_before = 0

    @property
    def highest(self) -> int:
        """Highest sequence number with its cycles."""
        return self._highest & 0xFFFFFFFF

    @property
    def lost(self) -> int:
        """Packets that never came, all sources; one that came twice makes up for one."""
        return self._earlier_lost + self._lost

    @property
    def _expected(self) -> int:
        return self._highest - self._base + 1 if self.ssrc is not None else 0

    @property
    def _lost(self) -> int:
        return max(self._expected - self._count, 0)

    def count(self, ssrc: int, sequence: int) -> bool:
        """Count a packet; return True when it begins a source or a new count of the same."""
        self.received += 1
        if ssrc == self.ssrc:
            ahead = (sequence - self._highest) & 0xFFFF
            if ahead < _DROPOUT:
                self._highest += ahead
                self._count += 1
                return False
            if ahead >= 0x10000 - _MISORDER:
                self._count += 1
                return False
        self._earlier_lost += self._lost
        self.ssrc, self._base, self._highest, self._count = ssrc, sequence, sequence, 1
        self._expected_before = self._received_before = 0
        return True

    def share_lost(self) -> float:
        """Return the part lost since this was asked last, 0..1."""
        expected, received = self._expected, self._count
        due, came = expected - self._expected_before, received - self._received_before
        self._expected_before, self._received_before = expected, received
        return max(due - came, 0) / due if due > 0 else 0.0
