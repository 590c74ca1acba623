"""Unwritten: tells people of a page that the records did not take, because no ladder can know of it.

The records have a moment first: what was only late is in them by then, and the ladder has it. Who is told, and
how, is the bell's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from nightbell.escalation.port import Alarm, AlarmBell
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = ["GRACE_S", "Unwritten"]

GRACE_S: Final = 3.0
"""How long the records have to take it after all, seconds."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Unwritten:
    """One for a process that takes calls."""

    bell: AlarmBell
    now: Callable[[], Instant]
    grace_s: float = GRACE_S
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, clinic: str, escalation: str, disposition: Disposition, written: Callable[[], bool]) -> None:
        """Take a page that could not be written; ``written`` tells whether it is by now."""
        alarm = Alarm(kind="unsent", clinic=clinic, at=self.now(), escalation=escalation, disposition=disposition)
        task = asyncio.create_task(self._tell(alarm, written), name="unwritten")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, alarm: Alarm, written: Callable[[], bool]) -> None:
        await asyncio.sleep(self.grace_s)
        if written():
            return
        _log.critical("page_unwritten", escalation=alarm.escalation)
        await self.bell.sound(alarm)

    async def aclose(self) -> None:
        """Stop telling."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
