"""MediaCall: the other end of chan_websocket, for rehearsals and tests: it opens a call's sound, paces its caller.

It does what Asterisk does and no more: what it is sent waits in a queue that is played 20 ms at a time,
FLUSH_MEDIA empties the queue, HANGUP ends the call; a caller who hangs up closes the connection without a word.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import aiohttp
import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE, Samples
from nightbell.audio.g711 import decode_mulaw, encode_mulaw

__all__ = ["MediaCall", "open_media"]

_TICK_S: Final = 0.02
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
        for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self.said.append(samples[at : at + FRAME_SAMPLES])

    async def press(self, key: str) -> None:
        """Have the caller press a key."""
        await self.socket.send_str(f"DTMF_END digit:{key}")

    async def hang_up(self) -> None:
        """Have the caller hang up."""
        await self.socket.close()

    async def talk(self) -> None:
        """Send a frame and play a frame every 20 ms until the call is over."""
        began, number = time.monotonic(), 0
        reading = asyncio.ensure_future(self._read())
        try:
            while not self.socket.closed and not reading.done():
                frame = self.said.popleft() if self.said else SILENCE
                await self.socket.send_bytes(encode_mulaw(frame))
                self.heard.append(self._queue.popleft() if self._queue else SILENCE)
                self.on_tick(self.heard[-1])
                number += 1
                await asyncio.sleep(max(began + number * _TICK_S - time.monotonic(), 0))
        except (ConnectionError, aiohttp.ClientError):
            return
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await self.socket.close()

    def recording(self) -> Samples:
        """Return what the caller heard."""
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)

    async def _read(self) -> None:
        async for message in self.socket:
            match message.data:
                case bytes(sound):
                    self._take(decode_mulaw(sound))
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

    def _take(self, sound: Samples) -> None:
        for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self._queue.append(sound[at : at + FRAME_SAMPLES])


async def open_media(session: aiohttp.ClientSession, here: str, name: UUID) -> MediaCall:
    """Open the sound of a call that was announced. Raises WSServerHandshakeError where it is refused."""
    socket = await session.ws_connect(f"{here}/asterisk/media?id={name}", protocols=("media",))
    await socket.send_str(_START)
    return MediaCall(socket)
