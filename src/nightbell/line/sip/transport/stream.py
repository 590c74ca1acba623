"""Stream: one TCP or TLS connection. Who dawdles, sends too much or reads nothing is cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from nightbell.line.family import plain
from nightbell.line.sip.peer import Peer, Transport
from nightbell.line.sip.transport.framing import PONG, Framer, FramingLost

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MESSAGE_LIMIT_S", "Stream"]

MESSAGE_LIMIT_S: Final = 10.0
"""Longest that one message may take from its first byte to its last: honest peers send it at once."""
UNREAD_LIMIT: Final = 1_000_000
"""Bytes waiting for a peer that does not read."""


class Stream(asyncio.Protocol):
    """Hands each complete message on with where it came from."""

    def __init__(
        self,
        *,
        transport: Transport,
        number: int,
        received: Callable[[bytes, Peer], None],
        opened: Callable[[Stream], bool],
        closed: Callable[[Stream], None],
        incoming: bool,
        message_limit_s: float = MESSAGE_LIMIT_S,
    ) -> None:
        self._kind = transport
        self._number = number
        self._received = received
        self._opened = opened
        self._closed = closed
        self._incoming = incoming
        self._limit_s = message_limit_s
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._over = asyncio.Event()
        self._slow: asyncio.TimerHandle | None = None
        self.peer = Peer(transport, "", 0, number)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the connection in, or cut it at once."""
        self._transport = cast("asyncio.Transport", transport)
        host, port = (transport.get_extra_info("peername") or ("", 0))[:2]
        self.peer = Peer(self._kind, plain(host), port, self._number)
        if not self._opened(self):
            self._transport.abort()
        elif self._incoming:
            # Who connects has something to say: one that says nothing only takes a place.
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Say that it is gone."""
        self._calm()
        self._over.set()
        self._closed(self)

    async def wait_closed(self) -> None:
        """Wait until the connection is gone."""
        await self._over.wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        try:
            messages = self._framer.feed(data)
        except FramingLost:
            self.abort()
            return
        for _ in range(self._framer.pings):
            self.send(PONG)
        self._framer.pings = 0
        if messages or not self._framer.partial:
            self._calm()
        if self._framer.partial:
            self._hurry()
        for message in messages:
            self._received(message, self.peer)

    def send(self, data: bytes) -> None:
        """Send a message."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.abort()
            return
        self._transport.write(data)

    def close(self) -> None:
        """Close when what was sent is out."""
        self._calm()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._calm()
        if self._transport is not None:
            self._transport.abort()

    def _hurry(self) -> None:
        if self._slow is None:
            self._slow = asyncio.get_running_loop().call_later(self._limit_s, self.abort)

    def _calm(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
