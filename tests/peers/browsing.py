"""The browser phone's endpoint on loopback, and a browser of ours that calls it: what a page does, without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from nightbell.audio.frame import SILENCE
from nightbell.line.browser.door import Door
from nightbell.line.browser.endpoint import PhoneEndpoint
from nightbell.line.browser.links import Links
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.ring import StreamRing

__all__ = ["KEY", "Browsing", "browsing"]

KEY: Final = "a-word-in-the-link"
_QUIET: Final = SILENCE.astype("<i2").tobytes()


@dataclass
class Browsing:
    """Both ends."""

    endpoint: PhoneEndpoint
    session: aiohttp.ClientSession
    here: str
    ringing: asyncio.Queue[StreamRing] = field(default_factory=asyncio.Queue)

    async def call(self, key: str = KEY, more: str = "") -> aiohttp.ClientWebSocketResponse:
        """Call as the page does."""
        return await self.session.ws_connect(f"{self.here}/phone/call?key={key}{more}")


async def listens(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Send silence as a page does, until the socket is closed."""
    while not socket.closed:
        await socket.send_bytes(_QUIET)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def browsing(used: Path | None = None, *, media_timeout_s: float = 20.0) -> AsyncIterator[Browsing]:
    """Open both ends, and see that nothing is left of them; ``used`` is the file of links that were used."""
    ticker = Ticker()

    async def rings(ring: StreamRing) -> None:
        both.ringing.put_nowait(ring)

    async def pictures(called: str) -> str:
        return '{"lanes": {}}' if called == "rosewood" else ""

    links = Links(KEY, used)
    endpoint = PhoneEndpoint(
        Door(KEY, links),
        ticker,
        clinic=lambda: "rosewood",
        pictures=pictures,
        rings=rings,
        media_timeout_s=media_timeout_s,
    )
    app = web.Application()
    app.add_routes(endpoint.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        both = Browsing(endpoint, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            yield both
        finally:
            await runner.cleanup()
            ticker.close()
    assert endpoint.live == 0
