"""A line without sound or time, for tests: what each tick brings is laid down, what is played is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Literal

from nightbell.audio.frame import SILENCE, Frame
from nightbell.errors import LineFailed
from nightbell.line.port import Tick

__all__ = ["FakeLine"]


class FakeLine:
    """A caller laid down tick by tick. Keeps the contract of ``line.port.Line``; its time is virtual."""

    kind = "fake"
    paced = False

    def __init__(
        self,
        *,
        frames: Mapping[int, Frame] | None = None,
        keys: Mapping[int, tuple[str, ...]] | None = None,
        words: Mapping[int, str] | None = None,
        concealed: frozenset[int] = frozenset(),
        length: int = 500,
        gone: Literal["caller", "line"] = "caller",
        caller: str | None = None,
        called: str = "",
    ) -> None:
        """Lay down a call of ``length`` ticks; ticks that are not named bring silence.

        Args:
            frames: tick number to sound.
            keys: tick number to signalled keys.
            words: tick number to typed words.
            concealed: ticks whose frame never arrived.
            length: number of ticks; the last one has ``gone``. 0 is a caller who is gone before the answer.
            gone: who ends the call.
            caller: the caller's number.
            called: the number that was dialled.
        """
        self.caller = caller
        self.called = called
        self.played: dict[int, Frame] = {}
        """What was played, by tick."""
        self.hung_up = 0
        """How often the call was ended from our side."""
        self._frames = frames or {}
        self._keys = keys or {}
        self._words = words or {}
        self._concealed = concealed
        self._length = length
        self._gone: Literal["caller", "line"] = gone
        self._number = -1
        self._answered = False

    async def answer(self) -> None:
        """Pick up. Raises LineFailed when the call has no tick."""
        if self._length < 1:
            raise LineFailed("the caller is gone", provider=self.kind)
        self._answered = True

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield the ticks laid down, as fast as they are asked for."""
        if not self._answered:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        for number in range(self._number + 1, self._length):
            await asyncio.sleep(0)
            self._number = number
            ended = "us" if self.hung_up else self._gone if number == self._length - 1 else ""
            yield Tick(
                number=number,
                frame=self._frames.get(number, SILENCE),
                keys=self._keys.get(number, ()),
                concealed=number in self._concealed,
                gone=ended,
                text=self._words.get(number),
            )
            if ended:
                self._number = self._length
                return

    def play(self, frame: Frame) -> None:
        """Keep the frame. Raises LineFailed for a second one in the same tick."""
        if self._number in self.played:
            raise LineFailed("two frames in one tick", provider=self.kind, hint="call play() once per tick")
        if 0 <= self._number < self._length:
            self.played[self._number] = frame

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self.hung_up += 1
