"""Telephone: the scripted caller's end of a real line. A ``ScriptedLine`` speaks and records; a phone carries it.

Each 20 ms of the phone take one from the scripted line and give it one: words, noise and tones go out as sound,
keys as whatever the phone sends them by, and what the line says is recorded beside it, sample for sample. Who
hangs up first ends both.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from nightbell.audio.frame import FRAME_MS

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.port import Tick
    from nightbell.line.scripted import ScriptedLine

__all__ = ["Listener", "Phone", "Talked", "talk"]

_AFTER_TICKS: Final = 500
"""Ticks that a phone has to end once it was put down: ten seconds."""


class Phone(Protocol):
    """A call that was placed and picked up. ``gone="caller"`` in a tick is the other side, as on every line."""

    def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms, in real time, to the one with ``gone``."""

    def play(self, frame: Frame) -> None:
        """Send one frame."""

    def press(self, keys: str) -> None:
        """Send keys as signalled ones."""

    async def hang_up(self) -> None:
        """Put it down; safe to repeat."""


class Listener(Protocol):
    """Hears what the line says."""

    def hear(self, frame: Frame) -> None:
        """Take 20 ms."""


@dataclass(frozen=True, slots=True)
class Talked:
    """How the two ends parted."""

    by: Literal["line", "caller", "limit", "lost"]
    """Who hung up; ``limit``: the script's time was over; ``lost``: the sound or the signalling was gone."""
    began: float
    """``time.monotonic`` at audio time 0 of this end."""


async def talk(phone: Phone, line: ScriptedLine, *, listener: Listener | None = None) -> Talked:
    """Carry a scripted line over a phone until somebody hangs up."""
    await line.answer()
    ours = aiter(line.ticks())
    began = 0.0
    down: Literal["", "caller", "limit"] = ""
    left = _AFTER_TICKS
    async for tick in phone.ticks():
        began = began or time.monotonic() - FRAME_MS / 1000
        if tick.gone:
            await line.hang_up()
            if not down:
                await anext(ours, None)
            by: Literal["line", "lost"] = "line" if tick.gone == "caller" else "lost"
            return Talked(down or by, began)
        if down:
            left -= 1
            if not left:
                return Talked(down, began)
            continue
        mine = await anext(ours)
        if mine.gone:
            down = "caller" if mine.gone == "caller" else "limit"
            await phone.hang_up()
            continue
        phone.play(mine.frame)
        if mine.keys:
            phone.press("".join(mine.keys))
        line.play(tick.frame)
        if listener is not None:
            listener.hear(tick.frame)
    return Talked(down or "lost", began)
