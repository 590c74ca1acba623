"""MediaCall: the other end of chan_websocket, for rehearsals and tests: it opens a call's sound, paces its caller.

It does what Asterisk does and no more: what it is sent waits in a queue that is played 20 ms at a time,
FLUSH_MEDIA empties the queue, HANGUP ends the call; a caller who hangs up closes the connection without a word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import aiohttp
import numpy as np

from nightbell.audio.frame import SILENCE, Samples
from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.line.stream.pacing import every_frame, frames_of

__all__ = ["MediaCall", "open_media"]

_START: Final = "MEDIA_START connection_id:nb channel:WebSocket/nb-0x1 format:ulaw optimal_frame_size:160 ptime:20"
_MOST_WAITING: Final = 900
"""Frames that Asterisk holds: what is more is lost."""


@dataclass(slots=True)
class MediaCall:
    """One call."""

    socket: aiohttp.ClientWebSocketResponse
    said: deque[Samples] = field(default_factory=deque)
    """What the caller says next, 160 samples at a time."""
    heard: list[Samples] = field(default_factory=list)
    """What the caller heard, a frame for each 20 ms."""
    flushes: int = 0
    answered: bool = False
    hung_up: bool = False
    """We were told to hang up."""
    on_tick: Callable[[Samples], None] = lambda _: None
    """Given what the caller hears, every 20 ms."""
    _queue: deque[Samples] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))

    def say(self, samples: Samples) -> None:
        """Have the caller say something."""
        self.said.extend(frames_of(samples))

    async def press(self, key: str) -> None:
        """Have the caller press a key."""
        await self.socket.send_str(f"DTMF_END digit:{key}")

    async def hang_up(self) -> None:
        """Have the caller hang up."""
        await self.socket.close()

    async def talk(self) -> None:
        """Send a frame and play a frame every 20 ms until the call is over."""
        try:
            with suppress(ConnectionError, aiohttp.ClientError):
                await every_frame(self._read(), self._tick, lambda: self.socket.closed)
        finally:
            await self.socket.close()

    def recording(self) -> Samples:
        """Return what the caller heard."""
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)

    async def _tick(self) -> None:
        await self.socket.send_bytes(encode_mulaw(self.said.popleft() if self.said else SILENCE))
        self.heard.append(self._queue.popleft() if self._queue else SILENCE)
        self.on_tick(self.heard[-1])

    async def _read(self) -> None:
        async for message in self.socket:
            match message.data:
                case bytes(sound):
                    self._queue.extend(frames_of(decode_mulaw(sound)))
                case "ANSWER":
                    self.answered = True
                case "FLUSH_MEDIA":
                    self.flushes += 1
                    self._queue.clear()
                case "HANGUP":
                    self.hung_up = True
                    return
                case _:
                    pass


async def open_media(session: aiohttp.ClientSession, here: str, name: UUID) -> MediaCall:
    """Open the sound of a call that was announced. Raises WSServerHandshakeError where it is refused."""
    socket = await session.ws_connect(f"{here}/asterisk/media?id={name}", protocols=("media",))
    await socket.send_str(_START)
    return MediaCall(socket)
