"""Scribe: writes down, beside the turns of the ladder, what people do - a key, an end - and what a ring came to.

Records that fail are waited for, and what they took without saying so counts as written. It rings nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from nightbell.errors import Conflict, EscalationError, NightbellError, RecordsFailed
from nightbell.escalation.appending import append
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import How
from nightbell.oncall.history import Closed, Entry, Lost, Taken
from nightbell.terms.instant import Instant

__all__ = ["Scribe"]

_AGAIN_S: Final = 1.0
"""Pause before the records are tried again, seconds."""
_TRIES: Final = 50
"""How often an entry is written anew because somebody else wrote first, or the records failed."""
_KEY_S: Final = 45.0
"""How long who pressed a key waits for the records: less than the line lets them wait (``exchange``)."""

_log = structlog.get_logger(__name__)


class Scribe:
    """Appends to the logs of escalations."""

    def __init__(self, ledger: Ledger, clock: SteadyClock, executor: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._executor = executor
        self._backs: dict[str, asyncio.Task[None]] = {}
        """Escalation to what gives a key back of which nobody knows whether it was written."""

    async def append(
        self,
        escalation: str,
        make: Callable[[Instant], Entry],
        *,
        patient: bool = False,
        owner: str | None = None,
    ) -> bool:
        """Append one entry if it may follow; tell whether it was. Patient, it waits for records that fail.

        Raises:
            RecordsFailed: they failed, and once too often for who is patient.
            Fenced: this process may not any more.
        """
        tell = partial(append, escalation=escalation, make=make, executor=self._executor, owner=owner)
        began = self._clock.now()
        failed: RecordsFailed | None = None
        for _ in range(_TRIES):
            try:
                since = None if failed is None else began
                return await self._ledger.run(partial(tell, now=self._clock.now(), since=since))
            except Conflict:
                await asyncio.sleep(0)
            except RecordsFailed as error:
                if not patient:
                    raise
                failed = error
                await asyncio.sleep(_AGAIN_S)
        if failed is not None:
            raise failed
        return False

    async def take(self, page: str, person: str, how: How) -> bool:
        """Write down who took a page; durable when this returns True. False: somebody else has it.

        Raises:
            RecordsFailed: it was not written down in time; should it be later, it is given back.
        """
        key = partial(Taken, page=page, person=person, how=how)
        escalation = page.partition("/")[0]
        try:
            async with asyncio.timeout(_KEY_S):
                if (back := self._backs.get(escalation)) is not None:
                    await asyncio.shield(back)  # it must not take back the key that is pressed now
                return await self.append(escalation, lambda at: key(at=at), patient=True)
        except (TimeoutError, RecordsFailed) as error:
            before = self._backs.get(escalation)
            work = self._give_back(escalation, person, after=before)
            self._backs[escalation] = task = asyncio.create_task(work, name="give-back")
            task.add_done_callback(partial(self._given_back, escalation))
            raise RecordsFailed("a key was not written down in time", provider="records") from error

    async def close(self, escalation: str, person: str, outcome: str) -> bool:
        """Write down what came of a case; False: it is not this person's, or closed already."""
        return await self.append(
            escalation, lambda at: Closed(at=at, person=person, outcome=outcome), owner=person
        )

    def _given_back(self, escalation: str, task: asyncio.Task[None]) -> None:
        if self._backs.get(escalation) is task:
            del self._backs[escalation]

    async def _give_back(self, escalation: str, person: str, *, after: asyncio.Task[None] | None) -> None:
        """Have the ladder go on, if a key that its person was told nothing of turns out to be written."""
        try:
            if after is not None:
                await after
            back = partial(Lost, person=person, why="given_up")
            if await self.append(escalation, lambda at: back(at=at), patient=True, owner=person):
                _log.warning("page.given_back", escalation=escalation)
        except (NightbellError, EscalationError) as error:
            _log.error("page.not_given_back", escalation=escalation, code=error.code)

    async def aclose(self) -> None:
        """Stop what is written still."""
        tasks = list(self._backs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
