"""A PBX and a line on loopback, over real TCP and HTTP: the PBX is ours too, so a test sees both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from nightbell.line.audio_socket.pbx import PbxCall, connect
from nightbell.line.audio_socket.server import AudioSocketServer
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.registry import Registry
from nightbell.line.stream.ring import StreamRing

__all__ = ["CALLED", "CALLER", "KEY", "Switchboard", "switchboard"]

CALLER: Final = "+447700900123"
CALLED: Final = "+442079460000"
KEY: Final = "a-key-of-the-tests"


class Switchboard:
    """Both ends, and the calls between them."""

    def __init__(self, server: AudioSocketServer, ticker: Ticker) -> None:
        self.server = server
        self.ticker = ticker
        self.ringing: asyncio.Queue[StreamRing] = asyncio.Queue()
        self.tasks: set[asyncio.Task[None]] = set()

    async def called(
        self, phone: Callable[[PbxCall], Awaitable[None]] | None = None
    ) -> tuple[StreamLine, PbxCall]:
        """Have somebody call; return the line that rings and the PBX's end. ``phone`` is what they do."""
        call = await connect(self.server.address, self.server.registry.announce(CALLER, CALLED))
        self.spawn(call.talk())
        if phone is not None:
            self.spawn(phone(call))  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            ring = await self.ringing.get()
        assert ring.line is not None
        return ring.line, call

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.add(asyncio.create_task(work))


@asynccontextmanager
async def switchboard(
    *, media_timeout_s: float = 20.0, peers: Sequence[str] = ("127.0.0.0/8",), id_s: float = 3.0
) -> AsyncIterator[Switchboard]:
    """Open both ends, and see that nothing is left of them."""
    ticker = Ticker()

    async def rings(ring: StreamRing) -> None:
        both.ringing.put_nowait(ring)

    server = AudioSocketServer(
        "127.0.0.1:0",
        Registry(KEY, refuses=lambda _: 0),
        ticker,
        peers=peers,
        media_timeout_s=media_timeout_s,
        rings=rings,
        id_s=id_s,
    )
    both = Switchboard(server, ticker)
    await server.start()
    try:
        yield both
    finally:
        for task in both.tasks:
            task.cancel()
        await asyncio.gather(*both.tasks, return_exceptions=True)
        await server.close()
        ticker.close()
    async with asyncio.timeout(5):
        while server.live:  # noqa: ASYNC110 - the last connections see their end
            await asyncio.sleep(0)
