"""Reconciler: finds what must reach a person and has nobody working on it. It looks at rows and forgets nothing.

Three kinds of rows ask for work: escalations (written with the event that raised a flag), promises of calls that
raised none (they get an escalation of their own here), and ring-backs. Statements only; ``duty`` runs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, exists, func, insert, select

from nightbell.oncall.ringback import Try
from nightbell.records.tables import calls, escalations, notifications, promises, ring_back_tries, ring_backs
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = [
    "DroppedCaller",
    "adopt_promises",
    "dropped",
    "escalate_dropped",
    "open_rows",
    "promises_alone",
    "put_on_list",
    "write_try",
]

_AHEAD_MS: Final = 2_000
_DAYTIME: Final = frozenset({Disposition.D4, Disposition.D5})
_BEFORE_MS: Final = 3_600_000
"""A promise for the next working day is begun so long before it is due: at opening, not in the night."""
_OLDEST_MS: Final = 14 * 86_400_000
"""Promises older than this are the practice manager's business, not the night's."""
_RING_BACKS_OLDEST_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedCaller:
    """A ring-back that is not over."""

    id: str
    clinic: str
    call: str
    number: str | None
    asked: Instant
    times: int
    within_ms: int
    then: Literal["page", "morning_list"]
    tries: tuple[Try, ...]
    in_hand: bool
    """Whether a person has a case of this call."""


def open_rows(connection: Connection, *, before: Instant | None = None) -> dict[str, tuple[int, int]]:
    """Return every open escalation, the most urgent first: id to the number of its last entry and when it is due.

    Args:
        connection: the transaction.
        before: those alone that are due about then.
    """
    columns = escalations.c
    query = select(columns.id, columns.disposition, columns.next_utc, columns.last_seq).where(
        columns.place != "closed"
    )
    if before is not None:
        query = query.where(columns.next_utc <= before.ms + _AHEAD_MS)
    found = sorted(
        connection.execute(query), key=lambda row: (-Disposition(row.disposition).rank, row.next_utc, row.id)
    )
    return {row.id: (row.last_seq, row.next_utc) for row in found}


def promises_alone(connection: Connection, now: Instant) -> list[Any]:
    """Return every promise whose call is over and raised no escalation."""
    paged = exists(select(1).where(escalations.c.call == promises.c.call))
    rows = connection.execute(
        select(promises, calls.c.disposition.label("outcome"))
        .join(calls, calls.c.call == promises.c.call)
        .where(calls.c.closed_utc.is_not(None), ~paged, promises.c.by_utc >= now.ms - _OLDEST_MS)
        .order_by(promises.c.call, promises.c.n.desc())
    ).mappings()
    return list(rows)


def adopt_promises(connection: Connection, now: Instant) -> list[str]:
    """Make an escalation of every promise that stands alone; return their ids."""
    made: list[str] = []
    seen: set[str] = set()
    for row in promises_alone(connection, now):
        if row["call"] in seen:
            continue
        seen.add(row["call"])
        outcome = Disposition(row["outcome"] or "DU")
        began = max(row["at_utc"], row["by_utc"] - _BEFORE_MS) if outcome in _DAYTIME else row["at_utc"]
        made.append(f"{row['call']}:p{row['n']}")
        values = {"n": row["n"], "origin": "promise", "promised_utc": row["by_utc"], "disposition": str(outcome)}
        _insert(connection, made[-1], row["clinic"], row["call"], began, values)
    return made


def dropped(connection: Connection, now: Instant) -> list[DroppedCaller]:
    """Return every ring-back that is not over."""
    ended = exists(
        select(1).where(
            ring_back_tries.c.ring_back == ring_backs.c.id, ring_back_tries.c.outcome.in_(["reached", "over"])
        )
    )
    owned = exists(  # a case that was closed without an owner is led by another one of its call
        select(1).where(
            escalations.c.call == ring_backs.c.call,
            escalations.c.place.in_(["owned", "closed"]),
            escalations.c.owner != "",
        )
    )
    rows = connection.execute(
        select(ring_backs, owned.label("in_hand")).where(
            ~ended, ring_backs.c.at_utc >= now.ms - _RING_BACKS_OLDEST_MS
        )
    ).mappings()
    return [
        DroppedCaller(
            id=row["id"],
            clinic=row["clinic"],
            call=row["call"],
            number=row["number"],
            asked=Instant(row["at_utc"]),
            times=row["times"],
            within_ms=row["within_ms"],
            then=row["then_do"],
            tries=_tries(connection, row["id"]),
            in_hand=bool(row["in_hand"]),
        )
        for row in list(rows)
    ]


def _tries(connection: Connection, ring_back: str) -> tuple[Try, ...]:
    rows = connection.execute(
        select(ring_back_tries.c.at_utc, ring_back_tries.c.outcome)
        .where(ring_back_tries.c.ring_back == ring_back)
        .order_by(ring_back_tries.c.n)
    )
    return tuple(Try(at=Instant(at), outcome=outcome) for at, outcome in rows)


def write_try(connection: Connection, caller: DroppedCaller, outcome: str, now: Instant) -> int:
    """Write one try down before it is made; return its number."""
    last = connection.execute(
        select(func.max(ring_back_tries.c.n)).where(ring_back_tries.c.ring_back == caller.id)
    ).scalar()
    number = (last or 0) + 1
    row = {"ring_back": caller.id, "n": number, "clinic": caller.clinic, "at_utc": now.ms, "outcome": outcome}
    connection.execute(insert(ring_back_tries), row)
    return number


def escalate_dropped(connection: Connection, caller: DroppedCaller, now: Instant) -> str | None:
    """Page a person about a caller who could not be rung back; None where somebody was paged already."""
    write_try(connection, caller, "over", now)
    there = connection.execute(select(escalations.c.id).where(escalations.c.call == caller.call)).scalar()
    if there is not None:
        return None
    made = f"{caller.call}:r{caller.id.rpartition(':')[2]}"
    values = {"n": 0, "origin": "ring_back", "disposition": str(Disposition.DU)}
    _insert(connection, made, caller.clinic, caller.call, now.ms, values)
    return made


def put_on_list(connection: Connection, caller: DroppedCaller, now: Instant) -> None:
    """Put a caller who could not be rung back on top of the morning list."""
    write_try(connection, caller, "over", now)
    row = {
        "id": f"{caller.id}:list",
        "clinic": caller.clinic,
        "call": caller.call,
        "n": 0,
        "at_utc": now.ms,
        "channel": "morning_list",
        "template": "dropped",
        "number": caller.number,
        "ok": True,
    }
    connection.execute(insert(notifications), row)


def _insert(  # noqa: PLR0917 - a row has as many columns
    connection: Connection, id_: str, clinic: str, call: str, began: int, values: dict[str, Any]
) -> None:
    fresh = {"place": "armed", "owner": "", "worded": False, "last_seq": 0}
    row = {"id": id_, "clinic": clinic, "call": call, "at_utc": began, "next_utc": began, "moved_utc": began}
    connection.execute(insert(escalations), row | fresh | values)
