"""Half a WebSocket frame and then nothing, on each adapter that speaks it: the call ends, and nothing is held.

What half a frame of AudioSocket does is in ``test_audio_socket.py``, half a request in ``test_web.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import pytest
from tests.peers.asterisk import asterisk
from tests.peers.browsing import browsing
from tests.peers.carried import carried

from nightbell.line.stream.line import StreamLine

pytestmark = pytest.mark.asyncio

HALF = b"\x82\xfe\x01\x40" + b"mask" + b"half"
"""A binary frame of 320 bytes, masked as a client's are, that ends after four."""
MISSING_S = 0.3

Opened = AsyncIterator[tuple[StreamLine, aiohttp.ClientWebSocketResponse]]


@asynccontextmanager
async def on_a_media_stream() -> Opened:
    async with carried(media_timeout_s=MISSING_S) as calls:
        line, stream, _ = await calls.called()
        yield line, stream.socket


@asynccontextmanager
async def on_chan_websocket() -> Opened:
    async with asterisk(media_timeout_s=MISSING_S) as both:
        yield await both.called()


@asynccontextmanager
async def on_the_browser_phone() -> Opened:
    async with browsing(media_timeout_s=MISSING_S) as both:
        socket = await both.call()
        line = (await both.ringing.get()).line
        assert line is not None
        yield line, socket


@pytest.mark.parametrize("opened", [on_a_media_stream, on_chan_websocket, on_the_browser_phone])
async def test_half_a_frame_and_then_nothing_ends_the_call_as_the_lines(
    opened: Callable[[], AbstractAsyncContextManager[tuple[StreamLine, aiohttp.ClientWebSocketResponse]]],
) -> None:
    async with asyncio.timeout(8), opened() as (line, socket):
        await line.answer()
        writing = socket._writer.transport
        assert writing is not None
        writing.write(HALF)
        assert [tick.gone async for tick in line.ticks()][-1] == "line"
        assert line.over
        while not writing.is_closing():  # noqa: ASYNC110 - the other end of a socket brings it about
            await asyncio.sleep(0.02)
