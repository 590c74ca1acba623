"""LiveCall: one call that is under way, as reception sees it: since when, and when something last moved.

``WatchedLine`` stands between a conversation and its line and notes each frame that is taken and said. It changes
nothing on the way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nightbell.audio.frame import Frame
from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.line.port import Line, Tick

if TYPE_CHECKING:
    from nightbell.reception.directory import Entry
    from nightbell.reception.port import Ring

__all__ = ["LiveCall", "WatchedLine"]


@dataclass(slots=True, eq=False)
class LiveCall:
    """One call; an Observer of its conversation."""

    call: str
    entry: Entry
    began: float = field(default_factory=time.monotonic)
    """Seconds, as ``time.monotonic`` counts, like all times here."""
    answered: float = 0.0
    taken: float = 0.0
    """When the conversation last took a frame."""
    moved: float = 0.0
    """When something was last said, heard or decided."""
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is picked up, or over."""
    ring: Ring | None = None
    """What rang."""
    test: bool = False
    """The line's own test call: in no record and no figure."""
    give_up: Callable[[], None] | None = None
    """Takes the call to the recorded words and its end; None until the conversation stands."""
    task: asyncio.Task[Any] | None = None
    connected: Callable[[], bool] = lambda: False
    """Tells whether the caller talks to a person: silence of ours is then no dead air."""
    backlog_ms: Callable[[], int] = lambda: 0
    """Tells how much of the caller's sound waits for the decoder."""
    gone: bool = False
    """Somebody hung up: what is left is to write it down, and takes no sound."""
    stalled: int = 0
    """Rounds of the patrol in a row that found it taking no sound."""
    giving_up: float = 0.0
    rescuing: bool = False

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Note that something was decided."""
        del event, effects, audio_ms
        self.moved = time.monotonic()

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Note that something is said."""
        del prompt, audio_ms
        self.moved = time.monotonic()


class WatchedLine:
    """The Line port over another one."""

    def __init__(self, line: Line, live: LiveCall, *, caller: str | None, called: str) -> None:
        """Stand before a line; the numbers are given as the clinic's country writes them."""
        self._line = line
        self._live = live
        self.caller = caller
        self.called = called

    @property
    def kind(self) -> str:
        """See the port."""
        return self._line.kind

    @property
    def paced(self) -> bool:
        """See the port."""
        return self._line.paced

    @property
    def inner(self) -> Line:
        """The line behind it, for what only its adapter knows."""
        return self._line

    async def answer(self) -> None:
        """See the port."""
        try:
            await self._line.answer()
            self._live.answered = self._live.taken = self._live.moved = time.monotonic()
        finally:
            self._live.decided.set()

    async def ticks(self) -> AsyncIterator[Tick]:
        """See the port."""
        async for tick in self._line.ticks():
            self._live.taken = time.monotonic()
            self._live.gone = bool(tick.gone)
            yield tick

    def play(self, frame: Frame) -> None:
        """See the port."""
        self._live.moved = self._live.taken
        self._line.play(frame)

    async def hang_up(self) -> None:
        """See the port."""
        await self._line.hang_up()
