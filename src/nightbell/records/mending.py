"""Mending: puts right, while calls are taken, what failed when the records did.

What was spilled goes into the records as soon as they take it again, so that its pages go out; a call whose
closing failed is closed. It waits until there is something to do, and tries ever more seldom while that fails. It
decides nothing: how both are done is handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

__all__ = ["Mending"]

_FIRST_S: Final = 1.0
_LAST_S: Final = 30.0

_log = structlog.get_logger(__name__)


class Mending:
    """One for the records of a process; ``run`` is its task."""

    def __init__(
        self,
        replay: Callable[[], Awaitable[object]],
        close: Callable[[str], Awaitable[None]],
        *,
        first_s: float = _FIRST_S,
        last_s: float = _LAST_S,
    ) -> None:
        """Take how it is done.

        Args:
            replay: puts what was spilled into the records; raises RecordsFailed while they fail.
            close: closes one call that its conversation left open; raises RecordsFailed likewise.
            first_s: pause before a try, seconds.
            last_s: the longest pause, after many that failed.
        """
        self._replay = replay
        self._close = close
        self._first_s = first_s
        self._last_s = last_s
        self._due = asyncio.Event()
        self._spilled = self._mended = 0
        self._open: set[str] = set()

    @property
    def idle(self) -> bool:
        """Tell whether there is nothing to put right."""
        return self.has(self._spilled) and not self._open

    def spilled(self) -> int:
        """Take that something more waits in the spill file; return its number."""
        self._spilled += 1
        self._due.set()
        return self._spilled

    def has(self, number: int) -> bool:
        """Tell whether what was spilled under a number is in the records."""
        return self._mended >= number

    def left_open(self, call: str) -> None:
        """Take a call whose closing the records did not take."""
        self._open.add(call)
        self._due.set()

    async def run(self) -> None:
        """Put right what there is, until cancelled."""
        pause_s = self._first_s
        while True:
            await self._due.wait()
            await asyncio.sleep(pause_s)  # they failed just now, or just failed again
            self._due.clear()
            number = self._spilled
            try:
                await self._replay()  # first: an event of a call stands before its end
                self._mended = number
                for call in sorted(self._open):
                    await self._close(call)
                    self._open.discard(call)
            except Exception as error:  # noqa: BLE001 - whatever it is, what waits is tried again
                _log.error("records.not_mended", error=type(error).__name__)
                self._due.set()
                pause_s = min(2 * pause_s, self._last_s)
            else:
                _log.warning("records.mended")
                pause_s = self._first_s
