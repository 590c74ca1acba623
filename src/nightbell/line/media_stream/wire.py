"""StreamWire: the Wire port over a media stream: messages out in their order, marks back that tell what was heard.

It holds what is still to be sent and no socket; ``run`` sends it. The sound that waits is a second at most: beyond
that the oldest is dropped, because a caller wants no sound of a second ago.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from nightbell.line.media_stream.protocol import Writer
from nightbell.line.stream.outbox import Outbox

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
        self._outbox: Outbox[str] = Outbox(_WAITING)
        self._pending: dict[str, float] = {}
        """Marks that are to come back, and when each went."""
        self._frames = 0
        self._marks = 0
        self._marked = True
        self._round_trip_ms: float | None = None
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
        self._outbox.put(self._writer.media(sound))
        if not self._frames % _MARK_EVERY:
            self._mark()

    def quiet(self) -> None:
        """Send nothing, but ask to be told when what was said is heard."""
        if not self._marked:
            self._mark()

    def cut(self) -> None:
        """Have the carrier let go of what it has not played yet."""
        self._outbox.clear()
        self._pending.clear()  # they come back at once, and tell of nothing that was heard
        self._empty.set()
        self._marked = True
        self._outbox.put(self._writer.clear())

    def end(self) -> None:
        """Put it down once the last words are heard."""
        if not self._marked:
            self._mark()
        self._outbox.end()

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
        await self._outbox.run(send)
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
        self._outbox.put(self._writer.mark(self._marks))
