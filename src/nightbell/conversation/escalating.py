"""EscalatingWorld: a clinic whose pages are followed: what becomes of them reaches the caller who waits.

The page itself was committed with the event that asked for it, and somebody else carries it out. Nothing is waited
for here: where nobody tells, the page stays ``recorded`` and the flow's own limits lead on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from nightbell.call.effects import Escalate
from nightbell.conversation.passing import PassingWorld
from nightbell.conversation.world import Escalated, Person, Status, World

__all__ = ["EscalatingWorld"]


class EscalatingWorld(PassingWorld):
    """A World over another one."""

    def __init__(self, inner: World, follow: Callable[[Escalate], AsyncIterator[Status | Person]]) -> None:
        """Take who tells.

        Args:
            inner: answers everything but pages.
            follow: a page to what becomes of it, until it is closed.
        """
        super().__init__(inner)
        self._follow = follow

    async def escalate(self, effect: Escalate) -> Escalated:
        """Take the committed row as the page, and follow it."""
        found = await self._inner.escalate(effect)
        return Escalated(status=found.status, changes=self._follow(effect))
