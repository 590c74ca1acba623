"""StreamWire: the Wire port over a media stream: messages out in their order, marks back that tell what was heard.

It holds what is still to be sent and no socket; ``run`` sends it. The sound that waits is a second at most: beyond
that the oldest is dropped, because a caller wants no sound of a second ago.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from nightbell.line.media_stream.protocol import Writer

__all__ = ["StreamWire"]

_WAITING: Final = 50
"""Messages that wait: one second."""
_MARK_EVERY: Final = 25
"""Frames from one mark to the next while something is said: half a second."""
_LAST_WORDS_S: Final = 2.0
"""Longest wait for the mark behind the last words before the stream is closed on them."""


class StreamWire:
    """What one stream is sent."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: deque[str] = deque(maxlen=_WAITING)
        self._more = asyncio.Event()
        self._pending: dict[str, float] = {}
        """Marks that are to come back, and when each went."""
        self._frames = 0
        self._marks = 0
        self._marked = True
        self._round_trip_ms: float | None = None
        self.ending = asyncio.Event()
        """Set when it is to be put down."""
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def round_trip_ms(self) -> float | None:
        """From a mark's way out to its coming back, smoothed: the network, and what the other end held unheard."""
        return self._round_trip_ms

    def sound(self, sound: bytes) -> None:
        """Send 20 ms."""
        self._frames += 1
        self._marked = False
        self._put(self._writer.media(sound))
        if not self._frames % _MARK_EVERY:
            self._mark()

    def quiet(self) -> None:
        """Send nothing, but ask to be told when what was said is heard."""
        if not self._marked:
            self._mark()

    def cut(self) -> None:
        """Have the carrier let go of what it has not played yet."""
        self._waiting.clear()
        self._pending.clear()  # they come back at once, and tell of nothing that was heard
        self._empty.set()
        self._marked = True
        self._put(self._writer.clear())

    def end(self) -> None:
        """Put it down once the last words are heard."""
        if not self._marked:
            self._mark()
        self.ending.set()
        self._more.set()

    def came(self, name: str) -> None:
        """Take that a mark came back."""
        sent_s = self._pending.pop(name, None)
        if sent_s is None:
            return
        took_ms = (time.monotonic() - sent_s) * 1000
        before = took_ms if self._round_trip_ms is None else self._round_trip_ms
        self._round_trip_ms = before + (took_ms - before) / 4
        if not self._pending:
            self._empty.set()

    async def run(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what there is until it is put down and its last words are heard, or ``send`` raises."""
        while True:
            while self._waiting:
                await send(self._waiting.popleft())
            if self.ending.is_set():
                break
            self._more.clear()
            await self._more.wait()
        try:
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._empty.wait()
        except TimeoutError:
            return  # a carrier that returns no marks has had the time to play them

    def _mark(self) -> None:
        self._marks += 1
        self._pending[str(self._marks)] = time.monotonic()
        if len(self._pending) > _WAITING:
            del self._pending[next(iter(self._pending))]
        self._empty.clear()
        self._marked = True
        self._put(self._writer.mark(self._marks))

    def _put(self, message: str) -> None:
        if not self.ending.is_set():
            self._waiting.append(message)
            self._more.set()
