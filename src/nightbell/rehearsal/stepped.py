"""Stepped: the time of a call by requests that is rehearsed. It goes on as far as the carrier says, no further.

A carrier that only plays a call knows how long each sound, word and silence of it lasts, and need not wait for it:
it says what time it is before it asks. What is due in the world until then happens first, in its order and at its
time, so that the call is the one that it would have been in real time. It never goes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nightbell.call.events import EscalationChanged, TransferEnded
from nightbell.conversation.passing import PassingWorld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect, Escalate, Transfer
    from nightbell.call.events import Event
    from nightbell.conversation.world import Escalated, Status, Transferred, World
    from nightbell.terms.instant import Instant

__all__ = ["SteppedClock", "SteppedWorld"]

_TOLD_S: Final = 2.0
"""Longest that what was due is waited for to be in the call: a commit, on a busy machine."""


class SteppedClock:
    """The clock of one call, and an Observer of it."""

    def __init__(self, start: Instant) -> None:
        """Take when the call begins."""
        self.now_ms = 0
        """Milliseconds of the call that have passed."""
        self._start = start
        self._due: list[tuple[int, asyncio.Event]] = []
        self._owed = 0
        self._told = asyncio.Event()

    def at(self, audio_ms: int) -> Instant:
        """See the port: what time it is now, as the clock of a machine has it."""
        del audio_ms
        return self._start.plus(ms=self.now_ms)

    async def until(self, due_ms: int) -> None:
        """Wait until so much of the call has passed; what follows is to be in the call before time goes on."""
        reached = due_ms, asyncio.Event()
        self._due.append(reached)
        try:
            await reached[1].wait()
        finally:
            if reached in self._due:
                self._due.remove(reached)

    async def move(self, to_ms: int) -> None:
        """Let time go on; what is due until then happens at its own time."""
        while soonest := min((due for due in self._due if due[0] <= to_ms), key=lambda due: due[0], default=None):
            self._due.remove(soonest)
            self.now_ms = max(self.now_ms, soonest[0])
            self._owed += 1
            self._told.clear()
            soonest[1].set()
            try:
                async with asyncio.timeout(_TOLD_S):
                    await self._told.wait()
            except TimeoutError:  # the call was over, and asked for it no more
                self._owed = 0
        self.now_ms = max(self.now_ms, to_ms)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """See that what was due is in the call."""
        del effects, audio_ms
        told = isinstance(event, TransferEnded) or (
            isinstance(event, EscalationChanged) and event.status in {"acknowledged", "exhausted"}
        )
        if told and self._owed:
            self._owed -= 1
            self._told.set()

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no prompt."""


class SteppedWorld(PassingWorld):
    """A world in audio time, told as one in real time: what it announces comes when the clock is there."""

    def __init__(self, inner: World, clock: SteppedClock) -> None:
        """Take the world and the call's clock."""
        super().__init__(inner)
        self._clock = clock

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the port; what becomes of the page is told as time goes on."""
        made, now = await self._inner.escalate(effect), self._clock.now_ms
        told: list[tuple[int, Status]] = []
        if made.taken_after_ms is not None:
            told.append((now + made.taken_after_ms, "acknowledged"))
        if made.exhausted_after_ms is not None:
            told.append((now + made.exhausted_after_ms, "exhausted"))
        changes = self._changes(sorted(told)) if told else made.changes
        return replace(made, taken_after_ms=None, exhausted_after_ms=None, changes=changes)

    async def transfer(self, effect: Transfer) -> Transferred:
        """See the port; answers once the other leg did."""
        made = await self._inner.transfer(effect)
        await self._clock.until(self._clock.now_ms + made.after_ms)
        return replace(made, after_ms=0)

    async def _changes(self, told: Sequence[tuple[int, Status]]) -> AsyncIterator[Status]:
        for due_ms, status in told:
            await self._clock.until(due_ms)
            yield status
