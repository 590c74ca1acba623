"""Reports: when one call's RTCP is due, what it says of the other end, and what the other end said of us."""

from __future__ import annotations

import secrets
from typing import Final

from nightbell.line.rtp.reception import Reception
from nightbell.line.rtp.rtcp import Block, Report, middle

__all__ = ["Reports"]

_EVERY_TICKS: Final = 250
"""Five seconds (RFC 3550 section 6.2), drawn anew from half to one and a half of it each time."""
_LONGEST_MS: Final = 10_000.0
"""A round trip beyond this is a clock that was set."""


class Reports:
    """The reports of one call."""

    def __init__(self) -> None:
        self._due = _drawn() // 2
        self._last_ntp = 0
        self._last_s = 0.0
        self.round_trip_ms: float | None = None
        self.far_loss: float | None = None
        """Part of our packets that the other end lost, 0..1."""

    def is_due(self, ticks: int) -> bool:
        """Tell whether a report is to be sent in this tick; each is asked for once."""
        if ticks < self._due:
            return False
        self._due = ticks + _drawn()
        return True

    def heard(self, report: Report, ours: int, now_s: float) -> None:
        """Take a report in; ``ours`` is our SSRC, ``now_s`` seconds since 1970."""
        if report.sent_ntp:
            self._last_ntp, self._last_s = report.sent_ntp, now_s
        for block in report.blocks:
            if block.ssrc != ours:
                continue
            self.far_loss = block.loss
            if block.last_report:
                trip = (middle(now_s) - block.last_report - block.since) & 0xFFFFFFFF
                trip_ms = trip * 1000 / 65536
                if trip_ms < _LONGEST_MS:
                    self.round_trip_ms = trip_ms

    def block(self, heard: Reception, jitter_ms: float, now_s: float) -> Block | None:
        """Return what we say of the other end's packets; None before there were any."""
        if heard.ssrc is None:
            return None
        since = int((now_s - self._last_s) * 65536) & 0xFFFFFFFF if self._last_ntp else 0
        return Block(
            heard.ssrc,
            heard.share_lost(),
            heard.lost,
            heard.highest,
            int(jitter_ms * 8),
            self._last_ntp,
            since,
        )


def _drawn() -> int:
    return _EVERY_TICKS // 2 + secrets.randbelow(_EVERY_TICKS)
