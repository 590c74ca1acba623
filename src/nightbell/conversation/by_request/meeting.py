"""Meeting: the time in which a caller talks to a person whom the carrier rang: both are in a conference there.

At most one at a time: a second person who took the call is put down. It is the line that such a person is told to
talk to (``line.webhook.legs.Joins``). A carrier asks what comes next when the person leaves; where it does not, or
they left before the caller came in, the caller is fetched back: nobody is left alone in a conference.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, cast

import structlog

from nightbell.errors import NightbellError

if TYPE_CHECKING:
    from nightbell.conversation.by_request.happening import FetchesBack
    from nightbell.conversation.world import Person
    from nightbell.line.port import Line

__all__ = ["Meeting"]

_log = structlog.get_logger(__name__)


class Meeting:
    """One call's."""

    def __init__(self, back: FetchesBack | None = None, *, lost: Callable[[], None] = lambda: None) -> None:
        """Take what fetches a caller back, and who is told where one is gone and nobody told of it."""
        self.room = ""
        """Where the caller is to be; "" for nowhere."""
        self.parted = asyncio.Event()
        self._back = back
        self._lost = lost
        self._sent = ""
        self._over = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, person: Person, *, wanted: bool = True) -> None:
        """Bring the caller together with a person; one too many, or too late, is put down."""
        free = wanted and not self._over and not self._tasks
        if free:
            self.parted.clear()  # here: the caller may be gone before the talk is begun
        task = asyncio.create_task(self._talk(person) if free else person.hang_up(), name="talk")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def join(self, room: str) -> None:
        """See the port."""
        self.room = room

    def sent(self, sid: str) -> None:
        """Take that a caller was told to go to the room; the carrier's id of their call."""
        self._sent = sid

    def part(self) -> None:
        """Take that the caller is not there any more, or never will be."""
        self.room = self._sent = ""
        self.parted.set()

    def end(self) -> None:
        """Take that the call is over: nobody comes to whoever waits, nor to who takes it after this."""
        self._over = True
        self.part()

    async def _talk(self, person: Person) -> None:
        self._sent = ""
        try:
            await person.talk(cast("Line", self))  # it takes what can be joined, and tells of any other line
        except NightbellError as error:
            _log.error("not_connected", code=error.code)
        finally:
            self.room = ""
        await self._fetch_back()

    async def _fetch_back(self) -> None:
        """See the caller out of the room, however often the carrier must be asked."""
        if not self._sent or self._back is None:
            return
        waits_s = self._back.waits_s
        for wait_s in chain(waits_s, repeat(waits_s[-1])):
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self.parted.wait()
            if self.parted.is_set() or not self._sent:
                return
            try:
                if not await self._back.fetch(self._sent):
                    self._lost()
                    return
            except NightbellError as error:
                _log.warning("caller_not_fetched_back", code=error.code)
