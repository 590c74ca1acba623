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

from nightbell.errors import RecordsFailed

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
        self._working = False
        self._open: set[str] = set()

    @property
    def idle(self) -> bool:
        """Tell whether there is nothing to put right."""
        return not (self._due.is_set() or self._working)

    def spilled(self) -> None:
        """Take that something waits in the spill file."""
        self._due.set()

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
            self._working = True
            try:
                await self._replay()  # first: an event of a call stands before its end
                for call in sorted(self._open):
                    await self._close(call)
                    self._open.discard(call)
            except RecordsFailed as error:
                _log.error("records.not_mended", code=error.code)
                self._due.set()
                pause_s = min(2 * pause_s, self._last_s)
            else:
                _log.warning("records.mended")
                pause_s = self._first_s
            finally:
                self._working = False
