"""AbsentRecords: what stands in for records that cannot be opened. It keeps nothing, knows nothing, and says why.

With it a line still answers: every append fails, so that each call takes the safe path and its events go to the
spill behind it. It never tries to open the records again: the next start does.
"""

# ruff: noqa: ARG002 - the signatures are the port's

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordsFailed
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

__all__ = ["AbsentRecords"]


class AbsentRecords:
    """The Records port where there are no records: everything raises RecordsFailed but ``aclose``."""

    def __init__(self, fault: RecordsFailed) -> None:
        """Take why they could not be opened."""
        self._fault = fault

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """See the port."""
        self._fail()

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """See the port; what is not known must not pass for nothing known."""
        self._fail()

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """See the port."""
        self._fail()

    async def flow(self, flow: str) -> str | None:
        """See the port."""
        self._fail()

    async def open_calls(self) -> list[OpenCall]:
        """See the port."""
        self._fail()

    async def call(self, call: str) -> CallRecord:
        """See the port."""
        self._fail()

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """See the port."""
        self._fail()

    async def journal(self, call: str) -> list[Entry]:
        """See the port."""
        self._fail()

    async def incidents(self) -> list[Incident]:
        """See the port."""
        self._fail()

    async def aclose(self) -> None:
        """See the port; there is nothing to close."""

    def _fail(self) -> NoReturn:
        fault = self._fault
        raise RecordsFailed(fault.message, provider=fault.provider, hint=fault.hint) from fault
