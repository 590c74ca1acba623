"""RingingWorld: a clinic whose people can be rung: transfers go out by telephone, the rest is as ever.

It rings one person at a time and knows no number: the dialler does. Paging is not its business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from nightbell.call.effects import Transfer
from nightbell.conversation.passing import PassingWorld
from nightbell.conversation.world import Ended, Transferred, World
from nightbell.line.dialler import Dialler, Outcome, RingOrder

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


class RingingWorld(PassingWorld):
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
        super().__init__(inner)
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
