"""LoopWatch: notices when the event loop does not run, while it does not run, and where it stands.

Two halves: a task that wakes every 50 ms and measures how late it is, and a thread that sees when that task has
not woken for too long. What the thread records is the place in our code, never a value. It ends nothing: the
supervisor does, when the loop never comes back.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog

__all__ = ["LoopWatch"]

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 0.05
_DEEPEST: Final = 6
"""Frames of the stack that are recorded, the innermost first."""


class LoopWatch:
    """Watches the loop it is started in."""

    def __init__(
        self,
        *,
        blocked_ms: int,
        lagged: Callable[[float], None] = lambda _: None,
        blocked: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what is told.

        Args:
            blocked_ms: how long the loop may stand still before that is recorded.
            lagged: told how late the loop is, in seconds, 20 times a second.
            blocked: told once for each time that it stood still; from a thread.
        """
        self._limit_s = blocked_ms / 1000
        self._lagged = lagged
        self._blocked = blocked
        self._beaten = time.monotonic()
        self._over = threading.Event()
        self._loop_thread = 0

    async def run(self) -> None:
        """Watch until cancelled."""
        self._loop_thread = threading.get_ident()
        self._beaten = time.monotonic()
        thread = threading.Thread(target=self._look, name="loop-watch", daemon=True)
        thread.start()
        try:
            while True:
                due = time.monotonic() + _EVERY_S
                await asyncio.sleep(_EVERY_S)
                self._beaten = time.monotonic()
                self._lagged(max(self._beaten - due, 0.0))
        finally:
            self._over.set()

    def _look(self) -> None:
        told = 0.0
        while not self._over.wait(self._limit_s / 4):
            beaten = self._beaten
            still_s = time.monotonic() - beaten
            if still_s < self._limit_s + _EVERY_S or told == beaten:
                continue
            told = beaten
            self._blocked()
            place = _place(sys._current_frames().get(self._loop_thread))  # noqa: SLF001 - the documented way to a stack
            _log.error("loop_blocked", blocked_ms=round(still_s * 1000), at=place)


def _place(frame: FrameType | None) -> str:
    """Return where the loop stands: module and line, innermost first; no value of anything."""
    places: list[str] = []
    while frame is not None and len(places) < _DEEPEST:
        places.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(places)
