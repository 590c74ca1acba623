"""Standings: where escalations of live calls stand, read from their rows for the callers who wait.

The rows alone are asked, by one look for all of them ten times a second, and only while somebody waits: a duty
that is dead changes nothing in them, and nothing here raises because of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from nightbell.escalation.port import Status
from nightbell.records.tables import escalations

__all__ = ["Standings", "status_of"]

_LOOK_S: Final = 0.1
"""How often: what a caller on hold waits for beyond the key."""
_BLIND_S: Final = 1.0
"""Pause after records that could not be read."""
_PLACES: Final[dict[str, Status]] = {
    "armed": "recorded",
    "paging": "ringing",
    "exhausted": "exhausted",
    "owned": "acknowledged",
    "closed": "acknowledged",
}

_log = structlog.get_logger(__name__)


def status_of(place: str, owner: str, *, worded: bool) -> Status:
    """Return what a caller on hold is told by: ``worded`` is that the emergency words are due.

    A case that nobody owns is closed because a more urgent one of the same call leads it: that one still rings.
    """
    found = _PLACES.get(place, "recorded")
    if place == "closed" and not owner:
        return "ringing"
    return "exhausted" if worded and found in {"recorded", "ringing"} else found


@dataclass(slots=True)
class Standings:
    """One reader of the rows for all calls of a process."""

    engine: Engine
    _waiting: dict[str, asyncio.Queue[Status]] = field(default_factory=dict)
    _last: dict[str, Status] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    async def follow(self, escalation: str) -> AsyncIterator[Status]:
        """Yield each change of one escalation, from ``recorded`` on, until the caller of this is done."""
        queue: asyncio.Queue[Status] = asyncio.Queue()
        self._waiting[escalation] = queue
        self._last[escalation] = "recorded"
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="standings")
        try:
            while True:
                yield await queue.get()
        finally:
            self._waiting.pop(escalation, None)
            self._last.pop(escalation, None)

    async def aclose(self) -> None:
        """Stop looking, and let go of the records."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.engine.dispose()

    async def _look(self) -> None:
        while self._waiting:
            try:
                found = await asyncio.to_thread(self._read, tuple(self._waiting))
            except (SQLAlchemyError, OSError) as error:
                _log.error("standings_unread", error=type(error).__name__)
                await asyncio.sleep(_BLIND_S)
                continue
            for escalation, status in found.items():
                if escalation in self._waiting and self._last[escalation] != status:
                    self._last[escalation] = status
                    self._waiting[escalation].put_nowait(status)
            await asyncio.sleep(_LOOK_S)

    def _read(self, wanted: tuple[str, ...]) -> dict[str, Status]:
        columns = escalations.c
        query = select(columns.id, columns.place, columns.owner, columns.worded).where(columns.id.in_(wanted))
        with self.engine.connect() as connection:
            rows = connection.execute(query)
            return {row.id: status_of(row.place, row.owner, worded=row.worded) for row in rows}
