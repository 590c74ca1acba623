"""Ledger: the one hand of ``duty`` in the records - a thread, a connection, a transaction for each piece of work.

What comes together shares a transaction (group commit), each piece behind its own savepoint, so that a flush is
paid once and one that fails takes nobody with it. Work is done in the order in which it came.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from nightbell.errors import NightbellError, RecordsFailed

__all__ = ["WORK_LIMIT_S", "Ledger"]

WORK_LIMIT_S: Final = 30.0
"""Longest a piece of work may wait for the records; the ladder tries again, the auditor notices."""
_TOGETHER: Final = 64

_T = TypeVar("_T")


@dataclass(slots=True)
class _Piece:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Ledger:
    """Transactions on the records, from one thread."""

    def __init__(self, engine: Engine, *, limit_s: float = WORK_LIMIT_S) -> None:
        self._engine = engine
        self._limit_s = limit_s
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._closing = False
        self._thread.start()

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        """Do ``work`` in a transaction; it is durable when this returns.

        Raises:
            RecordsFailed: the records did not take it, or not in time.
            NightbellError: what ``work`` raised; nothing of it is kept.
        """
        if self._closing:
            raise self._failed("the ledger is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()
        self._pieces.put(_Piece(work, done, loop))
        try:
            async with asyncio.timeout(self._limit_s):
                return await done
        except TimeoutError as error:
            raise self._failed(f"nothing was written within {self._limit_s:g} s") from error

    async def aclose(self) -> None:
        """Finish what is queued and let go."""
        if self._closing:
            return
        self._closing = True
        self._pieces.put(None)
        await asyncio.to_thread(self._thread.join, self._limit_s)
        self._engine.dispose()

    def _run(self) -> None:
        while True:
            first = self._pieces.get()
            if first is None:
                return
            batch, ending = [first], False
            while len(batch) < _TOGETHER:
                try:
                    piece = self._pieces.get_nowait()
                except queue.Empty:
                    break
                if piece is None:
                    ending = True
                    break
                batch.append(piece)
            self._do(batch)
            if ending:
                return

    def _do(self, batch: list[_Piece]) -> None:
        """Run in the thread: one transaction for all; nobody is told before it is committed."""
        told: list[tuple[_Piece, Any, BaseException | None]] = []
        try:
            with self._engine.begin() as connection:
                told += [_one(connection, piece) for piece in batch]
        except (SQLAlchemyError, OSError) as error:
            failure = self._failed(f"a transaction failed ({type(error).__name__})")
            failure.__cause__ = error
            told = [(piece, None, failure) for piece in batch]
        for piece, result, raised in told:
            with suppress(RuntimeError):  # the loop is gone, and so is who waited
                piece.loop.call_soon_threadsafe(_tell, piece.done, result, raised)

    def _failed(self, message: str) -> RecordsFailed:
        return RecordsFailed(
            message, provider="records", hint="look at the disk and at who else writes the records"
        )


def _one(connection: Connection, piece: _Piece) -> tuple[_Piece, Any, BaseException | None]:
    try:
        with connection.begin_nested():
            return piece, piece.work(connection), None
    except NightbellError as error:
        return piece, None, error


def _tell(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
