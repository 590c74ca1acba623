"""A line whose caller sits at the terminal: typed words and keys instead of sound.

A typed line of nothing but telephone keys is keys; anything else is words, brought by the tick as ``text``. The
end of the input is the caller hanging up. No sound is made: what is said is shown by whoever observes the call.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Literal

from nightbell.audio.frame import FRAME_MS, SILENCE
from nightbell.errors import LineFailed
from nightbell.line.port import Tick
from nightbell.terms.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nightbell.audio.frame import Frame

__all__ = ["TerminalLine", "is_keys"]


def is_keys(typed: str) -> bool:
    """Tell whether a typed line means keys pressed rather than words said."""
    return bool(typed) and all(key in KEYS for key in typed)


class TerminalLine:
    """The line of ``nightbell talk``. See ``line.port.Line`` for the contract it keeps."""

    kind = "terminal"
    paced = True

    def __init__(
        self,
        source: IO[str],
        *,
        caller: str | None = None,
        called: str = "",
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """Make a line over a text stream.

        Args:
            source: where the caller types; read in a thread of its own, so it may block.
            caller: the caller's number, E.164; None when withheld.
            called: the number that was dialled.
            ready: asked before a typed line is taken. Input from a pipe is all there at once: there it holds each
                line back until the call listens.
        """
        self.caller = caller
        self.called = called
        self._source = source
        self._ready = ready
        self._typed: deque[str | None] = deque()
        self._keys: deque[str] = deque()
        self._answered = False
        self._us = False

    async def answer(self) -> None:
        """Pick up and begin to read."""
        if self._answered:
            return
        self._answered = True
        loop = asyncio.get_running_loop()
        # A daemon thread: a read that blocks on a terminal must not keep the process from ending.
        threading.Thread(target=self._read, args=(loop,), name="terminal-line", daemon=True).start()

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
        if self._keys:  # keys typed in one line are pressed one per tick, as a key pad would send them
            return Tick(number=number, frame=SILENCE, keys=(self._keys.popleft(),))
        if not self._typed or not self._ready():
            return Tick(number=number, frame=SILENCE)
        typed = self._typed.popleft()
        gone: Literal["", "caller"] = "caller" if typed is None else ""
        if typed is not None and is_keys(typed):
            self._keys.extend(typed[1:])
            return Tick(number=number, frame=SILENCE, keys=(typed[0],))
        return Tick(number=number, frame=SILENCE, text=typed, gone=gone)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for typed in self._source:
                if typed.strip():
                    loop.call_soon_threadsafe(self._typed.append, typed.strip())
            loop.call_soon_threadsafe(self._typed.append, None)
        except (RuntimeError, ValueError, OSError):
            return  # the loop or the stream was closed: the call is over
