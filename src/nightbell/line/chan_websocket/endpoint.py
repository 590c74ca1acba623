"""MediaEndpoint: takes the WebSockets that a PBX opens for the sound of announced calls, and makes a line of each.

The id that the dial plan asked for stands in the address; it is good once. A connection that shows none, or does
not keep to the protocol, is refused. The end of a connection is the caller's: the PBX closes it when they hang up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog
from aiohttp import WSMsgType, web

from nightbell.errors import StreamRefused
from nightbell.line.chan_websocket.protocol import MOST_BYTES, Pressed, Reader, Started
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.outbox import Outbox, sent
from nightbell.line.stream.registry import Registered, Registry
from nightbell.line.stream.ring import Rings, StreamRing

__all__ = ["MediaEndpoint"]

_log = structlog.get_logger(__name__)

_WAITING: Final = 50
"""Messages that wait for a slow other end: one second."""
_MOST_SOUND: Final = 1_600
"""Bytes of sound in one message: 200 ms."""


class _Wire:
    """The Wire port: binary sound, and commands as text."""

    round_trip_ms = None

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.outbox: Outbox[bytes | str] = Outbox(_WAITING)

    def sound(self, sound: bytes) -> None:
        self.outbox.put(sound)

    def quiet(self) -> None:
        """Send nothing: the PBX sends silence itself."""

    def cut(self) -> None:
        self.outbox.clear()
        self.outbox.put(self._reader.write("FLUSH_MEDIA"))

    def end(self) -> None:
        self.outbox.put(self._reader.write("HANGUP"))
        self.outbox.end()


class MediaEndpoint:
    """Takes a PBX's calls."""

    def __init__(
        self,
        registry: Registry,
        ticker: Ticker,
        *,
        rings: Callable[[StreamRing], Awaitable[None]],
        media_timeout_s: float,
        start_s: float = 3.0,
        source: str = "",
    ) -> None:
        """Take what decides about calls.

        Args:
            registry: knows the announced calls.
            ticker: serves the sound of every call.
            rings: takes a call; returns when it is picked up or refused.
            media_timeout_s: sound missing for so long ends a call as ``line``.
            start_s: longest from the connection to its start.
            source: where its calls are taken to come from; only a line that is served for a rehearsal says this
                machine, because a proxy on it must not make a PBX elsewhere a caller of this machine.
        """
        self.registry = registry
        self.live = 0
        """Connections that are open."""
        self._ticker = ticker
        self._rings = Rings(rings)
        self._timeout_s = media_timeout_s
        self._start_s = start_s
        self._source = source

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [web.get("/asterisk/media", self.media)]

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        """Take a connection."""
        name = request.query.get("id", "")
        known = self._known(name)
        socket = web.WebSocketResponse(max_msg_size=MOST_BYTES, compress=False, timeout=1.0, protocols=("media",))
        await socket.prepare(request)
        self.live += 1
        try:
            await self._carry(socket, known, name)
        except StreamRefused as error:
            _log.warning("stream_refused", code=error.code, why=error.message)
            await socket.close(code=error.close, message=error.message.encode())
        finally:
            self.live -= 1
        return socket

    def _known(self, name: str) -> Registered:
        try:
            known = self.registry.redeem(UUID(name))
        except ValueError:
            known = None
        if known is None:
            raise web.HTTPForbidden
        return known

    async def _carry(self, socket: web.WebSocketResponse, known: Registered, name: str) -> None:
        reader = Reader()
        wire = _Wire(reader)
        await self._started(socket, reader)
        line = StreamLine(
            "chan_websocket",
            self._ticker,
            wire,
            caller=known.caller,
            called=known.called,
            media_timeout_s=self._timeout_s,
        )
        ring = StreamRing(
            id=name,
            caller=known.caller,
            called=known.called,
            display=known.display,
            source=self._source,
        )
        self._rings.begin(ring, line)
        sending = asyncio.ensure_future(sent(wire.outbox, socket))
        try:
            while (message := await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                if message.type is WSMsgType.BINARY:
                    _sound(message.data, line)
                elif isinstance(told := reader.read(message.data), Pressed):
                    line.pressed(told.key)
            line.left()
        finally:
            line.lost()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _started(self, socket: web.WebSocketResponse, reader: Reader) -> None:
        try:
            async with asyncio.timeout(self._start_s):
                message = await socket.receive()
        except TimeoutError as error:
            raise StreamRefused("no start", provider="chan_websocket") from error
        if message.type is not WSMsgType.TEXT or not isinstance(reader.read(message.data), Started):
            raise StreamRefused("sound before the start", provider="chan_websocket")
        await socket.send_str(reader.write("ANSWER"))


def _sound(data: bytes, line: StreamLine) -> None:
    if not 0 < len(data) <= _MOST_SOUND:
        raise StreamRefused("sound that is no stream", provider="chan_websocket", close=1009)
    line.heard(data)
