"""RingingBack: rings dropped callers back as rule 6 says. When and how often is ``oncall.ringback``'s."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import update

from nightbell.errors import NightbellError
from nightbell.escalation.case_rows import File
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import CallerLine, RingBackOutcome
from nightbell.escalation.reconciler import DroppedCaller, dropped, escalate_dropped, put_on_list, write_try
from nightbell.oncall.ringback import Follow, Over, RingNow, next_ring_back
from nightbell.records.tables import ring_back_tries
from nightbell.terms.instant import Instant

__all__ = ["RingingBack"]

_LIMIT_MS: Final = 60_000
"""How long one ring-back may take until the caller answers or is given up."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RingingBack:
    """Rings callers back."""

    ledger: Ledger
    clock: SteadyClock
    line: CallerLine
    _ringing: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def look(self) -> None:
        """Look at every dropped caller once; ringing goes on beside it."""
        now, before = self.clock.now(), set(self._ringing)
        for caller in await self.ledger.read(lambda connection: dropped(connection, now)):
            if (
                caller.id not in before and caller.id not in self._ringing
            ):  # else the row may be older than its end
                await self._step(caller, now)

    async def missed(self, file: File) -> None:
        """Tell a caller that the promised time has passed, and what to do."""
        if file.caller is None:
            return
        await self._ring(file.call, file.caller, "missed")

    async def _step(self, caller: DroppedCaller, now: Instant) -> None:
        step = next_ring_back(
            caller.asked,
            caller.tries,
            now,
            times=caller.times,
            within_ms=caller.within_ms,
            then=caller.then,
            reachable=caller.number is not None,
            in_hand=caller.in_hand,
        )
        match step:
            case RingNow():
                number = await self.ledger.run(lambda connection: write_try(connection, caller, "ringing", now))
                task = asyncio.create_task(self._try(caller, number), name="ring-back")
                self._ringing[caller.id] = task
                task.add_done_callback(lambda _: self._ringing.pop(caller.id, None))
            case Follow(then="page"):
                await self.ledger.run(lambda connection: escalate_dropped(connection, caller, now))
            case Follow():
                await self.ledger.run(lambda connection: put_on_list(connection, caller, now))
            case Over():
                await self.ledger.run(lambda connection: write_try(connection, caller, "over", now))
            case _:
                pass

    async def _try(self, caller: DroppedCaller, number: int) -> None:
        assert caller.number is not None
        outcome = await self._ring(caller.call, caller.number, "dropped")
        here = (ring_back_tries.c.ring_back == caller.id) & (ring_back_tries.c.n == number)
        try:
            await self.ledger.run(
                lambda connection: connection.execute(update(ring_back_tries).where(here).values(outcome=outcome))
            )
        except NightbellError as error:
            _log.error("ring_back.not_written", code=error.code)

    async def _ring(self, call: str, number: str, reason: str) -> RingBackOutcome:
        try:
            async with asyncio.timeout(self.clock.real_seconds(_LIMIT_MS)):
                return await self.line.ring_back(call, number, reason=reason)  # type: ignore[arg-type]
        except TimeoutError:
            return "no_answer"
        except Exception as error:  # noqa: BLE001 - a line that breaks is a try that failed
            _log.error("ring_back.broke", error=type(error).__name__)
            return "failed"

    async def aclose(self) -> None:
        """Hang up."""
        tasks = list(self._ringing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
