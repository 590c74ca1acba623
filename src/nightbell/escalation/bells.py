"""Bells: wake whoever waits for one escalation. A bell that rings before anybody waits is not lost.

Who waits says what by: the last entry it read and when it is due. One look at all rows finds who would wait too
long - another process wrote, or the timer slept while the machine was suspended - so that ten thousand who wait
need not each read their own row again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Bells"]


@dataclass(slots=True)
class Bells:
    """One event for each escalation that somebody works on."""

    _bells: dict[str, asyncio.Event] = field(default_factory=dict)
    _by: dict[str, tuple[int, int]] = field(default_factory=dict)

    def hang(self, name: str) -> None:
        """Begin to keep a bell; its rings count from here on."""
        self._bells.setdefault(name, asyncio.Event())

    def take_down(self, name: str) -> None:
        """Forget a bell."""
        self._bells.pop(name, None)
        self._by.pop(name, None)

    def ring(self, name: str) -> None:
        """Wake who waits; nobody there is no fault."""
        if name in self._bells:
            self._bells[name].set()

    def ring_all(self) -> None:
        """Wake everybody, as when a rota changed."""
        for bell in self._bells.values():
            bell.set()

    def ring_changed(self, rows: Mapping[str, tuple[int, int]], now_ms: int) -> None:
        """Wake whoever waits by something else than its row says, and whoever is due.

        Args:
            rows: name to the number of its last entry and when it is due.
            now_ms: the ladder's time.
        """
        for name, by in self._by.items():
            row = rows.get(name)
            if row is not None and (row != by or row[1] <= now_ms):
                self._bells[name].set()

    async def wait(self, name: str, seconds: float, *, by: tuple[int, int]) -> bool:
        """Wait for a ring, so many seconds at most; tell whether it rang.

        Args:
            name: of the escalation.
            seconds: at most.
            by: the number of its last entry and when it is due, as they were read.
        """
        bell, self._by[name] = self._bells[name], by
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return False
        finally:
            bell.clear()
            self._by.pop(name, None)
        return True
