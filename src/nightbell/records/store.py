"""SqlRecords: the Records port on any database that SQLAlchemy speaks. It opens none: ``sqlite`` does that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Engine, Select, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordNotFound, RecordsFailed
from nightbell.records.contact import FREQUENT_WINDOW_MS, history_of
from nightbell.records.encoding import effects_from_json, event_from_json
from nightbell.records.port import (
    APPEND_LIMIT_MS,
    HISTORY_WINDOW_MS,
    CallRecord,
    Entry,
    History,
    Incident,
    OpenCall,
)
from nightbell.records.reading import call_record, notification, page, promise, ring_back
from nightbell.records.rows import Append
from nightbell.records.tables import calls, events, flows, incidents, notifications, pages, promises, ring_backs
from nightbell.records.writer import GATHER_MS, Writer
from nightbell.terms.instant import Instant

__all__ = ["SqlRecords"]

_AT_A_TIME: Final = 500
"""Calls looked up in one statement; databases bound the number of parameters."""

_T = TypeVar("_T")


class SqlRecords:
    """Records in a database; see the port for the contract.

    ``writing`` is used by one thread and one connection, ``reading`` by any number. Open it with ``start``.
    """

    def __init__(
        self, *, writing: Engine | None, reading: AsyncEngine, provider: str, gather_ms: float = GATHER_MS
    ) -> None:
        self._reading = reading
        self._provider = provider
        self._writer = None if writing is None else Writer(writing, provider=provider, gather_ms=gather_ms)

    def start(self) -> Self:
        """Begin to take appends."""
        if self._writer is not None:
            self._writer.start()
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def append(
        self, event: Event, effects: Sequence[Effect], session: str, *, limit_ms: int = APPEND_LIMIT_MS
    ) -> None:
        """See the port."""
        if self._writer is None:
            raise RecordsFailed("these records are open for reading only", provider=self._provider)
        await self._writer.append(Append.of(event, effects, session), limit_ms=limit_ms)

    async def history(
        self, clinic: str, caller: str | None, before: Instant, *, window_ms: int = HISTORY_WINDOW_MS
    ) -> History:
        """See the port."""
        if caller is None:
            return History()
        rows = await self._rows(
            select(calls)
            .where(
                calls.c.clinic == clinic,
                calls.c.caller == caller,
                calls.c.started_utc < before.ms,
                calls.c.started_utc >= before.ms - window_ms,
            )
            .order_by(calls.c.started_utc.desc())
        )
        counted = await self._rows(
            select(func.count().label("calls")).where(
                calls.c.clinic == clinic,
                calls.c.caller == caller,
                calls.c.started_utc < before.ms,
                calls.c.started_utc >= before.ms - FREQUENT_WINDOW_MS,
            )
        )
        return history_of((call_record(row) for row in rows), in_year=counted[0]["calls"])

    async def store_flow(self, clinic: str, flow: str, content: str) -> None:
        """See the port."""
        if self._writer is None:
            raise RecordsFailed("these records are open for reading only", provider=self._provider)
        if await self.flow(flow) is not None:
            return
        try:
            row = {"flow": flow, "clinic": clinic, "content": content}
            await self._writer.run(lambda connection: connection.execute(insert(flows), row))
        except IntegrityError:
            return  # stored by someone else since we looked
        except SQLAlchemyError as error:
            raise self._failed("a flow version could not be stored", error) from error

    async def flow(self, flow: str) -> str | None:
        """See the port."""
        rows = await self._rows(select(flows.c.content).where(flows.c.flow == flow))
        return rows[0]["content"] if rows else None

    async def open_calls(self) -> list[OpenCall]:
        """See the port."""
        rows = await self._rows(
            select(calls).where(calls.c.closed_utc.is_(None)).order_by(calls.c.started_utc, calls.c.call)
        )
        sessions = {row["call"]: row["session"] for row in rows}
        return [OpenCall(record=record, session=sessions[record.call]) for record in await self._records(rows)]

    async def call(self, call: str) -> CallRecord:
        """See the port."""
        rows = await self._rows(select(calls).where(calls.c.call == call))
        if not rows:
            raise _not_found()
        return (await self._records(rows))[0]

    async def calls(
        self, *, clinic: str | None = None, since: Instant | None = None, limit: int = 50
    ) -> list[CallRecord]:
        """See the port."""
        query = select(calls).order_by(calls.c.started_utc.desc(), calls.c.call).limit(limit)
        if clinic is not None:
            query = query.where(calls.c.clinic == clinic)
        if since is not None:
            query = query.where(calls.c.started_utc >= since.ms)
        return await self._records(await self._rows(query))

    async def journal(self, call: str) -> list[Entry]:
        """See the port."""
        rows = await self._rows(
            select(events.c.event, events.c.effects).where(events.c.call == call).order_by(events.c.seq)
        )
        if not rows:
            raise _not_found()
        return [
            Entry(event=event_from_json(row["event"]), effects=effects_from_json(row["effects"])) for row in rows
        ]

    async def incidents(self) -> list[Incident]:
        """See the port."""
        rows = await self._rows(select(incidents).order_by(incidents.c.id))
        return [Incident(at=Instant(row["at_utc"]), kind=row["kind"], detail=row["detail"]) for row in rows]

    async def aclose(self) -> None:
        """See the port."""
        await self._reading.dispose()
        if self._writer is not None:
            await self._writer.aclose()  # the last to leave tidies up

    async def _records(self, rows: Sequence[Mapping[str, Any]]) -> list[CallRecord]:
        """Add to rows of ``calls`` what hangs on them."""
        records: list[CallRecord] = []
        for start in range(0, len(rows), _AT_A_TIME):
            part = rows[start : start + _AT_A_TIME]
            ids = [row["call"] for row in part]
            made = await self._hanging(promises, ids, promise)
            paged = await self._hanging(pages, ids, page)
            ringing = await self._hanging(ring_backs, ids, ring_back)
            noted = await self._hanging(notifications, ids, notification)
            records += [
                call_record(
                    row,
                    made=made[row["call"]][-1] if made[row["call"]] else None,
                    of_pages=paged[row["call"]],
                    of_ring_backs=ringing[row["call"]],
                    of_notifications=noted[row["call"]],
                )
                for row in part
            ]
        return records

    async def _hanging(
        self, table: Table, ids: list[str], read: Callable[[Mapping[str, Any]], _T]
    ) -> defaultdict[str, list[_T]]:
        found: defaultdict[str, list[_T]] = defaultdict(list)
        for row in await self._rows(select(table).where(table.c.call.in_(ids)).order_by(table.c.n)):
            found[row["call"]].append(read(row))
        return found

    async def _rows(self, query: Select[Any]) -> Sequence[Mapping[str, Any]]:
        try:
            async with self._reading.connect() as connection:
                rows: Sequence[Mapping[str, Any]] = (await connection.execute(query)).mappings().all()
                return rows
        except SQLAlchemyError as error:
            raise self._failed("the records could not be read", error) from error

    def _failed(self, message: str, error: SQLAlchemyError) -> RecordsFailed:
        reason = str(getattr(error, "orig", None) or type(error).__name__)
        return RecordsFailed(f"{message} ({reason})", provider=self._provider, hint=f"look at {self._provider}")


def _not_found() -> RecordNotFound:
    return RecordNotFound("no such call in these records", hint="`nightbell calls` lists them")
