"""GuardedRecords: records with the spill behind them, so that a failing database loses nothing.

An event that the records cannot take in time is kept in the spill file, and ``RecordsFailed`` is raised all the
same: the call has to take the safe path. From then on all of this call goes to the spill, in order, and each
append says so. It never puts anything back into the records: ``mending`` does, and the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from nightbell.call.effects import Close, Effect, Escalate
from nightbell.call.events import Event
from nightbell.errors import RecordsFailed
from nightbell.records.mending import Mending
from nightbell.records.port import (
    APPEND_LIMIT_MS,
    HISTORY_WINDOW_MS,
    CallRecord,
    Entry,
    History,
    Incident,
    OpenCall,
    Records,
)
from nightbell.records.spill import Spill
from nightbell.terms.instant import Instant

__all__ = ["GuardedRecords"]

_log = structlog.get_logger(__name__)


class GuardedRecords:
    """The Records port over another one and a spill."""

    def __init__(self, records: Records, spill: Spill, mending: Mending | None = None) -> None:
        """Take them, and who puts back what was spilled; the next start alone does where there is nobody."""
        self._records = records
        self._spill = spill
        self.mending = mending
        self.on_unwritten: Callable[[str, Escalate, Callable[[], bool]], None] = lambda _clinic, _page, _is: None
        """Told of each page that no ladder knows of, with what tells whether it is in the records by now."""
        self._spilling: set[str] = set()

    def spilling(self, call: str) -> bool:
        """Tell whether this call's events go to the spill file."""
        return call in self._spilling

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """See the port.

        Raises:
            RecordsFailed: the event is not in the records; the message says whether it is in the spill file.
        """
        if event.call not in self._spilling:
            try:
                await self._records.append(event, effects, session, limit_ms=limit_ms)
            except RecordsFailed as error:
                self._spilling.add(event.call)
                await self._keep(event, effects, session, limit_ms, error)
        else:
            await self._keep(event, effects, session, limit_ms, None)

    async def _keep(
        self,
        event: Event,
        effects: Sequence[Effect],
        session: str,
        limit_ms: int,
        cause: RecordsFailed | None,
    ) -> None:
        mending, number = self.mending, 0
        try:
            await self._spill.append(event, effects, session, limit_ms=limit_ms)
            if mending is not None:
                number = mending.spilled()
        except RecordsFailed:
            _log.critical("records.spill_failed", file=str(self._spill.path))
            raise
        finally:
            if any(isinstance(effect, Close) for effect in effects):
                self._spilling.discard(event.call)
            for effect in effects:
                if isinstance(effect, Escalate):
                    self.on_unwritten(
                        event.clinic, effect, lambda: bool(number and mending and mending.has(number))
                    )
        _log.error("records.spilled", kind=event.kind)
        reason = "this call's events go to the spill file" if cause is None else cause.message
        raise RecordsFailed(
            f"{reason}; the event is kept in the spill file",
            provider=str(self._spill.path),
            hint="mend the database: what was spilled is put into it as soon as it takes it",
        ) from cause

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """See the port."""
        return await self._records.history(clinic, caller, before, window_ms=window_ms)

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """See the port."""
        await self._records.store_flow(clinic, flow, content)

    async def flow(self, flow: str) -> str | None:
        """See the port."""
        return await self._records.flow(flow)

    async def open_calls(self) -> list[OpenCall]:
        """See the port."""
        return await self._records.open_calls()

    async def call(self, call: str) -> CallRecord:
        """See the port."""
        return await self._records.call(call)

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """See the port."""
        return await self._records.calls(clinic=clinic, since=since, limit=limit)

    async def journal(self, call: str) -> list[Entry]:
        """See the port."""
        return await self._records.journal(call)

    async def incidents(self) -> list[Incident]:
        """See the port."""
        return await self._records.incidents()

    async def aclose(self) -> None:
        """See the port."""
        await self._records.aclose()
        self._spill.close()
