"""Server transactions: INVITE (RFC 3261 section 17.2.1 with RFC 6026) and the others (17.2.2). Sans-IO.

Each is driven by ``receive``, ``respond`` and ``fire`` with the time as a value, and returns what is to be done.
``waits`` holds what it waits for: a timer's letter and when it is due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nightbell.line.sip.transaction.outputs import Ended, Key, Output, Transmit, Unacknowledged

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request, Response
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.timers import Timers

__all__ = ["ServerInvite", "ServerPlain"]


class ServerPlain:
    """One request that is no INVITE: answered once, and again for each copy of it."""

    def __init__(self, key: Key, peer: Peer, timers: Timers, now: float) -> None:
        self.key = key
        self.peer = peer
        self.state: Literal["trying", "proceeding", "completed", "terminated"] = "trying"
        self._timers = timers
        self._last = b""
        # Nobody leaves a request unanswered for so long; one that is must not stay for ever.
        self.waits = {"stuck": now + 2 * timers.limit}

    def receive(self, _request: Request, _now: float) -> list[Output]:
        """Take another copy of the request."""
        return [Transmit(self._last, self.peer)] if self._last else []

    def respond(self, response: Response, now: float) -> list[Output]:
        """Send a response; a second final one is not sent."""
        if self.state in {"completed", "terminated"}:
            return []
        self._last = response.encode()
        self.state = "proceeding"
        if response.status >= 200:
            self.state = "completed"
            self.waits = {"J": now + (0 if self.peer.reliable else self._timers.limit)}
        return [Transmit(self._last, self.peer)]

    def fire(self, _timer: str, _now: float) -> list[Output]:
        """Let a timer run out."""
        self.state, self.waits = "terminated", {}
        return [Ended(self.key)]


class ServerInvite:
    """One INVITE: provisional answers, then a final one, repeated until its ACK comes unless it is a 2xx."""

    def __init__(self, key: Key, peer: Peer, timers: Timers, now: float) -> None:
        self.key = key
        self.peer = peer
        self.state: Literal["proceeding", "completed", "confirmed", "accepted", "terminated"] = "proceeding"
        self._timers = timers
        self._last = b""
        self._pause = timers.t1
        self.waits: dict[str, float] = {"stuck": now + STUCK_S}

    def receive(self, request: Request, now: float) -> list[Output]:
        """Take another copy of the INVITE, or the ACK of a refusal."""
        if request.method == "ACK":
            if self.state != "completed":
                return []
            self.state = "confirmed"
            self.waits = {"I": now + (0 if self.peer.reliable else self._timers.t4)}
            return []
        if self.state in {"proceeding", "completed"} and self._last:
            return [Transmit(self._last, self.peer)]
        return []

    def respond(self, response: Response, now: float) -> list[Output]:
        """Send a response. After a final one only further copies of a 2xx's own sender are accepted, elsewhere."""
        if self.state != "proceeding":
            return []
        self._last = response.encode()
        if 200 <= response.status < 300:
            self.state, self.waits = "accepted", {"L": now + self._timers.limit}
        elif response.status >= 300:
            self.state, self.waits = "completed", {"H": now + self._timers.limit}
            if not self.peer.reliable:
                self.waits["G"] = now + self._pause
        return [Transmit(self._last, self.peer)]

    def fire(self, timer: str, now: float) -> list[Output]:
        """Let a timer run out."""
        if timer == "G":
            self._pause = min(2 * self._pause, self._timers.t2)
            self.waits["G"] = now + self._pause
            return [Transmit(self._last, self.peer)]
        self.state, self.waits = "terminated", {}
        return [*([Unacknowledged(self.key)] if timer == "H" else []), Ended(self.key)]


STUCK_S = 600.0
"""An INVITE that rings for ten minutes without an answer is forgotten; the agent gives up long before."""
