"""SQLite: open the records in one file - the pragmas, the check, the quarantine. All that is SQLite's own is here.

A broken database is renamed and a fresh one begun, because calls must still be taken; the incident is in the fresh
one. It never deletes, and never repairs: the renamed file is evidence.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from nightbell.errors import RecordsFailed
from nightbell.records.schema import upgrade
from nightbell.records.store import SqlRecords
from nightbell.records.tables import incidents
from nightbell.records.writer import GATHER_MS
from nightbell.terms.instant import Instant

__all__ = ["BUSY_MS", "CHECK_UP_TO_BYTES", "open_sqlite", "read_sqlite", "shared_engines"]

BUSY_MS: Final = 250
"""How long a write waits for another program's lock; half of what a call waits, so that the writer gets on."""
CHECK_UP_TO_BYTES: Final = 512 * 1024 * 1024
"""Largest file that is checked whole when it is opened: about a second, within the 3 s a restart may take."""
READERS: Final = 4
"""Connections for reading; a reader in WAL mode holds up nobody."""

_log = structlog.get_logger(__name__)


async def open_sqlite(
    path: Path,
    *,
    now: Instant,
    gather_ms: float = GATHER_MS,
    busy_ms: int = BUSY_MS,
    check_up_to_bytes: int = CHECK_UP_TO_BYTES,
) -> SqlRecords:
    """Open or create the records in one file, ready to take appends.

    Raises:
        RecordsFailed: the folder or the file cannot be written, or a newer Nightbell wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        broken = _broken(path, check_up_to_bytes)
        aside = _quarantine(path, now) if broken else None
    except OSError as error:
        raise RecordsFailed(
            f"{path} cannot be written ({error.strerror})",
            provider=str(path),
            hint="make its folder writable for this user, or choose another data folder",
        ) from error
    writing = create_engine(_url(path, driver="pysqlite", mode="rwc"))
    _prepare(writing, mode="rwc", begin="BEGIN IMMEDIATE", busy_ms=busy_ms)
    try:
        await asyncio.to_thread(upgrade, writing, provider=str(path))
        if aside is not None:
            await asyncio.to_thread(_report, writing, now, f"{aside.name}: {broken}")
    except SQLAlchemyError as error:
        writing.dispose()
        reason = getattr(error, "orig", None) or type(error).__name__
        raise RecordsFailed(
            f"{path} cannot be opened ({reason})",
            provider=str(path),
            hint="look at free space, permissions, and whether another program holds it",
        ) from error
    except RecordsFailed:
        writing.dispose()
        raise
    return SqlRecords(
        writing=writing, reading=_reading(path, busy_ms), provider=str(path), gather_ms=gather_ms
    ).start()


def read_sqlite(path: Path, *, busy_ms: int = BUSY_MS) -> SqlRecords:
    """Return records that can only be read; nothing is created, migrated or checked.

    Raises:
        RecordsFailed: there is no such file.
    """
    if not path.is_file():
        raise RecordsFailed(
            f"there are no records at {path}",
            provider=str(path),
            hint="no call was taken with this data folder yet; is it the right one?",
        )
    return SqlRecords(writing=None, reading=_reading(path, busy_ms), provider=str(path))


def shared_engines(path: Path, *, busy_ms: int) -> tuple[Engine, Engine]:
    """Return engines for another process that writes and reads the same file.

    The file is neither made, checked nor migrated. Reading takes no lock, so that looking for work often holds up
    nobody who writes.
    """
    writing = create_engine(_url(path, driver="pysqlite", mode="rw"))
    _prepare(writing, mode="rw", begin="BEGIN IMMEDIATE", busy_ms=busy_ms)
    reading = create_engine(_url(path, driver="pysqlite", mode="ro"))
    _prepare(reading, mode="ro", begin="BEGIN", busy_ms=busy_ms)
    return writing, reading


def _reading(path: Path, busy_ms: int) -> AsyncEngine:
    engine = create_async_engine(_url(path, driver="aiosqlite", mode="ro"), pool_size=READERS, max_overflow=0)
    _prepare(engine.sync_engine, mode="ro", begin="BEGIN", busy_ms=busy_ms)
    return engine


def _url(path: Path, *, driver: str, mode: str) -> URL:
    # The path is quoted as a URI, so that a folder called "a?b" or "50%" is still a folder.
    return URL.create(f"sqlite+{driver}", database=path.absolute().as_uri(), query={"mode": mode, "uri": "true"})


def _prepare(engine: Engine, *, mode: str, begin: str, busy_ms: int) -> None:
    """Hook up what every new connection and every transaction of SQLite needs."""

    def connected(dbapi: Any, _record: object) -> None:
        # The driver's own transactions begin late and not before DDL; ours begin where SQLAlchemy says.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout={busy_ms}")
            cursor.execute("PRAGMA foreign_keys=ON")
            if mode == "ro":
                cursor.execute("PRAGMA query_only=ON")
            else:
                cursor.execute("PRAGMA journal_mode=WAL")
                cursor.execute("PRAGMA synchronous=FULL")
        finally:
            cursor.close()

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)


def _broken(path: Path, check_up_to_bytes: int) -> str:
    """Return what is wrong with the file, or nothing; a lock or a full disk is no damage."""
    size = path.stat().st_size
    if size == 0:
        return ""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if size > check_up_to_bytes:
                return ""
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return ""  # what this is shows when the file is opened in earnest
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if verdict == "ok" else str(verdict).replace("\n", " ")


def _quarantine(path: Path, now: Instant) -> Path:
    """Rename the broken file and its companions; return where the file went."""
    stamp = now.datetime().strftime("%Y%m%dT%H%M%S%f")[:-3]
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    for ending in ("-wal", "-shm", ""):
        old = path.with_name(path.name + ending)
        if old.exists():
            old.rename(aside.with_name(aside.name + ending))
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    _log.error("records.quarantined", file=str(path), aside=str(aside))
    return aside


def _report(engine: Engine, now: Instant, detail: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(incidents), {"clinic": "", "at_utc": now.ms, "kind": "quarantined", "detail": detail}
        )
