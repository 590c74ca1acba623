"""Pbx: the other end of AudioSocket, for rehearsals and tests: it registers a call and paces its caller.

It does what Asterisk does and no more: what comes is played as it comes, and when the caller hangs up the
connection is closed without a word.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import aiohttp
import numpy as np

from nightbell.audio.frame import SILENCE, Samples
from nightbell.line.stream.pacing import every_frame, frames_of

__all__ = ["PbxCall", "connect", "register"]

_KEY: Final = 0x03
_SOUND: Final = 0x10


@dataclass(slots=True)
class PbxCall:
    """One call."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    said: deque[Samples] = field(default_factory=deque)
    """What the caller says next, 160 samples at a time."""
    heard: list[Samples] = field(default_factory=list)
    _coming: deque[Samples] = field(default_factory=deque)
    paused: bool = False
    """Sends nothing, as a source does that leaves silence out."""
    on_tick: Callable[[Samples], None] = lambda _: None
    """Given what the caller hears, every 20 ms."""
    hung_up: bool = False
    """We were told to hang up."""

    def send(self, kind: int, body: bytes = b"", *, length: int | None = None) -> None:
        """Send one message; ``length`` is what it says of its own."""
        size = len(body) if length is None else length
        self.writer.write(bytes((kind,)) + size.to_bytes(2, "big") + body)

    def say(self, samples: Samples) -> None:
        """Have the caller say something."""
        self.said.extend(frames_of(samples))

    def press(self, key: str) -> None:
        """Have the caller press a key."""
        self.send(_KEY, key.encode("ascii"))

    async def hang_up(self) -> None:
        """Have the caller hang up."""
        self.writer.close()

    async def talk(self) -> None:
        """Send a frame every 20 ms until the call is over."""
        try:
            await every_frame(self._read(), self._tick, self.writer.is_closing)
        finally:
            self.writer.close()

    async def talk_to_the_end(self) -> None:
        """Say nothing, and take what comes until we are hung up on or cut."""
        async with asyncio.timeout(5):
            await self._read()
        self.writer.close()

    def recording(self) -> Samples:
        """Return what the caller heard."""
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)

    async def _tick(self) -> None:
        if not self.paused:
            frame = self.said.popleft() if self.said else SILENCE
            self.send(_SOUND, frame.astype("<i2").tobytes())
        self.on_tick(self._coming.popleft() if self._coming else SILENCE)

    async def _read(self) -> None:
        try:
            while True:
                head = await self.reader.readexactly(3)
                body = await self.reader.readexactly(int.from_bytes(head[1:], "big"))
                if head[0] == _SOUND:
                    self.heard.append(np.frombuffer(body, dtype="<i2").astype(np.int16))
                    self._coming.append(self.heard[-1])
                else:
                    self.hung_up = True
        except (asyncio.IncompleteReadError, ConnectionError):
            return


async def register(
    session: aiohttp.ClientSession, here: str, key: str, *, caller: str, called: str, name: str = ""
) -> tuple[int, str]:
    """Ask for the id of a call as a dial plan does; return status and text."""
    login = {"Authorization": aiohttp.encode_basic_auth("pbx", key)}
    form = {"caller": caller, "called": called, "name": name}
    async with session.post(f"{here}/pbx/calls", data=form, headers=login) as answer:
        return answer.status, await answer.text()


async def connect(address: str, name: UUID | None) -> PbxCall:
    """Connect the sound of a call; without a name no id is shown."""
    host, _, port = address.rpartition(":")
    call = PbxCall(*await asyncio.open_connection(host, int(port)))
    if name is not None:
        call.send(0x01, name.bytes)
    return call
