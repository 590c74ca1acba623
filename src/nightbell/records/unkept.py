"""UnkeptRecords: what a call that nobody will look up is written to. It keeps nothing, and waits for no disk.

The line's own test call and calls in writing run on it as ever and leave no row: nobody is paged or rung back, and
no list, history or figure has them. It is for no caller's call.
"""

# ruff: noqa: ARG002 - the signatures are the port's

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordNotFound
from nightbell.records.port import (
    APPEND_LIMIT_MS,
    HISTORY_WINDOW_MS,
    CallRecord,
    Entry,
    History,
    Incident,
    OpenCall,
)
from nightbell.terms.instant import Instant

__all__ = ["UnkeptRecords"]


class UnkeptRecords:
    """The Records port of a call that nobody will look up."""

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """Take it and let it go."""

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """Know of no earlier call."""
        return History()

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """Take it and let it go."""

    async def flow(self, flow: str) -> str | None:
        """Have no flow."""
        return None

    async def open_calls(self) -> list[OpenCall]:
        """Have no call."""
        return []

    async def call(self, call: str) -> CallRecord:
        """See the port."""
        self._none()

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """Have no call."""
        return []

    async def journal(self, call: str) -> list[Entry]:
        """See the port."""
        self._none()

    async def incidents(self) -> list[Incident]:
        """Have none."""
        return []

    async def aclose(self) -> None:
        """See the port; there is nothing to close."""

    @staticmethod
    def _none() -> NoReturn:
        raise RecordNotFound("this call was not kept", hint="test calls and calls in writing leave no records")
