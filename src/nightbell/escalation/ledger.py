"""Ledger: the hands of ``duty`` in the records - one thread that writes, one that reads.

What comes together to be written shares a transaction (group commit), each piece behind its own savepoint, so that
a flush is paid once and one that fails takes nobody with it. Writing is paced: the process that takes calls writes
the same file, a caller waits for it, and SQLite has one writer at a time. Reading takes no lock.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from nightbell.errors import RecordsFailed

__all__ = ["WORK_LIMIT_S", "Ledger"]

WORK_LIMIT_S: Final = 30.0
"""Longest a piece of work may wait for the records; the ladder tries again, the auditor notices."""
_TOGETHER: Final = 64
_PAUSE_S: Final = 0.002
"""Shortest pause after a transaction, seconds; a longer one is followed by one as long, so that half of the time
is everybody else's (unpaced writers held others up for 1.2 s: reference, section 8) ..."""
_LONGEST_PAUSE_S: Final = 0.025
"""... up to this: what waits to be written is people who are to be rung."""

_T = TypeVar("_T")


@dataclass(slots=True)
class _Piece:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class _Hand:
    """A thread that does pieces of work in transactions."""

    def __init__(self, engine: Engine, name: str, *, together: int, pause_s: float) -> None:
        self._engine = engine
        self._together = together
        self._pause_s = pause_s
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, piece: _Piece | None) -> None:
        """Queue a piece of work; None ends the hand."""
        self._pieces.put(piece)

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        ending = False
        while not ending:
            first = self._pieces.get()
            if first is None:
                return
            batch = [first]
            while len(batch) < self._together:
                try:
                    piece = self._pieces.get_nowait()
                except queue.Empty:
                    break
                if piece is None:
                    ending = True
                    break
                batch.append(piece)
            began = time.monotonic()
            self._do(batch)
            if self._pause_s:
                time.sleep(min(max(self._pause_s, time.monotonic() - began), _LONGEST_PAUSE_S))

    def _do(self, batch: list[_Piece]) -> None:
        """Do a batch in one transaction; nobody is told before it is committed."""
        told: list[tuple[_Piece, Any, BaseException | None]] = []
        try:
            with self._engine.begin() as connection:
                told += [_one(connection, piece) for piece in batch]
        except (SQLAlchemyError, OSError) as error:
            failure = _failed(f"a transaction failed ({type(error).__name__})")
            failure.__cause__ = error
            told = [(piece, None, failure) for piece in batch]
        for piece, result, raised in told:
            with suppress(RuntimeError):  # the loop is gone, and so is who waited
                piece.loop.call_soon_threadsafe(_tell, piece.done, result, raised)


class Ledger:
    """Transactions on the records."""

    def __init__(self, writing: Engine, reading: Engine, *, limit_s: float = WORK_LIMIT_S) -> None:
        self._engines = (writing, reading)
        self._limit_s = limit_s
        self._writer = _Hand(writing, "ledger", together=_TOGETHER, pause_s=_PAUSE_S)
        self._reader = _Hand(reading, "ledger-reads", together=1, pause_s=0.0)
        self._closing = False

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        """Do ``work`` in a transaction; it is durable when this returns.

        Raises:
            RecordsFailed: the records did not take it, or did not say so in time: it may be durable all the same.
            NightbellError: what ``work`` raised; nothing of it is kept.
        """
        return await self._ask(self._writer, work)

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """Do ``work`` that only reads; it may be older by what is just being written.

        Raises:
            RecordsFailed: the records cannot be read, or not in time.
            NightbellError: what ``work`` raised.
        """
        return await self._ask(self._reader, work)

    async def _ask(self, hand: _Hand, work: Callable[[Connection], _T]) -> _T:
        if self._closing:
            raise _failed("the ledger is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()
        hand.put(_Piece(work, done, loop))
        try:
            async with asyncio.timeout(self._limit_s):
                return await done
        except TimeoutError as error:
            if done.done() and not done.cancelled():
                return done.result()  # this process slept past the limit, and the work was done meanwhile
            raise _failed(f"nothing was done within {self._limit_s:g} s") from error

    async def aclose(self) -> None:
        """Finish what is queued and let go."""
        if self._closing:
            return
        self._closing = True
        for hand in (self._writer, self._reader):
            hand.put(None)
            await asyncio.to_thread(hand.join, self._limit_s)
        for engine in self._engines:
            engine.dispose()


def _one(connection: Connection, piece: _Piece) -> tuple[_Piece, Any, BaseException | None]:
    try:
        with connection.begin_nested():
            return piece, piece.work(connection), None
    except (SQLAlchemyError, OSError):
        raise  # the transaction is lost, for the whole batch
    except Exception as error:  # noqa: BLE001 - a fault in one piece of work must not end the thread of all
        return piece, None, error


def _tell(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


def _failed(message: str) -> RecordsFailed:
    return RecordsFailed(message, provider="records", hint="look at the disk and at who else writes the records")
