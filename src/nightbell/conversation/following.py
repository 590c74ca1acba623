"""Following: what becomes of one call's pages - as audio time goes on, or as it happens. It sends none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import structlog

from nightbell.call.events import EscalationChanged
from nightbell.conversation.timers import Timers
from nightbell.conversation.world import Escalated, Person, Status

__all__ = ["EXHAUSTED", "TAKEN", "Following"]

_log = structlog.get_logger(__name__)
TAKEN: Final = "~taken:"
"""Prefix of timers at which a page counts as taken, in worlds that live in audio time."""
EXHAUSTED: Final = "~exhausted:"
"""The same for when nobody is left to ask."""


class Following:
    """The pages of one call."""

    def __init__(self, timers: Timers, put: Callable[..., None], connect: Callable[[Person], None]) -> None:
        self._timers = timers
        self._put = put
        self._connect = connect
        self._tasks: set[asyncio.Task[Any]] = set()

    def began(
        self, number: int, audio_ms: int, found: Escalated | None, spawn: Callable[..., asyncio.Task[Any]]
    ) -> tuple[type[Any], dict[str, Any]]:
        """Take what became of a page so far; return the event that tells it, and follow what comes."""
        if found is not None and found.taken_after_ms is not None:
            self._timers.start(f"{TAKEN}{number}", audio_ms + found.taken_after_ms)
        if found is not None and found.exhausted_after_ms is not None:
            self._timers.start(f"{EXHAUSTED}{number}", audio_ms + found.exhausted_after_ms)
        if found is not None and found.changes is not None:
            task = spawn(self._follow(number, found.changes), name="follow")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return EscalationChanged, {"effect": number, "status": found.status if found else "failed"}

    def cancel(self) -> None:
        """Stop following; the call is over."""
        for task in self._tasks:
            task.cancel()

    async def _follow(self, number: int, changes: AsyncIterator[Status | Person]) -> None:
        try:
            async for change in changes:
                if isinstance(change, str):
                    self._put(EscalationChanged, effect=number, status=change)
                else:
                    self._connect(change)
        except Exception as error:  # noqa: BLE001 - the page stands in the records, whatever is wrong outside
            _log.warning("page_not_followed", error=type(error).__name__)
