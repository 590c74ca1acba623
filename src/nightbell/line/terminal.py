"""A line whose caller sits at the terminal: typed words and keys instead of sound.

A typed line of nothing but telephone keys is keys; anything else is words, brought by the tick as ``text``. The
end of the input is the caller hanging up. No sound is made: what is said is shown by whoever observes the call.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nightbell.audio.frame import FRAME_MS, SILENCE
from nightbell.errors import LineFailed
from nightbell.line.keyboard import Keyboard, is_keys
from nightbell.line.port import Tick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nightbell.audio.frame import Frame

__all__ = ["TerminalLine", "is_keys"]


class TerminalLine:
    """The line of ``nightbell talk``. See ``line.port.Line`` for the contract it keeps."""

    kind = "terminal"
    paced = True

    def __init__(self, keyboard: Keyboard, *, caller: str | None = None, called: str = "") -> None:
        """Make a line over what is typed.

        Args:
            keyboard: where the caller types.
            caller: the caller's number, E.164; None when withheld.
            called: the number that was dialled.
        """
        self.caller = caller
        self.called = called
        self._keyboard = keyboard
        self._answered = False
        self._us = False

    async def answer(self) -> None:
        """Pick up and begin to read."""
        self._answered = True
        self._keyboard.begin()

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms of the loop's clock until somebody hangs up."""
        if not self._answered:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        loop = asyncio.get_running_loop()
        began = loop.time()
        number, gone = 0, False
        while not gone:
            await asyncio.sleep(max(began + (number + 1) * FRAME_MS / 1000 - loop.time(), 0))
            tick = self._tick(number)
            gone = bool(tick.gone)
            yield tick
            number += 1

    def play(self, frame: Frame) -> None:
        """Send a frame nowhere: the words are shown instead."""

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self._us = True

    def _tick(self, number: int) -> Tick:
        if self._us:
            return Tick(number=number, frame=SILENCE, gone="us")
        typed = self._keyboard.next()
        keys = (typed.key,) if typed.key else ()
        return Tick(number=number, frame=SILENCE, keys=keys, text=typed.text, gone="caller" if typed.gone else "")
