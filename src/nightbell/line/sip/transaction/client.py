"""Client transactions: INVITE (RFC 3261 section 17.1.1 with RFC 6026) and the others (17.1.2). Sans-IO.

Each is driven by ``begin``, ``receive`` and ``fire`` with the time as a value. A 2xx to INVITE is handed up each
time it comes, for the agent above sends its ACK; the ACK of a refusal is sent here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.transaction.outputs import Answered, Ended, Key, Output, TimedOut, Transmit

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Response
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.timers import Timers

__all__ = ["ClientInvite", "ClientPlain", "acknowledgement"]


class ClientPlain:
    """One request of ours that is no INVITE."""

    def __init__(self, key: Key, request: Request, peer: Peer, timers: Timers) -> None:
        self.key = key
        self.peer = peer
        self.state: Literal["trying", "proceeding", "completed", "terminated"] = "trying"
        self._timers = timers
        self._data = request.encode()
        self._pause = timers.t1
        self.waits: dict[str, float] = {}

    def begin(self, now: float) -> list[Output]:
        """Send it."""
        self.waits = {"F": now + self._timers.limit}
        if not self.peer.reliable:
            self.waits["E"] = now + self._pause
        return [Transmit(self._data, self.peer)]

    def receive(self, response: Response, peer: Peer, now: float) -> list[Output]:
        """Take a response."""
        if self.state in {"completed", "terminated"}:
            return []
        if response.status < 200:
            self.state = "proceeding"
            return [Answered(self.key, response, peer)]
        self.state = "completed"
        self.waits = {"K": now + (0 if self.peer.reliable else self._timers.t4)}
        return [Answered(self.key, response, peer)]

    def fire(self, timer: str, now: float) -> list[Output]:
        """Let a timer run out."""
        if timer == "E":
            self._pause = self._timers.t2 if self.state == "proceeding" else min(2 * self._pause, self._timers.t2)
            self.waits["E"] = now + self._pause
            return [Transmit(self._data, self.peer)]
        self.state, self.waits = "terminated", {}
        return [*([TimedOut(self.key)] if timer == "F" else []), Ended(self.key)]


class ClientInvite:
    """One INVITE of ours."""

    def __init__(self, key: Key, request: Request, peer: Peer, timers: Timers) -> None:
        self.key = key
        self.peer = peer
        self.state: Literal["calling", "proceeding", "completed", "accepted", "terminated"] = "calling"
        self._timers = timers
        self._request = request
        self._data = request.encode()
        self._ack = b""
        self._pause = timers.t1
        self.waits: dict[str, float] = {}

    def begin(self, now: float) -> list[Output]:
        """Send it."""
        self.waits = {"B": now + self._timers.limit}
        if not self.peer.reliable:
            self.waits["A"] = now + self._pause
        return [Transmit(self._data, self.peer)]

    def receive(self, response: Response, peer: Peer, now: float) -> list[Output]:
        """Take a response."""
        if self.state in {"calling", "proceeding"}:
            if response.status < 200:
                # From here on it rings; how long, the agent decides, and its CANCEL has a limit of its own.
                self.state, self.waits = "proceeding", {"stuck": now + RINGING_LIMIT_S}
            elif response.status < 300:
                self.state, self.waits = "accepted", {"M": now + self._timers.limit}
            else:
                self.state = "completed"
                self.waits = {"D": now + (0 if self.peer.reliable else self._timers.limit)}
                self._ack = acknowledgement(self._request, response).encode()
                return [Transmit(self._ack, self.peer), Answered(self.key, response, peer)]
            return [Answered(self.key, response, peer)]
        if self.state == "accepted" and 200 <= response.status < 300:
            return [Answered(self.key, response, peer)]
        if self.state == "completed" and response.status >= 300:
            return [Transmit(self._ack, self.peer)]
        return []

    def fire(self, timer: str, now: float) -> list[Output]:
        """Let a timer run out."""
        if timer == "A":
            self._pause *= 2
            self.waits["A"] = now + self._pause
            return [Transmit(self._data, self.peer)]
        self.state, self.waits = "terminated", {}
        return [*([TimedOut(self.key)] if timer in {"B", "stuck"} else []), Ended(self.key)]


RINGING_LIMIT_S = 600.0
"""A provisional answer that nothing follows ends the transaction after ten minutes."""


def acknowledgement(invite: Request, response: Response) -> Request:
    """Return the ACK of a refusal (RFC 3261 section 17.1.1.3)."""
    headers = Headers()
    headers.add("via", invite.headers.all("via")[0])
    for name in ("from", "call-id"):
        headers.add(name, invite.headers.get(name))
    headers.add("to", response.headers.get("to"))
    headers.add("cseq", f"{invite.cseq.number} ACK")
    headers.add("max-forwards", "70")
    for value in invite.headers.fields("route"):
        headers.add("route", value)
    return Request(headers=headers, method="ACK", target=invite.target)
