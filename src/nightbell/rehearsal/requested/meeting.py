"""MeetingWorld: in a rehearsal by requests, who answers or takes a page is really rung, and meets the caller.

When and with what outcome is the script's, in the call's own time; that they are rung, told why, and brought
together with the caller by the carrier is the line's. A ring that comes to nothing leaves the outcome as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nightbell.conversation.passing import PassingWorld

if TYPE_CHECKING:
    from nightbell.call.effects import Escalate, Transfer
    from nightbell.conversation.world import Escalated, Person, Status, Transferred, World

__all__ = ["MeetingWorld"]


class MeetingWorld(PassingWorld):
    """A World over the staged one of a call."""

    def __init__(self, inner: World, ring: Callable[[], Awaitable[Person | None]]) -> None:
        """Take the staged world, and what rings somebody who takes the call; None is that nobody did."""
        super().__init__(inner)
        self._ring = ring

    async def transfer(self, effect: Transfer) -> Transferred:
        """See the port; who answers waits for the caller."""
        made = await self._inner.transfer(effect)
        return made if made.outcome != "answered" else replace(made, person=await self._ring())

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the port; who takes the page waits for the caller before it is told."""
        made = await self._inner.escalate(effect)
        return made if made.changes is None else replace(made, changes=self._met(made.changes))

    async def _met(self, changes: AsyncIterator[Status | Person]) -> AsyncIterator[Status | Person]:
        async for change in changes:
            if change == "acknowledged" and (person := await self._ring()) is not None:
                yield person
            yield change
