"""RingingWorld: a clinic whose people can be rung: transfers go out by telephone, the rest is as ever.

It rings one person at a time and knows no number: the dialler does. Paging is not its business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.world import Ended, Escalated, Past, Transferred, World
from nightbell.line.dialler import Dialler, Outcome, RingOrder
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RingingWorld"]

_ENDED: Final[Mapping[Outcome, Ended]] = {
    "busy": "busy",
    "passed": "no_answer",
    "ring_back": "no_answer",
    "no_key": "no_answer",
    "no_answer": "no_answer",
    "failed": "failed",
    "refused": "failed",
}


class RingingWorld:
    """A World over another one."""

    def __init__(
        self,
        inner: World,
        dialler: Dialler,
        *,
        people: Callable[[str], Sequence[str]],
        order: Callable[[str, Transfer], RingOrder],
    ) -> None:
        """Take who rings.

        Args:
            inner: answers everything but transfers.
            dialler: rings one person.
            people: role of a transfer to the keys of the people in it, the first to be rung first.
            order: makes the order for one of them: what they are told and how long they have.
        """
        self._inner = inner
        self._dialler = dialler
        self._people = people
        self._order = order

    async def transfer(self, effect: Transfer) -> Transferred:
        """Ring the people of the role, one after another, until one takes the call."""
        ended: Ended = "failed"
        for person in self._people(effect.to):
            rung = await self._dialler.ring(self._order(person, effect))
            if rung.outcome == "taken" and rung.leg is not None:
                return Transferred(outcome="answered", person=rung.leg)
            ended = _ENDED.get(rung.outcome, "failed")
        return Transferred(outcome=ended)

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

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the inner world."""
        return await self._inner.escalate(effect)

    async def ring_back(self, effect: RingBack) -> None:
        """See the inner world."""
        await self._inner.ring_back(effect)
