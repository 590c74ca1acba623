"""A PBX's WebSocket and a line on loopback, over real HTTP: the PBX is ours too, so a test sees both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
from aiohttp import web

from nightbell.line.chan_websocket.endpoint import MediaEndpoint
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.registry import Registry
from nightbell.line.stream.ring import StreamRing

__all__ = ["PLAIN", "Asterisk", "asterisk", "paces"]

PLAIN = "MEDIA_START connection_id:nb channel:WebSocket/nb-0x1 format:ulaw optimal_frame_size:160"


async def paces(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Send silence as a PBX does, until the socket is closed."""
    while not socket.closed:
        await socket.send_bytes(b"\xff" * 160)
        await asyncio.sleep(0.02)


@dataclass
class Asterisk:
    """Both ends."""

    registry: Registry
    session: aiohttp.ClientSession
    here: str
    ringing: asyncio.Queue[StreamRing] = field(default_factory=asyncio.Queue)

    async def connect(self, name: UUID | None = None) -> aiohttp.ClientWebSocketResponse:
        """Connect the sound of a call that was announced."""
        known = name or self.registry.announce("+447700900123", "+442079460000")
        return await self.session.ws_connect(f"{self.here}/asterisk/media?id={known}", protocols=("media",))

    async def called(self, start: str = PLAIN) -> tuple[StreamLine, aiohttp.ClientWebSocketResponse]:
        """Have somebody call; return the line that rings and the PBX's end."""
        socket = await self.connect()
        await socket.send_str(start)
        line = (await self.ringing.get()).line
        assert line is not None
        return line, socket


@asynccontextmanager
async def asterisk(
    *, start_s: float = 5.0, media_timeout_s: float = 20.0, source: str = ""
) -> AsyncIterator[Asterisk]:
    """Open both ends."""
    ticker, registry = Ticker(), Registry("key", refuses=lambda _: 0)

    async def rings(ring: StreamRing) -> None:
        both.ringing.put_nowait(ring)

    endpoint = MediaEndpoint(
        registry, ticker, rings=rings, media_timeout_s=media_timeout_s, start_s=start_s, source=source
    )
    app = web.Application()
    app.add_routes(endpoint.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        both = Asterisk(registry, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            yield both
        finally:
            await runner.cleanup()
            ticker.close()
