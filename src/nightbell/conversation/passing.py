"""PassingWorld: passes everything on to another World; what stands over a world changes one answer of it."""

from __future__ import annotations

from typing import Literal

from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.world import Escalated, Past, Transferred, World
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["PassingWorld"]


class PassingWorld:
    """A World over another one, the same as that."""

    def __init__(self, inner: World) -> None:
        """Take the world that answers."""
        self._inner = inner

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

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the inner world."""
        return await self._inner.escalate(effect)

    async def ring_back(self, effect: RingBack) -> None:
        """See the inner world."""
        await self._inner.ring_back(effect)
