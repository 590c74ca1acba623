"""A line without sound, for call scripts in writing: keys and the hang-up come off a handset, nothing is heard.

Unpaced: the next tick comes when it is asked for. Words do not travel over it; the rehearsal's ears bring them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

from nightbell.audio.frame import FRAME_MS, SILENCE
from nightbell.errors import LineFailed
from nightbell.line.handset import Handset
from nightbell.line.port import Tick
from nightbell.line.scripted import CALL_LIMIT_MS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nightbell.audio.frame import Frame

__all__ = ["SilentLine"]

_TICKS_IN_A_ROW: Final = 25
"""A turn of the loop for each tick costs more than the tick."""


class SilentLine:
    """The line of rehearsals in writing. See ``line.port.Line`` for the contract it keeps."""

    kind = "silent"
    paced = False

    def __init__(self, *, caller: str | None = None, called: str = "", limit_ms: int = CALL_LIMIT_MS) -> None:
        """Make a line that rings.

        Args:
            caller: the caller's number, E.164; None when withheld.
            called: the number that was dialled.
            limit_ms: audio time after which the line gives up with ``gone="line"``.
        """
        self.caller = caller
        self.called = called
        self.handset = Handset()
        self._limit = limit_ms // FRAME_MS
        self._answered = False
        self._ended = False
        self._us = False
        self._in_a_row = 0

    @property
    def position_ms(self) -> int:
        """Audio time that has passed."""
        return self.handset.now * FRAME_MS

    async def answer(self) -> None:
        """Pick up; audio time 0 begins.

        Raises:
            LineFailed: the caller has hung up already.
        """
        if self.handset.is_down:
            raise LineFailed("the caller is gone", provider=self.kind, hint="nothing to do: the call is over")
        self._answered = True

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms of audio time until somebody hangs up."""
        if not self._answered:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        while not self._ended:
            number = self.handset.now
            self._in_a_row += 1
            if self._in_a_row % _TICKS_IN_A_ROW == 0:
                await asyncio.sleep(0)  # calls side by side, and whoever cancels them, get their turn
            gone = self._gone(number)
            self._ended = bool(gone)
            yield Tick(number=number, frame=SILENCE, keys=self.handset.advance()[1], gone=gone)

    def due_ms(self) -> int:
        """Return when the handset does something next, or the line gives up; at once when somebody has hung up."""
        if self._us:
            return 0
        following = self.handset.next_tick()
        last = self._limit - 1 if following is None else min(following, self._limit - 1)
        return (last + 1) * FRAME_MS

    def skip(self, ticks: int) -> None:
        """Leave out ticks in which nothing happens."""
        self.handset.now += ticks

    def play(self, frame: Frame) -> None:
        """Send a frame nowhere: nobody listens."""

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self._us = True

    def _gone(self, number: int) -> Literal["", "caller", "line", "us"]:
        if self.handset.is_down:
            return "caller"
        if self._us:
            return "us"
        return "line" if number + 1 >= self._limit else ""
