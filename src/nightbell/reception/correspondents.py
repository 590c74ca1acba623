"""Correspondents: the calls that go by requests, from the first one to the end of their records.

It finds a call's correspondence by what the carrier calls it, also one that another process began; ends those
whose carrier asks no more; and remembers those that are over: a late request starts nothing. It rings nobody.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import structlog

from nightbell.conversation.by_request.correspondence import Correspondence
from nightbell.conversation.by_request.saying import LINE
from nightbell.errors import NightbellError, WebhookRefused
from nightbell.line.webhook.asked import BEGINNING, Asked
from nightbell.line.webhook.reply import Reply
from nightbell.reception.reception import mark_of

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.conversation.by_request.happening import Parts
    from nightbell.line.webhook.reply import Sound
    from nightbell.reception.directory import Entry
    from nightbell.reception.messages import Messages
    from nightbell.reception.port import Ring
    from nightbell.reception.reception import Reception
    from nightbell.records.port import CallRecord, OpenCall, Records

__all__ = ["SPARED_MS", "Correspondents", "is_spared"]

_log = structlog.get_logger(__name__)

SPARED_MS: Final = 300_000
"""How long after its last event a call by requests may go on in another process: the longest message, and more."""
_ASKS_S: Final = 90.0
"""How soon after a start the carrier of a call that was found open must ask."""
_GRACE_S: Final = 30.0
"""How much later than it should a carrier may ask: a round trip, and its own retries."""
_LOOK_S: Final = 2.0
_ANSWERED_S: Final = 120.0
"""How long a call that is over is kept whole: its last answer may be asked for again."""
_PAST: Final = 10_000
"""Calls that are over and still known."""
_LATELY: Final = 200
"""Of those, how many are known after a start."""


def is_spared(record: CallRecord, now_ms: int) -> bool:
    """Tell whether a call that is found open at the start may go on: its carrier only asks now and then."""
    return record.line == LINE and now_ms - record.last_at.ms <= SPARED_MS


@dataclass(slots=True, eq=False)
class _Kept:
    call: Correspondence
    asked_s: float = 0.0
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
        parts: Callable[[str, str, Entry | None], Awaitable[Parts | None]],
        close: Callable[[str], Awaitable[None]],
        messages: Messages | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take who decides.

        Args:
            reception: whether one more call is taken, and which clinic's it is.
            records: where calls of another process stand.
            parts: clinic, flow version, and the clinic's entry for a new call, to what its calls are made of.
            close: closes a call's record as interrupted.
            messages: fetch what callers left with the carrier.
            clock: gives seconds that do not run backwards.
        """
        self._reception = reception
        self._records = records
        self._parts = parts
        self._close = close
        self._messages = messages
        self._sealing: set[asyncio.Task[None]] = set()
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        """By what the carrier calls them."""
        self._waiting: dict[str, OpenCall] = {}
        """Calls of another process, by the mark of what the carrier calls them."""
        self._ended: set[str] = set()
        """The same of those that another process ended: an answer may not have reached their carrier."""
        self._until = 0.0
        self._past: OrderedDict[str, None] = OrderedDict()
        self._finding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """One at a time for one call; nobody waits for another call's slow world."""

    async def adopt(self) -> None:
        """Wait for the carriers of calls that another process held, and know those that it ended."""
        self._until = self._clock() + _ASKS_S
        try:
            lately, open_calls = await self._records.calls(limit=_LATELY), await self._records.open_calls()
        except NightbellError as error:
            _log.error("calls_by_request_not_found", code=error.code)
            return
        for record in lately:
            if record.line == LINE and record.reason not in {None, "interrupted"}:
                self._ended.add(record.call.rpartition("-")[2])
        for waiting in open_calls:
            if waiting.record.line == LINE:
                self._waiting[waiting.record.call.rpartition("-")[2]] = waiting
                self._reception.by_request.add(waiting.record.call)
        if self._waiting:
            _log.warning("calls_by_request_found", calls=len(self._waiting))

    def knows(self, sid: str) -> bool:
        """See the port."""
        return sid in self._kept or self._is_past(sid) or mark_of(sid) in self._waiting

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

    async def hung_up(self, sid: str) -> None:
        """See the port."""
        async with self._one(sid):
            kept = await self._find(sid)
        if kept is not None:
            await kept.call.hung_up()
            await self._over(kept)

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
            elif not kept.over_s and now - kept.asked_s > kept.call.wait_s + _GRACE_S:
                _log.warning("carrier_asks_no_more", call=kept.call.call)
                await kept.call.hung_up()
                await self._over(kept)
        if self._waiting and now > self._until:
            lost, self._waiting = self._waiting, {}
            for waiting in lost.values():
                _log.warning("carrier_did_not_ask", call=waiting.record.call)
                self._reception.by_request.discard(waiting.record.call)
                await self._close(waiting.record.call)

    def _one(self, sid: str) -> asyncio.Lock:
        return self._finding.setdefault(sid, asyncio.Lock())

    def _is_past(self, sid: str) -> bool:
        return sid in self._past or mark_of(sid) in self._ended

    async def _ask(self, kept: _Kept, asked: Asked) -> Reply:
        reply = await kept.call.ask(asked)
        kept.asked_s = self._clock()
        if kept.call.over:
            await self._over(kept)
        return reply

    async def _begin(self, ring: Ring) -> _Kept | int:
        entry = self._reception.admits(ring)
        if isinstance(entry, int):
            return entry
        flow = entry.flow
        parts = None
        try:
            parts = await self._parts(flow.clinic.name, flow.hash, entry)
        except Exception as error:  # noqa: BLE001 - the place that was taken for the call is given back
            _log.error("call_not_begun", error=type(error).__name__)
        if parts is None:
            self._reception.leaves("")
            return 503
        now = datetime.now(UTC)
        call = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}-{mark_of(ring.id)}"
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
        waiting = self._waiting.pop(mark_of(sid), None) if kept is None else None
        if waiting is None:
            return kept
        record = waiting.record
        try:
            found = await self._resumed(waiting)
        except Exception as error:  # noqa: BLE001 - it is closed and paged: nobody else would find it again
            _log.error("call_not_resumed", call=record.call, error=type(error).__name__)
            self._reception.by_request.discard(record.call)
            await self._close(record.call)
            return None
        _log.warning("call_resumed", call=record.call)
        self._reception.resumes()
        kept = self._kept[sid] = _Kept(found, asked_s=self._clock())
        return kept

    async def _resumed(self, waiting: OpenCall) -> Correspondence:
        record = waiting.record
        parts = await self._parts(record.clinic, record.flow, None)
        if parts is None:
            raise WebhookRefused("the flow of a call is not here any more", provider=LINE, status=410)
        journal = await self._records.journal(record.call)
        return await Correspondence.resume(record.call, parts, waiting.session, record.started, journal)

    async def _over(self, kept: _Kept) -> None:
        async with kept.lock:
            if kept.over_s:
                return
            kept.over_s = self._clock()
            if kept.call.collapsed:
                await self._close(kept.call.call)
        self._reception.leaves(kept.call.call, kept.call.disposition or "DU")
        if self._messages is not None:
            task = asyncio.create_task(self._messages.over(kept.call.call), name="seal")
            self._sealing.add(task)
            task.add_done_callback(self._sealing.discard)
        _log.info("call_ended", call=kept.call.call, disposition=kept.call.disposition, line=LINE)
