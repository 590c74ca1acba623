"""A carrier and a line on loopback, over real HTTP: the carrier is ours too, so a test sees both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web

from nightbell.line.media_stream.carrier import CarriedCall, Carrier, Stream
from nightbell.line.media_stream.endpoint import CarrierConfig, StreamEndpoint
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.ring import StreamRing

__all__ = ["ACCOUNT", "CALLED", "CALLER", "PUBLIC", "TOKEN", "Carried", "carried"]

CALLER: Final = "+447700900123"
CALLED: Final = "+442079460000"
PUBLIC: Final = "https://line.example.org"
ACCOUNT: Final = "AC0123456789abcdef"
TOKEN: Final = "a-token-of-the-tests"


class Carried:
    """Both ends, and the calls between them."""

    def __init__(self, endpoint: StreamEndpoint, ticker: Ticker, carrier: Carrier, here: str) -> None:
        self.ticker = ticker
        self.endpoint, self.carrier, self.here = endpoint, carrier, here
        self.ringing: asyncio.Queue[StreamRing] = asyncio.Queue()
        self.refusal = 0
        """How calls are refused: a SIP status."""
        self.tasks: set[asyncio.Task[None]] = set()

    async def rings(self, phone: Callable[[Stream], Awaitable[None]] | None = None) -> StreamLine:
        """Have somebody call, and return the line that rings; ``phone`` is what they do meanwhile."""
        line, _, _ = await self.called(phone)
        return line

    async def called(
        self, phone: Callable[[Stream], Awaitable[None]] | None = None
    ) -> tuple[StreamLine, Stream, CarriedCall]:
        """The same, with the carrier's end of it."""
        call = self.carrier.call(CALLER, CALLED)
        stream = await call.stream()
        self.spawn(stream.talk())
        if phone is not None:
            self.spawn(phone(stream))  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            ring = await self.ringing.get()
        assert ring.line is not None
        return ring.line, stream, call

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.add(asyncio.create_task(work))


@asynccontextmanager
async def carried(
    *, media_timeout_s: float = 20.0, start_s: float = 5.0, public: str = PUBLIC
) -> AsyncIterator[Carried]:
    """Open both ends, and see that nothing is left of them."""
    ticker = Ticker()

    async def rings(ring: StreamRing) -> None:
        both.ringing.put_nowait(ring)

    config = CarrierConfig(
        token=TOKEN, account=ACCOUNT, public_url=public, media_timeout_s=media_timeout_s, start_s=start_s
    )
    endpoint = StreamEndpoint(config, ticker, rings=rings, refuses=lambda _: both.refusal)
    app = web.Application()
    app.add_routes(endpoint.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        both = Carried(endpoint, ticker, Carrier(session, here, public, token=TOKEN, account=ACCOUNT), here)
        try:
            yield both
        finally:
            for task in both.tasks:
                task.cancel()
            broken = await asyncio.gather(*both.tasks, return_exceptions=True)
            await runner.cleanup()
            ticker.close()
    assert endpoint.live == 0
    assert [one for one in broken if isinstance(one, AssertionError)] == []
