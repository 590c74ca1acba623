"""SoundLeg: one live call as ticks - towards a caller, or a person who is rung, whatever carries its sound.

It turns what the ticker hands out into ticks, ends them when either side hangs up or the sound has been missing
for too long, and crosses them to another leg while both are bridged. Signalling is not its business: whoever makes
it tells it who hung up. What carries the sound is its ``Carriage``: RTP, or a stream.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final, Literal, Protocol, TypeAlias

from nightbell.audio.frame import FRAME_MS, SILENCE, Frame
from nightbell.errors import LineFailed
from nightbell.line.port import Tick
from nightbell.line.presses import Presses
from nightbell.line.rtp.quality import Quality
from nightbell.line.rtp.ticker import TICK_S

__all__ = ["Carriage", "Gone", "SoundLeg"]

Gone: TypeAlias = Literal["", "caller", "line", "us"]

_HELD: Final = 3000
"""Ticks that wait for a conversation that hangs: one minute. The watchdog is much earlier."""
_INFO_HELD: Final = 8
"""Keys by SIP INFO in one tick."""
_CHECK_TICKS: Final = 25
"""Whether sound is missing is looked at twice a second."""


class Carriage(Protocol):
    """What carries a leg's sound. It tells the leg's ``take`` each tick, and ``failed`` where it gives up."""

    @property
    def silent_s(self) -> float:
        """How long nothing of the other end's came that should have."""

    def start(self) -> None:
        """Begin to be served."""

    def play(self, frame: Frame) -> None:
        """Send a frame in this tick."""

    def press(self, keys: str) -> None:
        """Send keys, where it can."""

    def close(self) -> Quality:
        """Give back what it holds, and tell what it sounded like; safe to repeat."""


class SoundLeg:
    """One leg's sound, from ``begin`` to its last tick."""

    carriage: Carriage
    """Set by who makes the leg, before ``begin``."""

    def __init__(self, *, media_timeout_s: float) -> None:
        """Make a leg; what carries it is closed with its last tick, or by ``close``."""
        self.ended: Callable[[Gone], None] = _nothing
        """Told once, with the last tick or when the leg is closed before it."""
        self._timeout_s = media_timeout_s
        self._presses = Presses()
        self._began_s: float | None = None
        self._number = 0
        self._ticks: deque[Tick] = deque(maxlen=_HELD)
        self._waiter: asyncio.Future[None] | None = None
        self._info: list[str] = []
        self._gone: Gone = ""
        self._over = False
        self._done = asyncio.Event()
        self._listened = True
        self._across: Callable[[Frame, tuple[str, ...]], None] | None = None

    @property
    def over(self) -> bool:
        """Tell whether the last tick was made."""
        return self._over

    @property
    def gone(self) -> Gone:
        """Who hung up; "" while nobody has."""
        return self._gone

    @property
    def waiting_s(self) -> float:
        """Sound that nobody has taken yet, in seconds; a conversation that hangs shows here."""
        return len(self._ticks) * TICK_S

    def begin(self) -> None:
        """Begin the ticks; safe to repeat."""
        if self._began_s is None:
            self._began_s = time.monotonic()
            self.carriage.start()

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield the ticks in real time, to the one with ``gone``."""
        if self._began_s is None:
            raise LineFailed("the line was not answered", provider="line", hint="call answer() first")
        while True:
            while not self._ticks:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
            tick = self._ticks.popleft()
            yield tick
            if tick.gone:
                return

    def play(self, frame: Frame) -> None:
        """Send a frame, unless the leg is bridged or over."""
        if self._across is None and not self._over:
            self.carriage.play(frame)

    def pressed(self, key: str) -> None:
        """Take a key from signalling (SIP INFO); a flood of them is not understood."""
        if len(self._info) < _INFO_HELD:
            self._info.append(key)

    def hung_up(self, by: Literal["caller", "line", "us"]) -> None:
        """End with the next tick; the first reason stays."""
        self._gone = self._gone or by

    def press(self, keys: str) -> None:
        """Send keys to the other end, where what carries the sound can."""
        if not self._over:
            self.carriage.press(keys)

    def cross(self, across: Callable[[Frame, tuple[str, ...]], None] | None, *, listened: bool = True) -> None:
        """Hand every frame and key across to another leg, from this tick on; None ends it.

        Args:
            across: given each frame and the keys in it.
            listened: somebody goes on taking the ticks.
        """
        self._across = across
        self._listened = listened
        if not listened:
            self._ticks.clear()

    async def wait_over(self) -> Gone:
        """Wait for the last tick; return who hung up."""
        await self._done.wait()
        return self._gone or "line"

    def close(self) -> Quality:
        """Give the ports back; safe to repeat. Returns what the leg sounded like."""
        if not self._over:
            self._over = True
            self._done.set()
            self.ended(self._gone or "us")
        return self.carriage.close()

    def take(self, frame: Frame, keys: tuple[str, ...], concealed: bool) -> None:  # noqa: FBT001 - see OnTick
        """Take one tick of what carries it."""
        assert self._began_s is not None
        if not self._number and time.monotonic() - self._began_s < TICK_S:
            return  # audio time begins with 20 ms of sound
        if self._info or keys:
            keys = self._told(keys)
        if self._across is not None:
            self._across(frame, keys)
        if not self._number % _CHECK_TICKS and not self._gone and self.carriage.silent_s > self._timeout_s:
            self._gone = "line"
        self._emit(Tick(number=self._number, frame=frame, keys=keys, concealed=concealed, gone=self._gone))

    def _emit(self, tick: Tick) -> None:
        self._number += 1
        if self._listened or tick.gone:
            self._ticks.append(tick)
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        if tick.gone:
            self._gone = tick.gone
            self.close()

    def failed(self) -> None:
        """Take that what carries it gave up."""
        if not self._over:
            self._emit(Tick(number=self._number, frame=SILENCE, concealed=True, gone="line"))

    def _told(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        now_ms = self._number * FRAME_MS
        told = [key for key in keys if self._presses.is_new(key, "event", now_ms)]
        told += [key for key in self._info if self._presses.is_new(key, "info", now_ms)]
        self._info.clear()
        return tuple(told)


def _nothing(gone: Gone) -> None:
    """Nobody is to be told."""
