"""Auditor: looks at the rows with its own eyes, on no engine, and finds what is neither owned nor moving.

It shares nothing with ``duty`` but the records: its own connection, its own clock, and the plain rule that every
open escalation says when it must have moved again. It writes a heartbeat after each look; ``is_alive`` is asked by
``duty`` and by the supervisor, so that somebody notices when the auditor is dead too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Engine, or_, select
from sqlalchemy.exc import SQLAlchemyError

from nightbell.escalation.port import Alarm, AlarmBell
from nightbell.records.tables import escalations, page_sends
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = ["LOOK_MS", "SLACK_MS", "Auditor", "Stuck", "is_alive"]

LOOK_MS: Final = 20_000
SLACK_MS: Final = 30_000
"""How late an escalation may be before it counts as stuck: a restart takes three seconds, a lease fifteen."""
AGAIN_MS: Final = 300_000
"""How often the same one is sounded."""
DEAD_AFTER_MS: Final = 3 * LOOK_MS

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """An escalation that should have moved."""

    id: str
    clinic: str
    disposition: Disposition
    late_ms: int


@dataclass(slots=True)
class Auditor:
    """Finds stuck escalations and sounds the last alarm."""

    engine: Engine
    bell: AlarmBell
    heartbeat: Path
    time_scale: float = 1.0
    clinic: str = ""
    _sounded: dict[str, int] = field(default_factory=dict)

    def find(self, now: Instant) -> list[Stuck]:
        """Return what is stuck now.

        Raises:
            SQLAlchemyError: the records cannot be read.
        """
        late = now.ms - SLACK_MS
        unsent = (
            select(page_sends.c.escalation)
            .where(page_sends.c.state == "due", page_sends.c.at_utc < late)
            .distinct()
        )
        query = select(escalations).where(
            escalations.c.place != "closed",
            or_(
                escalations.c.next_utc < late,
                escalations.c.id.in_(unsent) & escalations.c.place.in_(["armed", "paging"]),
            ),
        )
        with self.engine.connect() as connection:
            rows = list(connection.execute(query).mappings())
        return [
            Stuck(
                id=row["id"],
                clinic=row["clinic"],
                disposition=Disposition(row["disposition"]),
                late_ms=now.ms - row["next_utc"],
            )
            for row in rows
        ]

    async def look(self, now: Instant) -> list[Stuck]:
        """Look once: sound what is stuck, then beat. Records that cannot be read are an alarm themselves."""
        try:
            found = await asyncio.to_thread(self.find, now)
        except (SQLAlchemyError, OSError) as error:
            _log.error("auditor.blind", error=type(error).__name__)
            await self._sound(
                "", now, Alarm(kind="stuck", clinic=self.clinic, at=now, detail="records unreadable")
            )
            found = []
        for each in found:
            alarm = Alarm(
                kind="stuck", clinic=each.clinic, at=now, escalation=each.id, disposition=each.disposition
            )
            await self._sound(each.id, now, alarm)
        await asyncio.to_thread(self._beat)
        return found

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look(Instant(time.time_ns() // 1_000_000))
            await asyncio.sleep(LOOK_MS / 1000 / self.time_scale)

    async def _sound(self, key: str, now: Instant, alarm: Alarm) -> None:
        last = self._sounded.get(key)
        if last is not None and 0 <= now.ms - last < AGAIN_MS:
            return
        self._sounded[key] = now.ms
        await self.bell.sound(alarm)

    def _beat(self) -> None:
        with contextlib.suppress(OSError):  # a full disk stops the beat, and that is noticed by who listens for it
            self.heartbeat.parent.mkdir(parents=True, exist_ok=True)
            beside = self.heartbeat.with_suffix(f".{os.getpid()}")
            beside.write_text(str(time.time_ns() // 1_000_000), encoding="ascii")
            beside.replace(self.heartbeat)


def is_alive(heartbeat: Path, now: Instant, *, time_scale: float = 1.0) -> bool:
    """Tell whether an auditor looked lately."""
    try:
        last = int(heartbeat.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    return now.ms - last < DEAD_AFTER_MS / time_scale
