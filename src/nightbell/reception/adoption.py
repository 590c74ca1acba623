"""Adoption: the calls by requests that another process held, until their carriers ask here, or do not.

A carrier only asks now and then, so nothing tells at once whether such a call still lives: a caller may talk to
who took the page, or leave a message. One whose carrier does not ask in time, and does not have it any more when
asked, is closed as interrupted, and paged; a carrier that does not answer has a few tries. Records that do not
answer are asked again, ever more seldom: until they do, such calls are in nobody's care.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from nightbell.conversation.by_request.saying import LINE
from nightbell.errors import NightbellError
from nightbell.reception.again import Again
from nightbell.reception.call_id import mark_in, mark_of

if TYPE_CHECKING:
    from nightbell.records.port import CallRecord, OpenCall, Records

__all__ = ["SPARED_MS", "Adoption", "Alive", "is_spared"]

Alive: TypeAlias = Callable[[], Awaitable[set[str]]]

_log = structlog.get_logger(__name__)

SPARED_MS: Final = 300_000
"""How long after its last event a call by requests may go on in another process: the longest message, and more."""
_TAKEN_MS: Final = 4 * 3_600_000
"""The same for a call that a person took: the longest talk."""
_LOOK_S: Final = 60.0
"""How often a carrier is asked about calls that it still has."""
_TRIES: Final = 5
"""How often a carrier that does not answer is asked, before its calls count as lost."""
_ASKS_S: Final = 90.0
"""How soon after a start the carrier of a call that was found open must ask."""
_LATELY: Final = 200
"""Calls that are over, and are known after a start."""
_FIRST_AGAIN_S: Final = 1.0
_LAST_AGAIN_S: Final = 60.0
"""Between two tries: doubled each time, and no longer than this."""


def is_spared(record: CallRecord, now_ms: int) -> bool:
    """Tell whether a call that is found open at the start may go on: its carrier only asks now and then."""
    taken = any(page.status == "acknowledged" for page in record.pages)
    return record.line == LINE and now_ms - record.last_at.ms <= (_TAKEN_MS if taken else SPARED_MS)


class Adoption:
    """What one process found."""

    def __init__(
        self,
        records: Records,
        *,
        close: Callable[[str], Awaitable[None]],
        live: set[str],
        alive: Alive | None,
        clock: Callable[[], float],
    ) -> None:
        """Take where they stand.

        Args:
            records: tell what was left open.
            close: closes a call's record as interrupted.
            live: the calls that count as being on the line; those that wait are among them.
            alive: asks the carrier which calls it has, by its own ids; it may raise. None knows of none.
            clock: gives seconds that do not run backwards.
        """
        self._records = records
        self._close = close
        self._live = live
        self._alive = alive
        self._tries = 0
        self._clock = clock
        self._waiting: dict[str, OpenCall] = {}
        """By the mark of what the carrier calls them."""
        self._ended: set[str] = set()
        """The same of those that another process ended: an answer may not have reached their carrier."""
        self._until = 0.0
        self._known = False
        self._again = Again(_FIRST_AGAIN_S, _LAST_AGAIN_S)

    async def begin(self) -> None:
        """Look what was left open, if that is not known yet; records that fail are asked again later."""
        if self._known or not self._again.is_due(self._clock()):
            return
        try:
            lately, open_calls = await self._records.calls(limit=_LATELY), await self._records.open_calls()
        except NightbellError as error:
            _log.error("calls_by_request_not_found", code=error.code)
            self._again.failed(self._clock())
            return
        self._known, now = True, self._clock()
        self._again.went_well(now)
        self._until = now + _ASKS_S
        for record in lately:
            if record.line == LINE and record.reason not in {None, "interrupted"}:
                self._ended.add(mark_in(record.call))
        for waiting in open_calls:
            call = waiting.record.call
            if waiting.record.line == LINE and call not in self._live:  # else it began here meanwhile
                self._waiting[mark_in(call)] = waiting
                self._live.add(call)
        if self._waiting:
            _log.warning("calls_by_request_found", calls=len(self._waiting))

    def waits(self, sid: str) -> bool:
        """Tell whether a call of a carrier is waited for."""
        return mark_of(sid) in self._waiting

    def ended(self, sid: str) -> bool:
        """Tell whether another process ended a call of a carrier."""
        return mark_of(sid) in self._ended

    def take(self, sid: str) -> OpenCall | None:
        """Give a call to whoever goes on with it; None where none waits."""
        return self._waiting.pop(mark_of(sid), None)

    async def lost(self, waiting: OpenCall) -> bool:
        """Close a call that nobody can go on with; tell whether it is. Records that fail are asked again later."""
        call = waiting.record.call
        try:
            await self._close(call)
        except Exception as error:  # noqa: BLE001 - it stays in our care until it is closed, and paged
            _log.error("call_not_closed", call=call, error=type(error).__name__)
            self._waiting[mark_in(call)] = waiting
            self._again.failed(self._clock())
            return False
        self._live.discard(call)
        return True

    async def look(self) -> None:
        """Find what was not found yet, and close those whose carrier did not ask."""
        await self.begin()
        now = self._clock()
        if not self._waiting or now <= self._until or not self._again.is_due(now):
            return
        there = await self._there()
        if there is None:
            return
        closed = True
        for mark, waiting in tuple(self._waiting.items()):
            if mark not in there and mark in self._waiting:  # else it asked while we did
                _log.warning("carrier_did_not_ask", call=waiting.record.call)
                del self._waiting[mark]
                closed = await self.lost(waiting) and closed
        if closed:
            self._until = now + _LOOK_S  # the others are at their carrier

    async def _there(self) -> set[str] | None:
        """Return the marks of the calls that the carrier still has; None where it is asked again."""
        if self._alive is None:
            return set()
        self._tries += 1
        try:
            sids = await self._alive()
        except NightbellError as error:
            _log.warning("carrier_not_asked", code=error.code)
            if self._tries < _TRIES:
                self._again.failed(self._clock())
                return None
            sids = set()  # nobody knows: a person looks after them
        else:
            self._again.went_well(self._clock())
        self._tries = 0
        return {mark_of(sid) for sid in sids}
