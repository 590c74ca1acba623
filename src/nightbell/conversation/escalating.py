"""EscalatingWorld: a clinic whose pages are followed: what becomes of them reaches the caller who waits.

The page itself was committed with the event that asked for it, and somebody else carries it out. Nothing is waited
for here: where nobody tells, the page stays ``recorded`` and the flow's own limits lead on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Literal

from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.world import Escalated, Past, Person, Status, Transferred, World
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["EscalatingWorld"]


class EscalatingWorld:
    """A World over another one."""

    def __init__(self, inner: World, follow: Callable[[Escalate], AsyncIterator[Status | Person]]) -> None:
        """Take who tells.

        Args:
            inner: answers everything but pages.
            follow: a page to what becomes of it, until it is closed.
        """
        self._inner = inner
        self._follow = follow

    async def escalate(self, effect: Escalate) -> Escalated:
        """Take the committed row as the page, and follow it."""
        found = await self._inner.escalate(effect)
        return Escalated(status=found.status, changes=self._follow(effect))

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """See the inner world."""
        return await self._inner.past(clinic, caller, before)

    async def hours(self, now: Instant) -> Literal["open", "closed", "holiday"]:
        """See the inner world."""
        return await self._inner.hours(now)

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """See the inner world."""
        return await self._inner.promise(disposition, now)

    async def notify(self, effect: Notify) -> bool:
        """See the inner world."""
        return await self._inner.notify(effect)

    async def transfer(self, effect: Transfer) -> Transferred:
        """See the inner world."""
        return await self._inner.transfer(effect)

    async def ring_back(self, effect: RingBack) -> None:
        """See the inner world."""
        await self._inner.ring_back(effect)
