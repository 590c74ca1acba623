"""PageCall: the other end of the browser phone, for rehearsals and tests: it calls by a link, as a page does.

A frame of the microphone goes out every 20 ms; what comes waits in the page's queue, 60 ms before it is played
and 200 ms at most. What the page is told is kept. The caller and who is on call are two here: while the reason is
spoken at the handset, the caller's microphone stays open.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import numpy as np

from nightbell.audio.frame import SILENCE, Samples
from nightbell.line.stream.pacing import every_frame, frames_of

__all__ = ["PageCall", "open_page"]

_BEGIN: Final = 3
"""Frames that wait before the first is played, as in ``page/worklet.js``."""
_MOST: Final = 10
"""Frames that wait at most: beyond them the oldest go, but for as many as it begins with."""


@dataclass(slots=True)
class PageCall:
    """One call."""

    socket: aiohttp.ClientWebSocketResponse
    said: deque[Samples] = field(default_factory=deque)
    """What the caller says next, 160 samples at a time."""
    heard: list[Samples] = field(default_factory=list)
    """What the caller heard, a frame for each 20 ms."""
    told: list[tuple[str, str]] = field(default_factory=list)
    """What the page was told: who, and what."""
    handset: str = "idle"
    """How the handset of who is on call stands: idle, ringing, asking or talking."""
    on_tick: Callable[[Samples], None] = lambda _: None
    """Given what the caller hears, every 20 ms."""
    _queue: deque[Samples] = field(default_factory=deque)
    _playing: bool = False
    _down: bool = False
    """The caller hung up."""

    def say(self, samples: Samples) -> None:
        """Have the caller say something."""
        self.said.extend(frames_of(samples))

    async def press(self, key: str) -> None:
        """Have the caller press a key."""
        await self.socket.send_str(json.dumps({"press": key}))

    async def do(self, what: str) -> None:
        """Do something at the handset: ``up``, a key, ``down``."""
        await self.socket.send_str(json.dumps({"handset": what}))

    async def hang_up(self) -> None:
        """Have the caller hang up: the page closes its connection."""
        self._down = True
        await self.socket.close()

    async def talk(self) -> None:
        """Send a frame and play a frame every 20 ms until the call is over."""
        try:
            with suppress(ConnectionError, aiohttp.ClientError):
                # A page is never late itself: what came while we were is no flood.
                await every_frame(self._read(), self._tick, lambda: self.socket.closed, on_time=self._trim)
            while self._queue and not self._down:  # the page plays its last words out
                self._hear(self._queue.popleft())
        finally:
            await self.socket.close()

    async def _tick(self) -> None:
        frame = self.said.popleft() if self.said else SILENCE
        await self.socket.send_bytes(frame.astype("<i2").tobytes())
        self._hear(self._next())

    def _hear(self, frame: Samples) -> None:
        self.heard.append(frame)
        self.on_tick(frame)

    def _next(self) -> Samples:
        if not self._queue or not (self._playing or len(self._queue) >= _BEGIN):
            self._playing = False
            return SILENCE
        self._playing = True
        return self._queue.popleft()

    def _trim(self) -> None:
        if len(self._queue) > _MOST:
            self._queue = deque([*self._queue][-_BEGIN:])

    async def _read(self) -> None:
        async for message in self.socket:
            if isinstance(message.data, bytes):
                self._queue.append(np.frombuffer(message.data, "<i2").astype(np.int16))
            else:
                self._take(message.data)

    def _take(self, text: str) -> None:
        message = json.loads(text)
        self.told.append((message["who"], message["text"]))
        if message["who"] == "handset":
            self.handset = message.get("state", self.handset)


async def open_page(session: aiohttp.ClientSession, here: str, link: str) -> PageCall:
    """Open the page by a link, and call. Raises ClientResponseError where either is refused."""
    shown = {"link": link}
    async with session.get(f"{here}/phone", params=shown, raise_for_status=True) as page:
        await page.read()
    return PageCall(await session.ws_connect(f"{here}/phone/call", params=shown))
