"""UnkeptRecords: stands in for the records of a call in writing. Nothing is kept, so nothing waits for a disk.

The rehearsal's witness has the journal. It is for no real call: what it is told is gone at once.
"""

# ruff: noqa: ARG002 - the signatures are the port's

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.errors import RecordNotFound
from nightbell.records.port import APPEND_LIMIT_MS, HISTORY_WINDOW_MS, History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.records.port import CallRecord, Entry, Incident, OpenCall
    from nightbell.terms.instant import Instant

__all__ = ["UnkeptRecords"]


class UnkeptRecords:
    """The Records port of a call that nobody will look up."""

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """Take an event for durable."""

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """Know of no earlier call."""
        return History()

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """Take a flow version for kept."""

    async def flow(self, flow: str) -> str | None:
        """Have no flow version."""
        return None

    async def open_calls(self) -> list[OpenCall]:
        """Have no open call."""
        return []

    async def call(self, call: str) -> CallRecord:
        """Have no call. Raises RecordNotFound."""
        raise RecordNotFound(f"call {call!r} was not kept", hint="a call in writing leaves its journal alone")

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """Have no calls."""
        return []

    async def journal(self, call: str) -> list[Entry]:
        """Have no journal. Raises RecordNotFound."""
        raise RecordNotFound(f"call {call!r} was not kept", hint="a call in writing leaves its journal alone")

    async def incidents(self) -> list[Incident]:
        """Have no incidents."""
        return []

    async def aclose(self) -> None:
        """Let go of nothing."""
