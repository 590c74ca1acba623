"""Stream: one WebSocket of a carrier, from its handshake to its end: messages in, sound and marks out.

It reads for one line and never waits for it. Whatever ends it, the line is told: the caller hung up, or only the
connection is gone. What does not keep to the protocol is raised as ``StreamRefused``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import ClientError, WSMsgType

from nightbell.errors import StreamRefused
from nightbell.line.media_stream.protocol import Heard, MarkCame, Pressed, Started, Stopped, Unreadable, Writer
from nightbell.line.media_stream.wire import StreamWire

if TYPE_CHECKING:
    from aiohttp import web

    from nightbell.line.media_stream.protocol import Reader, Received
    from nightbell.line.stream.line import StreamLine

__all__ = ["Stream"]

_log = structlog.get_logger(__name__)

_UNREADABLE: Final = 50
"""Frames that cannot be read before the stream is refused: a second of sound."""


class Stream:
    """One connection."""

    def __init__(self, socket: web.WebSocketResponse, reader: Reader, *, start_s: float) -> None:
        self._socket = socket
        self._reader = reader
        self._start_s = start_s
        self._wire: StreamWire | None = None
        self._unreadable = 0

    @property
    def wire(self) -> StreamWire:
        """The way back; there is one once it has started."""
        assert self._wire is not None
        return self._wire

    async def started(self) -> Started | None:
        """Wait for the start; None when the connection ended before it.

        Raises:
            StreamRefused: it did not come in time, or something else did.
        """
        received: Received | None = None
        try:
            async with asyncio.timeout(self._start_s):
                while True:
                    received = await self._next()
                    if received is None or isinstance(received, Started):
                        break
        except TimeoutError as error:
            raise StreamRefused("no start", provider="media_stream") from error
        if received is not None:
            self._wire = StreamWire(Writer(received.stream))
        return received

    async def carry(self, line: StreamLine) -> None:
        """Carry a line's sound until either end is done.

        Raises:
            StreamRefused: it does not keep to the protocol; the line has lost its connection.
        """
        sending = asyncio.ensure_future(self._send())
        try:
            while (received := await self._next()) is not None:
                if isinstance(received, Stopped):
                    line.left()
                    break
                if not line.is_on(self.wire):
                    break  # another connection took its place
                self._take(received, line)
        finally:
            line.detach(self.wire)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _take(self, received: Received, line: StreamLine) -> None:
        match received:
            case Heard(at=at, sound=sound):
                line.heard(sound, at=at)
            case Pressed(key=key):
                line.pressed(key)
            case MarkCame(name=name):
                self.wire.came(name)
            case Unreadable():
                self._unreadable += 1
                if self._unreadable > _UNREADABLE:
                    raise StreamRefused("sound that cannot be read", provider="media_stream", close=1007)
            case _:
                pass

    async def _next(self) -> Received | None:
        """Return the next message that tells something; None when there is no connection any more."""
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.BINARY:
                raise StreamRefused("binary instead of text", provider="media_stream", close=1003)
            if message.type is not WSMsgType.TEXT:
                return None  # closed, broken, or a message too long, which closes it with 1009
            received = self._reader.read(message.data)
            if received is not None:
                return received

    async def _send(self) -> None:
        """Send what the line says; after its last words put the connection down."""
        try:
            await self.wire.run(self._socket.send_str)
            await self._socket.close()
        except (ClientError, ConnectionError) as error:
            _log.info("stream_gone", error=type(error).__name__)
