"""AudioSocketServer: takes a PBX's connections, and makes a line of each that shows the id of an announced call.

Who is not on the list of peers is cut unread; a connection that does not show its id in time, shows a wrong or
used one, or does not keep to the protocol, is hung up. The end of a connection is the caller's: Asterisk closes it
when they hang up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from nightbell.errors import LineFailed, StreamRefused
from nightbell.line.audio_socket.protocol import Announced, Heard, HungUp, Pressed, Reader, Received, Troubled
from nightbell.line.audio_socket.wire import SocketWire
from nightbell.line.peers import is_among
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.registry import Registered, Registry
from nightbell.line.stream.ring import Rings, StreamRing

__all__ = ["AudioSocketServer"]

_log = structlog.get_logger(__name__)

_BYTES: Final = 4_096
_ID_S: Final = 3.0
"""Longest from the connection to its id."""


class AudioSocketServer:
    """Listens until it is closed."""

    def __init__(
        self,
        listen: str,
        registry: Registry,
        ticker: Ticker,
        *,
        peers: Sequence[str],
        media_timeout_s: float,
        rings: Callable[[StreamRing], Awaitable[None]],
        id_s: float = _ID_S,
    ) -> None:
        """Take what decides about calls.

        Args:
            listen: HOST:PORT.
            registry: knows the announced calls.
            ticker: serves the sound of every call.
            peers: networks that may connect.
            media_timeout_s: sound missing for so long ends a call as ``line``.
            rings: takes a call; returns when it is picked up or refused.
            id_s: longest from the connection to its id.
        """
        self._listen = listen
        self.registry = registry
        self._ticker = ticker
        self._peers = tuple(peers)
        self._timeout_s = media_timeout_s
        self._rings = Rings(rings)
        self._id_s = id_s
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT; "" before it does."""
        if self._server is None or not self._server.sockets:
            return ""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    @property
    def live(self) -> int:
        """Connections that are open."""
        return len(self._open)

    async def start(self) -> None:
        """Listen. Raises LineFailed where the address cannot be had."""
        host, _, port = self._listen.rpartition(":")
        try:
            self._server = await asyncio.start_server(self._connected, host.strip("[]"), int(port), limit=_BYTES)
        except (OSError, OverflowError) as error:
            raise LineFailed(
                f"the address {self._listen} cannot be had",
                provider="audiosocket",
                hint="set audiosocket in [http.pbx]",
            ) from error

    async def close(self) -> None:
        """Stop, and cut what is left."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = str(writer.get_extra_info("peername", ("",))[0])
        if not is_among(source, self._peers):
            _log.warning("peer_refused")
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            await self._carry(reader, writer, source)
        except StreamRefused as error:
            _log.warning("stream_refused", code=error.code, why=error.message)
            SocketWire(writer).end()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str) -> None:
        messages, line = Reader(), None
        wire = SocketWire(writer)
        try:
            while data := await self._read(reader, announced=line is not None):
                for received in messages.read(data):
                    if isinstance(received, Announced):
                        line = self._line(self._known(received), wire, source, str(received.id))
                    elif line is not None and not _took(line, received):
                        return
            if line is not None:
                line.left()
        finally:
            if line is not None:
                line.lost()

    async def _read(self, reader: asyncio.StreamReader, *, announced: bool) -> bytes:
        limit = asyncio.timeout(None if announced else self._id_s)
        try:
            async with limit:
                return await reader.read(_BYTES)
        except OSError as error:  # a TimeoutError is one: ours, or the kernel's for a dead way
            if limit.expired():
                raise StreamRefused("no id in time", provider="audiosocket") from error
            return b""  # closed before all that we said was read, or the way is gone: no different from closed

    def _known(self, announced: Announced) -> Registered:
        known = self.registry.redeem(announced.id)
        if known is None:
            raise StreamRefused("an id that was not given out, or is used up", provider="audiosocket")
        return known

    def _line(self, known: Registered, wire: SocketWire, source: str, name: str) -> StreamLine:
        line = StreamLine(
            "audiosocket",
            self._ticker,
            wire,
            caller=known.caller,
            called=known.called,
            media_timeout_s=self._timeout_s,
        )
        ring = StreamRing(id=name, caller=known.caller, called=known.called, display=known.display, source=source)
        self._rings.begin(ring, line)
        return line


def _took(line: StreamLine, received: Received) -> bool:
    """Hand on what came; return whether the call goes on."""
    match received:
        case Heard(sound=sound):
            line.heard(sound)
        case Pressed(key=key):
            line.pressed(key)
        case HungUp():
            line.left()
            return False
        case Troubled():
            _log.warning("pbx_troubled")
        case _:
            pass
    return True
