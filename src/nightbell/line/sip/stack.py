"""Stack: the transaction layer at work: sockets below, one timer, and outputs handed to the agent above.

The only place where the sans-IO layer meets the loop's clock.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import LineFailed
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.reading import Malformed, read
from nightbell.line.sip.message.replying import reply, stateless
from nightbell.line.sip.message.via import COOKIE
from nightbell.line.sip.peer import Peer, bracketed
from nightbell.line.sip.transaction.layer import Layer
from nightbell.line.sip.transaction.outputs import Key, Output, Transmit
from nightbell.line.sip.transport.transports import Transports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nightbell.line.sip.config import AgentConfig
    from nightbell.line.sip.message.model import Response

__all__ = ["Stack"]

_log = structlog.get_logger(__name__)
_BRANCH: Final = re.compile(rb"branch[ \t]*=[ \t]*([^\s;,]+)", re.IGNORECASE)
_TO_TAG: Final = re.compile(rb"^(?:to|t)[ \t]*:[^\r\n]*;[ \t]*tag[ \t]*=", re.IGNORECASE | re.MULTILINE)
_WITHIN: Final = (b"ACK ", b"BYE ", b"CANCEL ")
"""Requests that end something: they are read however full it is."""
RETRY_S: Final = 5
"""What a caller's equipment is told to wait when there is no room."""


class Stack:
    """Messages in and out of one agent."""

    def __init__(
        self,
        config: AgentConfig,
        handle: Callable[[Output], None],
        *,
        hears: Callable[[str], bool],
        lets_through: Callable[[bytes, Peer], bool],
    ) -> None:
        """Make a stack.

        Args:
            config: what the agent was told.
            handle: takes every output but Transmit.
            hears: tells of a source address whether anything from it is looked at.
            lets_through: tells of a request, before it is read, whether it will be.
        """
        self.config = config
        self.layer = Layer(config.timers)
        self.refuses: Callable[[str], int | None] = lambda _source: None
        """Asked with its source address before a new INVITE is read: seconds to wait when there is no room for it
        (503), None to read it."""
        self.counts = {"received": 0, "malformed": 0, "dropped": 0, "refused": 0, "faults": 0}
        self._handle = handle
        self._hears = hears
        self._lets_through = lets_through
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._open = False
        self.transports = Transports(
            config.bindings, received=self._received, lost=self._lost, admits=hears, tls=config.tls,
            message_limit_s=config.message_limit_s,
        )  # fmt: skip

    @property
    def now(self) -> float:
        """The loop's clock, in seconds."""
        return asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Open the sockets. Raises LineFailed when one cannot be had."""
        await self.transports.open()
        self._open = True

    async def close(self) -> None:
        """Close the sockets and forget every transaction."""
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
        await self.transports.close()
        self.layer = Layer(self.config.timers)

    def sent_by(self, peer: Peer) -> tuple[str, int]:
        """Return host and port that a peer is told to reach us at."""
        host, port = self.transports.local(peer)
        return self.config.advertised or host, port

    def via(self, peer: Peer) -> str:
        """Return a Via for a new request of ours."""
        host, port = self.sent_by(peer)
        branch = COOKIE + secrets.token_hex(12)
        return f"SIP/2.0/{peer.transport.upper()} {bracketed(host)}:{port};branch={branch};rport"

    def begin(self, request: Request, peer: Peer) -> Key:
        """Send a request of ours in a transaction."""
        key, outputs = self.layer.begin(request, peer, self.now)
        self.perform(outputs)
        return key

    def respond(self, key: Key, response: Response) -> None:
        """Answer a request."""
        self.perform(self.layer.respond(key, response, self.now))

    def send(self, data: bytes, peer: Peer) -> None:
        """Send bytes outside of any transaction: an ACK, a keep-alive."""
        if not self._open:
            return
        try:
            self.transports.send(data, peer)
        except (OSError, LineFailed) as fault:
            _log.warning("sip message could not be sent", transport=peer.transport, error=type(fault).__name__)

    def perform(self, outputs: Iterable[Output]) -> None:
        """Carry outputs out, in their order."""
        for output in outputs:
            if isinstance(output, Transmit):
                self.send(output.data, output.peer)
            else:
                self._handle(output)
        self._arm()

    def _arm(self) -> None:
        due = self.layer.next_due if self._open else None
        if due is None:
            return
        if self._timer is not None:
            if self._armed_for <= due:
                return
            self._timer.cancel()
        self._armed_for = due
        self._timer = asyncio.get_running_loop().call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.perform(self.layer.tick(self.now))

    def _lost(self, peer: Peer) -> None:
        self.perform(self.layer.lost(peer))

    def _received(self, data: bytes, peer: Peer) -> None:
        """Take one message off the wire; whatever it holds, nothing is raised towards the socket."""
        self.counts["received"] += 1
        try:
            self._take(data, peer)
        except Exception as fault:  # noqa: BLE001 - one message of one peer must not end the calls of all others
            self.counts["faults"] += 1
            _log.error("sip message met a fault of ours", error=type(fault).__name__)

    def _take(self, data: bytes, peer: Peer) -> None:
        data = data.lstrip(b"\r\n")
        if not data or not self._hears(peer.host):
            self.counts["dropped"] += bool(data)
            return
        if data.startswith(b"SIP/"):
            found = _BRANCH.search(data, 0, 4096)
            if found is None or not self.layer.knows(found[1].decode("ascii", "replace")):
                self.counts["dropped"] += 1
                return
        elif not self._lets_through(data, peer) or self._no_room(data, peer):
            return
        try:
            message = read(data)
        except Malformed as fault:
            self.counts["malformed"] += 1
            if fault.request is not None:
                try:
                    back = fault.request.via.way_back(peer)
                except ValueError:
                    back = peer
                self.send(reply(fault.request, fault.status, peer, tag="malformed").encode(), back)
            return
        if isinstance(message, Request):
            self.perform(self.layer.receive(message, peer, self.now))
        else:
            self.perform(self.layer.take(message, peer, self.now))

    def _no_room(self, data: bytes, peer: Peer) -> bool:
        """Refuse a new call unread where there is no room for it; a copy of one that is here passes."""
        begins = data.startswith(b"INVITE ") and not _TO_TAG.search(data, 0, 4096)
        if not begins and (not self.layer.full or data.startswith(_WITHIN)):
            return False
        found = _BRANCH.search(data, 0, 4096)
        if found and self.layer.serves(found[1].decode("ascii", "replace")):
            return False
        wait = RETRY_S if self.layer.full else self.refuses(peer.host)
        if wait is None:
            return False
        self.counts["refused"] += 1
        answer = stateless(data, 503, peer, [("Retry-After", str(wait))])
        if answer is not None:
            self.send(*answer)
        return True
