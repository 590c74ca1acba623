"""Writer: the only hand that writes. Appends that come together share one transaction (group commit).

Without it fifty calls would each wait for every other's flush. It has one thread and one connection: a transaction
is one step to the thread and back, however many statements it has. It does not know the database's dialect, and it
never retries what failed: the call that waits has its own safe path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection, Engine, Table, Update, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from nightbell.errors import RecordsFailed
from nightbell.records.encoding import effects_from_json, event_from_json
from nightbell.records.rows import CHANGE_CALL, CHANGE_NOTIFICATION, CHANGE_PAGE, CHANGE_ROUTE, Append, Row
from nightbell.records.tables import calls, escalations, events, notifications, pages, promises, ring_backs

__all__ = ["CLOSE_LIMIT_MS", "GATHER_MS", "Writer", "write"]

GATHER_MS: Final = 2.0
"""How long a transaction waits for company, milliseconds; only when appends have come together before."""
BATCH: Final = 256
"""Most appends in one transaction, so that one flood does not hold up the first of them."""
CLOSE_LIMIT_MS: Final = 2000
"""How long closing waits for what is queued."""

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")
_Waiting = tuple[Append, "asyncio.Future[None]"]

_NEW: Final[tuple[tuple[Table, Callable[[Append], list[Row]]], ...]] = (
    (pages, Append.new_pages),
    (escalations, Append.new_escalations),
    (ring_backs, Append.new_ring_backs),
    (notifications, Append.new_notifications),
    (promises, Append.new_promises),
)
_CHANGES: Final[tuple[tuple[Update, Callable[[Append], list[Row]]], ...]] = (
    (CHANGE_PAGE, Append.changed_pages),
    (CHANGE_ROUTE, Append.changed_routes),
    (CHANGE_NOTIFICATION, Append.changed_notifications),
)


class Writer:
    """Queues appends and commits them in groups on one connection."""

    def __init__(self, engine: Engine, *, provider: str, gather_ms: float = GATHER_MS) -> None:
        self._engine = engine
        self._provider = provider
        self._gather_s = gather_ms / 1000
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self._connection: Connection | None = None  # the thread's alone
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._ended = False

    def start(self) -> None:
        """Begin to write; the running loop owns the task until ``aclose``."""
        self._task = asyncio.create_task(self._run(), name="records-writer")

    async def append(self, append: Append, *, limit_ms: int) -> None:
        """Queue one append and wait until it is durable.

        Raises:
            RecordsFailed: it is not, or not within ``limit_ms``.
        """
        if self._closing or self._task is None or self._task.done():
            raise self._failed("the records are closed", "open them again; the event belongs in the spill file")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((append, done))
        try:
            async with asyncio.timeout(limit_ms / 1000):
                await done
        except TimeoutError as error:
            raise self._failed(
                f"an event was not durable within {limit_ms} ms",
                "is the disk slow, or another program holding the database?",
            ) from error

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        """Do ``work`` in a transaction of its own, between two batches; its errors come through.

        Raises:
            RecordsFailed: the records are closed.
        """
        if self._ended:
            raise self._failed("the records are closed", "open them again")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._work, work)

    async def aclose(self, *, limit_ms: int = CLOSE_LIMIT_MS) -> None:
        """Write what is queued, then stop; what is not written in time fails."""
        if self._task is None or self._closing:
            return
        self._closing = True
        self._queue.put_nowait(None)
        await asyncio.wait({self._task}, timeout=limit_ms / 1000)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=limit_ms / 1000)
        self._ended = True
        ended = asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        await asyncio.wait({ended}, timeout=limit_ms / 1000)
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        batch: list[_Waiting] = []
        company = False
        try:
            while True:
                first = await self._queue.get()
                if first is None:
                    return
                batch = [first]
                if company:
                    await asyncio.sleep(self._gather_s)
                ending = self._take(batch)
                company = len(batch) > 1
                await self._commit([waiting for waiting in batch if not waiting[1].done()])
                batch = []
                if ending:
                    return
        finally:
            self._take(batch)
            self._fail(batch, "the writer stopped", "open the records again")

    def _take(self, batch: list[_Waiting]) -> bool:
        """Move what is queued into the batch; tell whether the end is among it."""
        while len(batch) < BATCH and not self._queue.empty():
            waiting = self._queue.get_nowait()
            if waiting is None:
                return True
            batch.append(waiting)
        return False

    async def _commit(self, batch: list[_Waiting]) -> None:
        """Commit a batch; one that does not fit the tables must not take the others with it."""
        if not batch:
            return
        appends = [append for append, _ in batch]
        try:
            await self.run(lambda connection: write(connection, appends))
        except IntegrityError:
            if len(batch) > 1:
                for waiting in batch:
                    await self._commit([waiting])
            else:
                await self._judge(*batch[0])
        except (SQLAlchemyError, OSError) as error:
            _log.error("records.write_failed", provider=self._provider, error=type(error).__name__)
            self._fail(
                batch,
                f"an event could not be written ({_reason(error)})",
                "look at free space, permissions and the database file; the event belongs in the spill file",
                cause=error,
            )
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _judge(self, append: Append, done: asyncio.Future[None]) -> None:
        """Tell a harmless repeat from a second event under the same number and from a call never opened."""
        event = append.event
        query = select(events.c.event, events.c.effects).where(
            events.c.call == event.call, events.c.seq == event.seq
        )
        try:
            found = await self.run(lambda connection: connection.execute(query).first())
        except (SQLAlchemyError, OSError) as error:
            self._fail([(append, done)], "an event could not be checked", "look at the database", cause=error)
            return
        if found is None:
            self._refuse(done, "an event of a call that was never opened", "append CallStarted first")
        elif _same(append, found.event, found.effects):
            if not done.done():
                done.set_result(None)
        else:
            message = f"another event stands under number {event.seq} of this call"
            self._refuse(done, message, "two conversations are writing one call")

    def _work(self, work: Callable[[Connection], _T]) -> _T:
        """Run in the thread: one transaction. A failure costs the connection, a row that does not fit does not."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                return work(self._connection)
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError):
            self._let_go(broken=True)
            raise

    def _end(self) -> None:
        """Run in the thread, last: leave nothing open."""
        self._let_go(broken=False)
        self._engine.dispose()

    def _let_go(self, *, broken: bool) -> None:
        """Run in the thread: give the connection up; after a failed write its state is not to be trusted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                if broken:
                    connection.invalidate()
                connection.close()

    def _fail(self, batch: Iterable[_Waiting], message: str, hint: str, cause: Exception | None = None) -> None:
        for _, done in batch:
            if not done.done():
                failure = self._failed(message, hint)
                failure.__cause__ = cause
                done.set_exception(failure)

    def _refuse(self, done: asyncio.Future[None], message: str, hint: str) -> None:
        """Fail one append for good: what it writes can never stand there."""
        failure = self._failed(message, hint)
        failure.again = False
        if not done.done():
            done.set_exception(failure)

    def _failed(self, message: str, hint: str) -> RecordsFailed:
        return RecordsFailed(message, provider=self._provider, hint=hint)


def write(connection: Connection, appends: list[Append]) -> None:
    """Write appends inside the caller's transaction, table by table so that each takes one statement."""
    opened = [row for append in appends if (row := append.new_call()) is not None]
    if opened:
        connection.execute(insert(calls), opened)
    connection.execute(insert(events), [append.new_event() for append in appends])
    connection.execute(CHANGE_CALL, [append.changed_call() for append in appends])
    for table, rows_of in _NEW:
        rows = [row for append in appends for row in rows_of(append)]
        if rows:
            connection.execute(insert(table), rows)
    for change, parameters_of in _CHANGES:
        parameters = [row for append in appends for row in parameters_of(append)]
        if parameters:
            connection.execute(change, parameters)


def _same(append: Append, event_json: str, effects_json: str) -> bool:
    """Compare by value, so that another spelling of the same JSON is the same."""
    return event_from_json(event_json) == append.event and effects_from_json(effects_json) == effects_from_json(
        append.effects_json
    )


def _reason(error: BaseException) -> str:
    """Return the database's own words, without the statement and its parameters (they hold the call)."""
    return str(getattr(error, "orig", None) or type(error).__name__)
