"""Correspondents: the calls that go by requests, from the first one to the end of their records.

It finds a call's correspondence by what the carrier calls it, also one that another process began (``adoption``);
ends those whose carrier asks no more; and remembers those that are over: a late request starts nothing. It rings
nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import structlog

from nightbell.conversation.by_request.correspondence import Correspondence
from nightbell.conversation.by_request.saying import LINE
from nightbell.errors import NightbellError, WebhookRefused
from nightbell.line.webhook.asked import BEGINNING, Asked, Recorded
from nightbell.line.webhook.reply import Reply
from nightbell.reception.adoption import Adoption
from nightbell.reception.call_id import new_call_id

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.conversation.by_request.happening import Parts
    from nightbell.line.webhook.reply import Sound
    from nightbell.reception.adoption import Alive
    from nightbell.reception.directory import Entry
    from nightbell.reception.left_messages import LeftMessages
    from nightbell.reception.port import Ring
    from nightbell.reception.reception import Reception
    from nightbell.reception.request_meter import Ended
    from nightbell.records.port import Entry as Line
    from nightbell.records.port import OpenCall, Records

__all__ = ["Correspondents"]

_log = structlog.get_logger(__name__)

_GRACE_S: Final = 30.0
"""How much later than it should a carrier may ask: a round trip, and its own retries."""
_LOOK_S: Final = 2.0
_ANSWERED_S: Final = 120.0
"""How long a call that is over is kept whole: its last answer may be asked for again."""
_PAST: Final = 10_000
"""Calls that are over and still known."""
_TELLS_S: Final = 6.0
"""How long a caller who hung up into a message is kept, until the carrier told of it."""
_READS_S: Final = (0.2, 0.6, 1.5)
"""Before each further try to read a call of another process; its carrier waits for an answer meanwhile."""


@dataclass(slots=True, eq=False)
class _Kept:
    call: Correspondence
    asked_s: float = 0.0
    gone_s: float = 0.0
    """When its caller was gone, and a message was still waited for; 0 before."""
    over_s: float = 0.0
    """When it was over; 0 before."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Correspondents:
    """One process's calls by requests; the Calls port of ``line.webhook``."""

    def __init__(
        self,
        reception: Reception,
        records: Records,
        *,
        parts: Callable[[str, str, Entry | None, Ring | None], Awaitable[Parts | None]],
        close: Callable[[str], Awaitable[None]],
        left: LeftMessages | None = None,
        alive: Alive | None = None,
        ended: Callable[[str, Ended], None] = lambda *_: None,
        reads_s: Sequence[float] = _READS_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take who decides.

        Args:
            reception: whether one more call is taken, and which clinic's it is.
            records: where calls of another process stand.
            parts: clinic, flow version, and of a new call the clinic's entry and what rings, to its parts.
            close: closes a call's record as interrupted.
            left: takes what the carrier tells of messages.
            alive: asks the carrier which calls it has.
            ended: told of each call's disposition, and of who ended it.
            reads_s: waits before each further try to read a call of another process.
            clock: gives seconds that do not run backwards.
        """
        self._reception = reception
        self._records = records
        self._parts = parts
        self._close = close
        self._left = left
        self._ended = ended
        self._reads_s = tuple(reads_s)
        self._clock = clock
        self._adoption = Adoption(records, close=close, live=reception.by_request, alive=alive, clock=clock)
        self._kept: dict[str, _Kept] = {}
        """By what the carrier calls them."""
        self._past: OrderedDict[str, None] = OrderedDict()
        self._finding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """One at a time for one call; nobody waits for another call's slow world."""

    async def adopt(self) -> None:
        """Wait for the carriers of calls that another process held, and know those that it ended."""
        await self._adoption.begin()

    def knows(self, sid: str) -> bool:
        """See the port."""
        return sid in self._kept or self._is_past(sid) or self._adoption.waits(sid)

    async def begin(self, ring: Ring) -> Reply | int:
        """See the port."""
        first = Asked(sid=ring.id, at=BEGINNING)
        async with self._one(ring.id):
            kept = await self._find(ring.id)
            if kept is None and self._is_past(ring.id):
                return Reply(at=0, take="end")
            if kept is None:
                made = await self._begin(ring)
                if isinstance(made, int):
                    return made
                kept = made
        return await self._ask(kept, first)

    async def ask(self, asked: Asked) -> Reply | None:
        """See the port."""
        async with self._one(asked.sid):
            kept = await self._find(asked.sid)
        if kept is None:
            return Reply(at=0, take="end") if self._is_past(asked.sid) else None
        return await self._ask(kept, asked)

    async def said(self, asked: Asked) -> None:
        """See the port."""
        kept = self._kept.get(asked.sid)
        if kept is not None:
            kept.call.said(asked)

    async def recorded(self, message: Recorded) -> None:
        """See the port."""
        kept = next((kept for kept in self._kept.values() if kept.call.call == message.call), None)
        if kept is not None:
            kept.call.told(message.at_ms, message.lasted_s)
        if self._left is not None and message.sid:
            await self._left.told(message.call, message.sid, message.at_ms)
        if kept is not None and kept.gone_s:
            await self._end(kept)

    async def back(self, sid: str) -> Reply | None:
        """See the port."""
        async with self._one(sid):
            kept = await self._find(sid)
        if kept is None:
            return Reply(at=0, take="end") if self._is_past(sid) else None
        return await self._answered(kept, kept.call.back(sid), "line")

    async def hung_up(self, sid: str) -> None:
        """See the port."""
        async with self._one(sid):
            kept = await self._find(sid)
        if kept is not None and kept.call.awaits:
            kept.gone_s = kept.gone_s or self._clock()
        elif kept is not None:
            await self._end(kept)

    async def sound(self, sound: Sound) -> Samples:
        """See the port."""
        found = next((kept for kept in self._kept.values() if kept.call.call == sound.call), None)
        if found is None:
            raise WebhookRefused("no call of ours", provider=LINE, status=410)
        return await found.call.sound(sound.number)

    async def patrol(self) -> None:
        """End what nobody asks about any more, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - one call's fault must not end the watch over the others
                _log.error("call_not_ended", error=type(error).__name__)

    async def look(self) -> None:
        """End what is overdue, and forget what is long over."""
        now = self._clock()
        for sid, kept in tuple(self._kept.items()):
            if kept.over_s and now - kept.over_s > _ANSWERED_S:
                del self._kept[sid]
                self._past[sid] = None
                if len(self._past) > _PAST:
                    self._past.popitem(last=False)
            elif kept.over_s:
                continue
            elif kept.gone_s and now - kept.gone_s > _TELLS_S:
                _log.warning("message_not_told", call=kept.call.call)  # it is found at the carrier
                await self._end(kept)
            elif now - kept.asked_s > kept.call.wait_s + _GRACE_S:
                _log.warning("carrier_asks_no_more", call=kept.call.call)
                await self._end(kept, "lost")
        await self._adoption.look()

    def _one(self, sid: str) -> asyncio.Lock:
        return self._finding.setdefault(sid, asyncio.Lock())

    def _is_past(self, sid: str) -> bool:
        return sid in self._past or self._adoption.ended(sid)

    async def _end(self, kept: _Kept, by: Ended = "caller") -> None:
        """Take that the caller is gone; safe to repeat."""
        await kept.call.hung_up()
        await self._over(kept, by)

    async def _ask(self, kept: _Kept, asked: Asked) -> Reply:
        return await self._answered(kept, kept.call.ask(asked), "caller" if asked.gone else "line")

    async def _answered(self, kept: _Kept, asking: Awaitable[Reply], by: Ended) -> Reply:
        reply = await asking
        kept.asked_s = self._clock()
        if kept.call.over:
            await self._over(kept, by)
        return reply

    async def _begin(self, ring: Ring) -> _Kept | int:
        entry = self._reception.admits(ring)
        if isinstance(entry, int):
            return entry
        flow = entry.flow
        parts = None
        try:
            parts = await self._parts(flow.clinic.name, flow.hash, entry, ring)
        except Exception as error:  # noqa: BLE001 - the place that was taken for the call is given back
            _log.error("call_not_begun", error=type(error).__name__)
        if parts is None:
            self._reception.leaves("")
            return 503
        call = new_call_id(ring.id)
        self._reception.by_request.add(call)
        began = await Correspondence.begin(
            call, parts, caller=entry.caller(ring.caller), called=flow.clinic.number
        )
        _log.info("call_began", call=call, clinic=flow.clinic.name, line=LINE)
        kept = self._kept[ring.id] = _Kept(began, asked_s=self._clock())
        return kept

    async def _find(self, sid: str) -> _Kept | None:
        """Return a call; one of another process goes on here."""
        kept = self._kept.get(sid)
        if kept is None:
            await self._adoption.begin()
        waiting = self._adoption.take(sid) if kept is None else None
        if waiting is None:
            return kept
        record = waiting.record
        try:
            found = await self._resumed(waiting)
        except Exception as error:  # noqa: BLE001 - it is closed and paged: nobody else would find it again
            _log.error("call_not_resumed", call=record.call, error=type(error).__name__)
            await self._adoption.lost(waiting)
            return None
        _log.warning("call_resumed", call=record.call)
        self._reception.resumes()
        kept = self._kept[sid] = _Kept(found, asked_s=self._clock())
        return kept

    async def _resumed(self, waiting: OpenCall) -> Correspondence:
        record = waiting.record
        parts = await self._parts(record.clinic, record.flow, None, None)
        if parts is None:
            raise WebhookRefused("the flow of a call is not here any more", provider=LINE, status=410)
        journal = await self._journal(record.call)
        return await Correspondence.resume(record.call, parts, waiting.session, record.started, journal)

    async def _journal(self, call: str) -> Sequence[Line]:
        for wait_s in self._reads_s:
            try:
                return await self._records.journal(call)
            except NightbellError as error:
                _log.warning("journal_not_read", call=call, code=error.code)
            await asyncio.sleep(wait_s)
        return await self._records.journal(call)

    async def _over(self, kept: _Kept, by: Ended) -> None:
        async with kept.lock:
            if kept.over_s:
                return
            kept.over_s = self._clock()
            if kept.call.collapsed:
                await self._close(kept.call.call)
        self._reception.leaves(kept.call.call, kept.call.disposition or "DU")
        self._ended(kept.call.disposition or "DU", "fault" if kept.call.collapsed else by)
        _log.info("call_ended", call=kept.call.call, disposition=kept.call.disposition, line=LINE)
