"""Datagrams: one UDP socket of the agent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final, cast

from nightbell.line.family import as_taken, plain
from nightbell.line.sip.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Datagrams", "open_datagrams"]

RECEIVE_BUFFER: Final = 1_000_000
"""Bytes that the system keeps while we are busy: a thousand INVITEs. It may grant fewer."""


class Datagrams(asyncio.DatagramProtocol):
    """Hands each datagram on with where it came from."""

    def __init__(self, received: Callable[[bytes, Peer], None]) -> None:
        self._received = received
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self.host, self.port = "", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        # uvloop's transport is no subclass of asyncio's.
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.host, self.port = transport.get_extra_info("sockname")[:2]
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one."""
        self._received(data, Peer("udp", plain(addr[0]), addr[1]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Say that the socket is closed."""
        self._closed.set()

    def error_received(self, exc: Exception) -> None:
        """Nothing: what is lost on UDP the transactions repeat."""

    def send(self, data: bytes, peer: Peer) -> None:
        """Send one."""
        if self._transport is not None and not self._transport.is_closing():
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            self._transport.sendto(data, (as_taken(peer.host, family), peer.port))

    async def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()


async def open_datagrams(host: str, port: int, received: Callable[[bytes, Peer], None]) -> Datagrams:
    """Open a UDP socket.

    Raises:
        OSError: the address cannot be had.
    """
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(lambda: Datagrams(received), local_addr=(host, port))
    return protocol
