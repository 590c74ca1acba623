"""Patrol: goes round the live calls once a second and looks whether each still moves.

Dead air - nothing said, heard or decided - is given up by the conversation itself: recorded words, a page,
goodbye. A call whose conversation takes no sound any more cannot do that: it is taken from its line, which then
hears the recorded words from here. Both leave a closed record and a page (DESIGN section 4, rule 10).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from nightbell.reception.live import LiveCall
    from nightbell.reception.reception import CallLimits

__all__ = ["Patrol"]

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 1.0
_ROUNDS: Final = 3
"""Rounds in a row in which a call takes no sound before it is taken away: after a loop that stood still, the
patrol may come round before the calls have had their turn."""


class Patrol:
    """Looks after calls that hang."""

    def __init__(
        self,
        calls: Collection[LiveCall],
        limits: CallLimits,
        *,
        rescue: Callable[[LiveCall], Awaitable[None]],
        rescued: Callable[[str], None],
    ) -> None:
        self._calls = calls
        self._limits = limits
        self._rescue = rescue
        self._rescued = rescued

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.round(time.monotonic())

    async def round(self, now: float) -> None:
        """Look at every call once; ``now`` is seconds of ``time.monotonic``."""
        for live in tuple(self._calls):
            if not live.answered or live.rescuing or live.gone:
                continue
            live.stalled = live.stalled + 1 if now - live.taken > self._limits.stalled_s else 0
            if live.stalled >= _ROUNDS or (live.giving_up and now - live.giving_up > self._limits.stop_s):
                await self._take_away(live, "stalled")
            elif not live.giving_up and not live.connected() and now - live.moved > self._limits.dead_air_s:
                self.give_up(live, "dead_air")

    def give_up(self, live: LiveCall, reason: str) -> None:
        """Have a conversation take its call to the recorded words and its end; two people who talk are let be."""
        if live.giving_up or live.give_up is None or live.connected():
            return
        live.giving_up = time.monotonic()
        _log.error("call_given_up", call=live.call, reason=reason)
        self._rescued(reason)
        live.give_up()

    async def _take_away(self, live: LiveCall, reason: str) -> None:
        _log.error("call_taken_away", call=live.call, reason=reason)
        self._rescued(reason)
        await self._rescue(live)
