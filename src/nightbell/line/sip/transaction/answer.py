"""Answer: a 2xx to INVITE, repeated until its ACK comes (RFC 3261 section 13.3.1.4). Sans-IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.line.sip.transaction.outputs import Key, Output, Transmit, Unacknowledged

if TYPE_CHECKING:
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.timers import Timers

__all__ = ["Answer"]


class Answer:
    """One 2xx on its way; it is repeated on reliable transports too, since a proxy may lose it behind them."""

    def __init__(self, key: Key, data: bytes, peer: Peer, timers: Timers, now: float) -> None:
        self.key = key
        self._data = data
        self._peer = peer
        self._timers = timers
        self._pause = timers.t1
        self.waits = {"repeat": now + self._pause, "limit": now + timers.limit}

    def fire(self, timer: str, now: float) -> list[Output]:
        """Let a timer run out."""
        if timer == "repeat":
            self._pause = min(2 * self._pause, self._timers.t2)
            self.waits["repeat"] = now + self._pause
            return [Transmit(self._data, self._peer)]
        self.waits = {}
        return [Unacknowledged(self.key)]
