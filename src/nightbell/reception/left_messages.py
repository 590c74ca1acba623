"""LeftMessages: messages that are still at the carrier are found and fetched, whoever failed to tell of them.

A carrier tells of a recording twice, by the request after it and by a callback; neither may come, and the process
that took it may have died. So, where a message was recorded lately, the carrier is asked what it has, at the
start and then every ten minutes: what belongs to a call of ours is fetched, or deleted where its caller declined.
What is of no call of ours is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from nightbell.call.effects import Keep, RecordMessage
from nightbell.call.events import MessageRecorded
from nightbell.conversation.by_request.saying import LINE
from nightbell.errors import NightbellError, RecordNotFound
from nightbell.reception.again import Again
from nightbell.reception.call_id import mark_in, mark_of
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.line.webhook.rest import Listed
    from nightbell.reception.messages import Messages
    from nightbell.records.port import Entry, Records

__all__ = ["LeftMessages"]

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 600.0
_FIRST_AGAIN_S: Final = 10.0
"""After a carrier or records that did not answer; doubled each time, up to every ten minutes."""
_BACK_MS: Final = 3 * 24 * 3_600_000
"""How far back it is looked: a weekend without the line."""
_CALLS: Final = 2_000
_SLACK_MS: Final = 3_000
"""How much earlier than our event a carrier may say that a recording began: two clocks."""


class Lists(Protocol):
    """Tells what a carrier recorded; ``line.webhook.rest.CarrierRest`` is one."""

    async def recordings(self, since: Instant) -> list[Listed]:
        """Return the finished recordings since a day. Raises LineFailed."""


class LeftMessages:
    """One account's."""

    def __init__(
        self,
        source: Lists,
        records: Records,
        messages: Messages,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], Instant] = lambda: Instant(time.time_ns() // 1_000_000),
    ) -> None:
        """Take who knows.

        Args:
            source: the carrier.
            records: tell whose call it was, and whether the caller declined.
            messages: fetch.
            clock: gives seconds that do not run backwards.
            now: gives the time.
        """
        self._source = source
        self._records = records
        self._messages = messages
        self._clock = clock
        self._now = now
        self._again = Again(_FIRST_AGAIN_S, _EVERY_S)
        self._nothing: set[str] = set()
        """Calls that are over and left nothing there."""

    async def told(self, call: str, sid: str, at_ms: int) -> None:
        """Take that the carrier has a message of a call, which began at a place in it."""
        try:
            journal = await self._records.journal(call)
        except RecordNotFound:
            _log.warning("message_of_no_call", call=call)
        except NightbellError as error:  # it is found once the records answer
            _log.error("message_not_placed", call=call, code=error.code)
        else:
            self._take(call, sid, at_ms, journal)

    async def patrol(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the watch goes on, whatever a carrier answered
                _log.error("left_messages_not_looked_for", error=type(error).__name__)
            await asyncio.sleep(_FIRST_AGAIN_S)

    async def look(self) -> None:
        """Ask the carrier what it has, when it is time to."""
        if not self._again.is_due(self._clock()):
            return
        since = self._now().plus(ms=-_BACK_MS)
        try:
            await self._find(since)
        except NightbellError as error:
            _log.warning("left_messages_not_looked_for", code=error.code)
            self._again.failed(self._clock())
        else:
            self._again.went_well(self._clock(), next_in_s=_EVERY_S)

    async def _find(self, since: Instant) -> None:
        lately = [each for each in await self._records.calls(since=since, limit=_CALLS) if each.line == LINE]
        self._nothing &= {record.call for record in lately}
        ours: dict[str, tuple[str, Sequence[Entry]]] = {}
        for record in lately:
            if record.call in self._nothing:
                continue
            journal = await self._records.journal(record.call)
            if _was_recorded(journal):
                ours[mark_in(record.call)] = record.call, journal
            elif record.closed is not None:
                self._nothing.add(record.call)
        for each in await self._source.recordings(since) if ours else ():
            if (mark := mark_of(each.call)) in ours:
                call, happened = ours[mark]
                self._take(call, each.sid, _place(happened, each.at), happened)

    def _take(self, call: str, sid: str, at_ms: int, journal: Sequence[Entry]) -> None:
        wanted = [effect for entry in journal for effect in entry.effects]
        declined = any(isinstance(effect, Keep) and effect.forget for effect in wanted)
        self._messages.take(journal[0].event.clinic, call, sid, at_ms, keep=not declined)


def _was_recorded(journal: Sequence[Entry]) -> bool:
    """Tell whether a message may have been recorded: one that was taken down in words was not."""
    wanted = [effect for entry in journal for effect in entry.effects]
    kept = {effect.n for effect in wanted if isinstance(effect, RecordMessage) and effect.keep}
    events = [entry.event for entry in journal]
    return bool(kept - {event.effect for event in events if isinstance(event, MessageRecorded) and event.text})


def _place(journal: Sequence[Entry], at: Instant) -> int:
    """Return where in its call a recording began: at the last message that was asked for by then."""
    asked = [
        entry.event for entry in journal if any(isinstance(effect, RecordMessage) for effect in entry.effects)
    ]
    before = [event for event in asked if event.at_utc <= at.ms + _SLACK_MS] or asked[:1]
    return before[-1].audio_ms if before else 0
