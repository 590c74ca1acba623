"""How call records are shown by `nightbell calls` and `nightbell call`: local time, masked numbers, JSON fields.

It reads nothing and decides nothing; caller numbers never leave here whole.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.text import Text

from nightbell.records.port import CallRecord, Records
from nightbell.settings import Settings
from nightbell.terms.instant import Instant
from nightbell.terms.masking import masked

__all__ = ["RECORDS_NAME", "as_json", "cell", "local", "outcome", "records_in", "who", "zone_of"]

RECORDS_NAME: Final = "records.sqlite3"
"""File of a rehearsal's records in its report folder."""


def records_in(settings: Settings, report: Path | None) -> str:
    """Return the address of the records to read: the line's own, or those of a rehearsal's report folder."""
    return settings.records_url if report is None else f"sqlite+aiosqlite:///{report.resolve() / RECORDS_NAME}"


async def zone_of(records: Records, record: CallRecord) -> ZoneInfo:
    """Return the zone of the clinic as the call's own flow version has it; UTC when that is not known."""
    content = await records.flow(record.flow)
    try:
        return ZoneInfo(json.loads(content or "")["clinic"]["zone"])
    except (ValueError, KeyError, TypeError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


def local(when: Instant, zone: ZoneInfo) -> str:
    """Return a time as the clinic's clock shows it, with the zone's short name."""
    return when.datetime().astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S %Z")


def cell(text: str) -> Text:
    """Return text that came from outside as it is: no markup, no control characters."""
    return Text("".join(sign if sign.isprintable() else "?" for sign in text))


def who(number: str | None) -> str:
    """Return a number so that two callers can be told apart, and nobody can be rung."""
    return "withheld" if number is None else masked(number)


def outcome(record: CallRecord) -> str:
    """Return how a call ended, in a word or two."""
    if record.disposition is None:
        return "open"
    return record.disposition if record.reason == "end" else f"{record.disposition} ({record.reason})"


def as_json(record: CallRecord, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields that both commands give with --json; times are ISO 8601 in UTC."""
    promise = record.promise
    return {
        "call": record.call,
        "clinic": record.clinic,
        "line": record.line,
        "flow": record.flow,
        "caller": who(record.caller),
        "frequent": record.frequent,
        "called": record.called,
        "started": str(record.started),
        "started_local": local(record.started, zone),
        "closed": None if record.closed is None else str(record.closed),
        "audio_ms": record.audio_ms,
        "disposition": record.disposition,
        "reason": record.reason,
        "end_state": record.end_state,
        "floor": record.floor,
        "spoke": record.spoke,
        "screened": record.screened,
        "product": record.product,
        "promise": None
        if promise is None
        else {
            "who": promise.who,
            "from_number": promise.from_number,
            "by": str(promise.by),
            "by_spoken": promise.by_spoken,
        },
        "pages": [
            {
                "id": page.id,
                "at": str(page.at),
                "disposition": page.disposition,
                "state": page.state,
                "question": page.question,
                "row": page.row,
                "status": page.status,
                "treating": page.treating,
                "route": list(page.route),
            }
            for page in record.pages
        ],
        "ring_backs": [
            {
                "id": one.id,
                "at": str(one.at),
                "times": one.times,
                "within_ms": one.within_ms,
                "then": one.then,
                "number": who(one.number),
            }
            for one in record.ring_backs
        ],
        "notifications": [
            {"id": one.id, "at": str(one.at), "channel": one.channel, "template": one.template, "ok": one.ok}
            for one in record.notifications
        ],
    }
