"""HandOvers: brings whoever took a page together with the caller who waits for it. It rings nobody.

A key is pressed on one side and the rows say so on the other, in either order: a caller is told ``acknowledged``
only after the person whose key is being written down was handed over, so that they hear each other and not the
goodbye.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from nightbell.conversation.world import Person, Status

__all__ = ["HandOvers"]

_KEY_S: Final = 5.0
"""How long a caller waits for a person whose key is written down already; it is a message on a socket away."""

Follow = Callable[[str], AsyncIterator[Status]]


@dataclass(slots=True)
class _Page:
    person: Person | None = None
    unmet: Callable[[], None] = lambda: None
    told: bool = False
    """Whether the caller was told that somebody has it, with nobody to hear: they are hearing their last words."""
    keys: int = 0
    """How many have pressed the key and do not know yet who has it."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class HandOvers:
    """The pages that callers of this process wait for."""

    def __init__(self, follow: Follow) -> None:
        """Take what tells where an escalation stands."""
        self._follow = follow
        self._pages: dict[str, _Page] = {}

    def waits(self, escalation: str) -> bool:
        """Tell whether the caller of a page is on the line."""
        return escalation in self._pages

    @contextmanager
    def key(self, escalation: str) -> Iterator[None]:
        """Hold the caller's ``acknowledged`` back while a key is being written down."""
        page = self._pages.get(escalation)
        if page is None:
            yield
            return
        page.keys += 1
        try:
            yield
        finally:
            page.keys -= 1
            page.moved.set()

    def give(self, escalation: str, person: Person, unmet: Callable[[], None]) -> bool:
        """Hand a person over to the caller who waits; False where nobody does, or not any more.

        ``unmet`` is called where the caller goes before they met.
        """
        page = self._pages.get(escalation)
        if page is None or page.person is not None or page.told:
            return False
        page.person, page.unmet = person, unmet
        page.moved.set()
        return True

    async def follow(self, escalation: str) -> AsyncIterator[Status | Person]:
        """Yield what becomes of a page; who took it comes before their ``acknowledged``."""
        page = _Page()
        self._pages[escalation] = page
        try:
            async for status in self._follow(escalation):
                if status == "acknowledged":
                    if (person := await self._handed(page)) is not None:
                        yield person
                    page.told = True
                yield status
        finally:
            if self._pages.get(escalation) is page:
                del self._pages[escalation]
            if page.person is not None:  # they pressed the key as the caller went
                page.unmet()

    @staticmethod
    async def _handed(page: _Page) -> Person | None:
        try:
            async with asyncio.timeout(_KEY_S):
                while page.person is None and page.keys:
                    page.moved.clear()
                    await page.moved.wait()
        except TimeoutError:
            return None
        person, page.person = page.person, None
        return person
