"""CaseRows: an escalation read from its rows and moved on in one transaction. Statements only; any database.

Every function works inside the caller's transaction. ``move`` is the one place that writes to the log: it checks
that this process was not fenced, numbers the entries after the last one that was read, and so loses to whoever
wrote that number first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from nightbell.errors import Conflict, EscalationError
from nightbell.escalation.encoding import entry_from_json, entry_to_json
from nightbell.escalation.send_rows import not_fenced
from nightbell.oncall.history import Entry, Paged
from nightbell.oncall.paging import Standing
from nightbell.oncall.planning import Case
from nightbell.records.tables import calls, escalation_log, escalations, page_sends, pages, promises
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = ["File", "Send", "Waiting", "changed_since", "load", "move", "open_cases"]

URGENCY: Final = case({str(each): each.rank for each in Disposition}, value=escalations.c.disposition, else_=0)
_STATUS: Final = {"armed": "recorded", "paging": "ringing", "owned": "acknowledged", "closed": "acknowledged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One way that a page goes out."""

    page: str
    method: int
    """Which of the person's methods, counted from 0."""
    kind: str
    state: str
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All that is known of one escalation."""

    case: Case
    clinic: str
    call: str
    caller: str | None
    """The caller's number; None when it was withheld."""
    live: bool
    """Whether the call goes on."""
    origin: str
    question: str
    row: str
    place: str
    owner: str
    last_seq: int
    next_at: Instant
    sends: tuple[Send, ...]
    others: tuple[tuple[str, Disposition, str], ...]
    """Other open escalations of the same call: id, disposition, owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open escalation, as a list shows it."""

    id: str
    clinic: str
    call: str
    disposition: Disposition
    place: str
    next_at: Instant
    moved_at: Instant


def open_cases(connection: Connection, *, due: Instant | None = None) -> list[Waiting]:
    """Return what is open, the most urgent first and within that the one that waits longest.

    Args:
        connection: the transaction.
        due: only what should have moved by then.
    """
    query = select(escalations).where(escalations.c.place != "closed")
    if due is not None:
        query = query.where(escalations.c.next_utc <= due.ms)
    rows = connection.execute(query.order_by(URGENCY.desc(), escalations.c.next_utc, escalations.c.id)).mappings()
    return [_waiting(row) for row in rows]


def changed_since(connection: Connection, moved_ms: int) -> list[Waiting]:
    """Return what moved at or after an instant, closed or not."""
    rows = connection.execute(select(escalations).where(escalations.c.moved_utc >= moved_ms)).mappings()
    return [_waiting(row) for row in rows]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        id=row["id"],
        clinic=row["clinic"],
        call=row["call"],
        disposition=Disposition(row["disposition"]),
        place=row["place"],
        next_at=Instant(row["next_utc"]),
        moved_at=Instant(row["moved_utc"]),
    )


def load(connection: Connection, escalation: str) -> File:
    """Return everything about one escalation.

    Raises:
        EscalationError: there is none.
    """
    row = connection.execute(select(escalations).where(escalations.c.id == escalation)).mappings().first()
    if row is None:
        raise EscalationError("no such escalation")
    log = connection.execute(
        select(escalation_log.c.entry)
        .where(escalation_log.c.escalation == escalation)
        .order_by(escalation_log.c.seq)
    ).scalars()
    sends = connection.execute(
        select(page_sends)
        .where(page_sends.c.escalation == escalation)
        .order_by(page_sends.c.page, page_sends.c.method)
    ).mappings()
    call = (
        connection.execute(select(calls.c.caller, calls.c.closed_utc).where(calls.c.call == row["call"]))
        .mappings()
        .first()
    )
    page = (
        connection.execute(select(pages.c.question, pages.c.triage_row).where(pages.c.id == escalation))
        .mappings()
        .first()
    )
    promised = connection.execute(
        select(promises.c.by_utc).where(promises.c.call == row["call"]).order_by(promises.c.n.desc())
    ).scalar()
    others = connection.execute(
        select(escalations.c.id, escalations.c.disposition, escalations.c.owner).where(
            escalations.c.call == row["call"], escalations.c.id != escalation, escalations.c.place != "closed"
        )
    )
    by = row["promised_utc"] if row["promised_utc"] is not None else promised
    return File(
        case=Case(
            id=escalation,
            disposition=Disposition(row["disposition"]),
            began=Instant(row["at_utc"]),
            promised=Instant(by) if by is not None else None,
            treating=row["treating"],
            history=tuple(entry_from_json(text) for text in log),
        ),
        clinic=row["clinic"],
        call=row["call"],
        caller=call["caller"] if call is not None else None,
        live=call is not None and call["closed_utc"] is None,
        origin=row["origin"],
        question=page["question"] if page is not None else "",
        row=page["triage_row"] if page is not None else "",
        place=row["place"],
        owner=row["owner"],
        last_seq=row["last_seq"],
        next_at=Instant(row["next_utc"]),
        sends=tuple(_send(each) for each in sends),
        others=tuple((id_, Disposition(urgent), owner) for id_, urgent, owner in others),
    )


def _send(row: Any) -> Send:
    return Send(page=row["page"], method=row["method"], kind=row["kind"], state=row["state"], copies=row["copies"])


def move(
    connection: Connection,
    file: File,
    entries: Sequence[Entry],
    standing: Standing,
    *,
    next_at: Instant,
    now: Instant,
    executor: str,
    methods: Mapping[str, Sequence[str]],
) -> None:
    """Write entries to the log, with the page's sends and where the escalation stands after them.

    Args:
        connection: the transaction.
        file: as it was read.
        entries: what happened, in order; none only moves ``next_at``.
        standing: where it stands after them.
        next_at: when it must have moved again; the auditor holds it to that.
        now: this process's time.
        executor: this process.
        methods: page to the kinds of ways it goes out by, for every Paged among the entries.

    Raises:
        Conflict: somebody else wrote first.
        Fenced: this process's work was given to another.
    """
    not_fenced(connection, executor)
    rows = [
        {
            "escalation": file.case.id,
            "seq": file.last_seq + number,
            "clinic": file.clinic,
            "at_utc": entry.at.ms,
            "kind": entry.kind,
            "entry": entry_to_json(entry),
            "executor": executor,
        }
        for number, entry in enumerate(entries, start=1)
    ]
    moved = connection.execute(
        update(escalations)
        .where(escalations.c.id == file.case.id, escalations.c.last_seq == file.last_seq)
        .values(
            place=standing.place,
            owner=standing.owner,
            worded=standing.worded,
            last_seq=file.last_seq + len(rows),
            next_utc=next_at.ms,
            moved_utc=now.ms,
        )
    )
    if moved.rowcount != 1:
        raise Conflict("somebody else moved this escalation first")
    if not rows:
        return
    sends = [
        {
            "page": entry.page,
            "method": number,
            "clinic": file.clinic,
            "escalation": file.case.id,
            "kind": kind,
            "state": "due",
            "copies": 0,
            "at_utc": entry.at.ms,
        }
        for entry in entries
        if isinstance(entry, Paged)
        for number, kind in enumerate(methods[entry.page])
    ]
    try:
        connection.execute(insert(escalation_log), rows)
        if sends:
            connection.execute(insert(page_sends), sends)
    except IntegrityError as error:
        raise Conflict("somebody else moved this escalation first") from error
    if standing.place == "closed" and not standing.owner:
        return  # a more urgent case of the same call leads this one: nobody has acknowledged it
    exhausted = standing.place == "exhausted" or (standing.worded and standing.place in {"armed", "paging"})
    status = "exhausted" if exhausted else _STATUS[standing.place]
    connection.execute(update(pages).where(pages.c.id == file.case.id).values(status=status))
