"""Reading: rows of any database as the records' own values. It asks no database and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nightbell.records.port import CallRecord, Notification, Page, RingBackRow
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["call_record", "notification", "page", "promise", "ring_back"]


def call_record(
    row: Mapping[str, Any],
    *,
    made: Promise | None = None,
    of_pages: Sequence[Page] = (),
    of_ring_backs: Sequence[RingBackRow] = (),
    of_notifications: Sequence[Notification] = (),
) -> CallRecord:
    """Read a row of ``calls``."""
    closed = row["closed_utc"]
    return CallRecord(
        clinic=row["clinic"],
        call=row["call"],
        flow=row["flow"],
        line=row["line"],
        caller=row["caller"],
        called=row["called"],
        started=Instant(row["started_utc"]),
        closed=None if closed is None else Instant(closed),
        disposition=None if row["disposition"] is None else Disposition(row["disposition"]),
        floor=None if row["floor"] is None else Disposition(row["floor"]),
        end_state=row["end_state"],
        reason=row["reason"],
        spoke=bool(row["spoke"]),
        screened=bool(row["screened"]),
        product=row["product"],
        frequent=bool(row["frequent"]),
        last_seq=row["last_seq"],
        last_at=Instant(row["last_utc"]),
        audio_ms=row["audio_ms"],
        next_effect=row["next_effect"],
        promise=made,
        pages=tuple(of_pages),
        ring_backs=tuple(of_ring_backs),
        notifications=tuple(of_notifications),
    )


def page(row: Mapping[str, Any]) -> Page:
    """Read a row of ``pages``."""
    return Page(
        id=row["id"],
        n=row["n"],
        disposition=Disposition(row["disposition"]),
        state=row["state"],
        question=row["question"],
        row=row["triage_row"],
        at=Instant(row["at_utc"]),
        status=row["status"],
        treating=row["treating"],
        route=tuple(row["route"].split()),
    )


def ring_back(row: Mapping[str, Any]) -> RingBackRow:
    """Read a row of ``ring_backs``."""
    return RingBackRow(
        id=row["id"],
        n=row["n"],
        times=row["times"],
        within_ms=row["within_ms"],
        then=row["then_do"],
        number=row["number"],
        at=Instant(row["at_utc"]),
    )


def notification(row: Mapping[str, Any]) -> Notification:
    """Read a row of ``notifications``."""
    return Notification(
        id=row["id"],
        n=row["n"],
        channel=row["channel"],
        template=row["template"],
        number=row["number"],
        at=Instant(row["at_utc"]),
        ok=None if row["ok"] is None else bool(row["ok"]),
    )


def promise(row: Mapping[str, Any]) -> Promise:
    """Read a row of ``promises``."""
    return Promise(
        who=row["who"],
        from_number=row["from_number"],
        by=Instant(row["by_utc"]),
        by_spoken=row["by_spoken"],
    )
