"""Records in memory, for tests and rehearsals: the port's contract without a disk, and with faults on request.

It keeps nothing across processes and is no store for real calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordNotFound, RecordsFailed
from nightbell.records.contact import FREQUENT_WINDOW_MS, history_of
from nightbell.records.encoding import effects_from_json, effects_to_json, event_from_json, event_to_json
from nightbell.records.port import (
    APPEND_LIMIT_MS,
    HISTORY_WINDOW_MS,
    CallRecord,
    Entry,
    History,
    Incident,
    Notification,
    OpenCall,
    Page,
    RingBackRow,
)
from nightbell.records.projection import Projection, effect_id, project
from nightbell.terms.disposition import highest
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["MemoryRecords"]

_PROVIDER = "memory"


@dataclass(slots=True)
class _Call:
    record: CallRecord
    session: str
    journal: dict[int, tuple[str, str]] = field(default_factory=dict)


class MemoryRecords:
    """The Records port in a dictionary.

    Set ``failing`` and every append raises RecordsFailed; set ``hanging`` and every append runs into its limit.
    """

    def __init__(self) -> None:
        self.failing = False
        self.hanging = False
        self._calls: dict[str, _Call] = {}
        self._flows: dict[str, tuple[str, str]] = {}

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """See the port."""
        if self.hanging:
            await asyncio.sleep(limit_ms / 1000)
            raise RecordsFailed(f"an event was not durable within {limit_ms} ms", provider=_PROVIDER)
        if self.failing:
            raise RecordsFailed("these records were told to fail", provider=_PROVIDER)
        changes = project(event, effects)
        if changes.opens is not None and event.call not in self._calls:
            opens = changes.opens
            self._calls[event.call] = _Call(
                CallRecord(
                    clinic=opens.clinic,
                    call=opens.call,
                    flow=opens.flow,
                    line=opens.line,
                    caller=opens.caller,
                    called=opens.called,
                    started=Instant(opens.at_utc),
                    last_at=Instant(opens.at_utc),
                ),
                session,
            )
        if event.call not in self._calls:
            raise _refused("an event of a call that was never opened")
        kept = self._calls[event.call]
        written = (event_to_json(event), effects_to_json(effects))
        if event.seq in kept.journal:
            if kept.journal[event.seq] != written:
                raise _refused(f"another event stands under number {event.seq} of this call")
            return
        kept.journal[event.seq] = written
        kept.record = _changed(kept.record, event, changes)
        if event.seq >= kept.record.last_seq:
            kept.record = replace(
                kept.record, last_seq=event.seq, last_at=Instant(event.at_utc), audio_ms=event.audio_ms
            )
            kept.session = session or kept.session

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """See the port."""
        if caller is None:
            return History()
        ago = {
            record.call: (before.ms - record.started.ms, record)
            for record in self._newest_first()
            if record.clinic == clinic and record.caller == caller and record.started.ms < before.ms
        }
        return history_of(
            (record for ms, record in ago.values() if ms <= window_ms),
            in_year=sum(ms <= FREQUENT_WINDOW_MS for ms, _ in ago.values()),
        )

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """See the port."""
        if self.failing:
            raise RecordsFailed("these records were told to fail", provider=_PROVIDER)
        self._flows.setdefault(flow, (clinic, content))

    async def flow(self, flow: str) -> str | None:
        """See the port."""
        return self._flows[flow][1] if flow in self._flows else None

    async def open_calls(self) -> list[OpenCall]:
        """See the port."""
        kept = sorted(self._calls.values(), key=lambda one: (one.record.started, one.record.call))
        return [OpenCall(record=one.record, session=one.session) for one in kept if one.record.closed is None]

    async def call(self, call: str) -> CallRecord:
        """See the port."""
        return self._kept(call).record

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """See the port."""
        return [
            record
            for record in self._newest_first()
            if clinic in (None, record.clinic) and (since is None or record.started >= since)
        ][:limit]

    async def journal(self, call: str) -> list[Entry]:
        """See the port."""
        return [
            Entry(event=event_from_json(event), effects=effects_from_json(effects))
            for _, (event, effects) in sorted(self._kept(call).journal.items())
        ]

    async def incidents(self) -> list[Incident]:
        """See the port."""
        return []

    async def aclose(self) -> None:
        """See the port."""
        self.failing = True

    def _kept(self, call: str) -> _Call:
        try:
            return self._calls[call]
        except KeyError as error:
            raise RecordNotFound("no such call in these records") from error

    def _newest_first(self) -> list[CallRecord]:
        return sorted(
            (kept.record for kept in self._calls.values()),
            key=lambda record: (-record.started.ms, record.call),
        )


def _changed(record: CallRecord, event: Event, changes: Projection) -> CallRecord:
    """Return the record after one event."""
    at = Instant(event.at_utc)
    close = changes.close if record.closed is None else None
    made = changes.promise
    return replace(
        record,
        spoke=record.spoke or changes.spoke,
        screened=record.screened or changes.screened,
        product=record.product if changes.product is None else changes.product,
        frequent=record.frequent or changes.frequent,
        floor=highest(record.floor, changes.floor),
        next_effect=max(record.next_effect, changes.next_effect),
        closed=at if close else record.closed,
        disposition=close.disposition if close else record.disposition,
        reason=close.reason if close else record.reason,
        end_state=close.state if close else record.end_state,
        promise=record.promise
        if made is None
        else Promise(
            who=made.who, from_number=made.from_number, by=Instant(made.by_utc), by_spoken=made.by_spoken
        ),
        pages=_pages(record, at, changes),
        ring_backs=record.ring_backs
        + tuple(
            RingBackRow(
                id=effect_id(event.call, effect.n),
                n=effect.n,
                times=effect.times,
                within_ms=effect.within_ms,
                then=effect.then,
                number=effect.number,
                at=at,
            )
            for effect in changes.ring_backs
        ),
        notifications=_notifications(record, at, changes),
    )


def _pages(record: CallRecord, at: Instant, changes: Projection) -> tuple[Page, ...]:
    """Return the pages after one event, the new ones and the changed one among them."""
    pages = record.pages + tuple(
        Page(
            id=effect_id(effect.call, effect.n),
            n=effect.n,
            disposition=effect.disposition,
            state=effect.state,
            question=effect.question,
            row=effect.row,
            at=at,
            status="recorded",
            treating=effect.treating,
            route=effect.route,
        )
        for effect in changes.pages
    )
    if (found := changes.treated) is not None:
        pages = tuple(replace(page, treating=found.treating, route=found.route) for page in pages)
    changed = changes.page_changed
    if changed is None:
        return pages
    return tuple(replace(page, status=changed.status) if page.n == changed.effect else page for page in pages)


def _notifications(record: CallRecord, at: Instant, changes: Projection) -> tuple[Notification, ...]:
    """Return the notifications after one event."""
    noted = record.notifications + tuple(
        Notification(
            id=effect_id(effect.call, effect.n),
            n=effect.n,
            channel=effect.channel,
            template=effect.template,
            number=effect.number,
            at=at,
            ok=None,
        )
        for effect in changes.notifications
    )
    told = changes.notified
    if told is None:
        return noted
    return tuple(replace(one, ok=told.ok) if one.n == told.effect else one for one in noted)


def _refused(message: str) -> RecordsFailed:
    failure = RecordsFailed(message, provider=_PROVIDER)
    failure.again = False
    return failure
