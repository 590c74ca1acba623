"""Bells: wake whoever waits for one escalation. A bell that rings before anybody waits is not lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

__all__ = ["Bells"]


@dataclass(slots=True)
class Bells:
    """One event for each escalation that somebody works on."""

    _bells: dict[str, asyncio.Event] = field(default_factory=dict)

    def hang(self, name: str) -> None:
        """Begin to keep a bell; its rings count from here on."""
        self._bells.setdefault(name, asyncio.Event())

    def take_down(self, name: str) -> None:
        """Forget a bell."""
        self._bells.pop(name, None)

    def ring(self, name: str) -> None:
        """Wake who waits; nobody there is no fault."""
        if name in self._bells:
            self._bells[name].set()

    def ring_all(self) -> None:
        """Wake everybody, as when a rota changed."""
        for bell in self._bells.values():
            bell.set()

    async def wait(self, name: str, seconds: float) -> bool:
        """Wait for a ring, so many seconds at most; tell whether it rang."""
        bell = self._bells[name]
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return False
        finally:
            bell.clear()
        return True
