"""Database: open the records by their address, whichever database it names. It holds no dialect's own ways."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from nightbell.errors import RecordsFailed, SettingsError
from nightbell.records.schema import upgrade
from nightbell.records.sqlite import open_sqlite, read_sqlite, shared_engines
from nightbell.records.store import SqlRecords
from nightbell.terms.instant import Instant

__all__ = ["open_records", "read_records", "shared_records"]


async def open_records(address: str, *, now: Instant) -> SqlRecords:
    """Open the records at an SQLAlchemy address, ready to take appends.

    A thread writes and the loop reads, so the driver must do both, as ``postgresql+psycopg`` does.

    Raises:
        SettingsError: the address is none.
        RecordsFailed: the records cannot be opened.
    """
    url = _url(address)
    if (path := _file(url)) is not None:
        return await open_sqlite(path, now=now)
    provider = url.render_as_string(hide_password=True)
    try:
        writing, reading = create_engine(url), create_async_engine(url)
        await asyncio.to_thread(upgrade, writing, provider=provider)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise RecordsFailed(
            f"{provider} cannot be opened ({type(error).__name__})", provider=provider, hint="is it running?"
        ) from error
    return SqlRecords(writing=writing, reading=reading, provider=provider).start()


def shared_records(address: str, *, busy_ms: int) -> tuple[Engine, Engine]:
    """Return engines that write and read records beside the process that opened them; nothing is made or migrated.

    Args:
        address: as for ``open_records``.
        busy_ms: how long a write waits for the other process's.

    Raises:
        SettingsError: the address is none.
    """
    url = _url(address)
    if (path := _file(url)) is not None:
        return shared_engines(path, busy_ms=busy_ms)
    engine = create_engine(url, pool_pre_ping=True)
    return engine, engine


def read_records(address: str) -> SqlRecords:
    """Return the records at an address for reading only; nothing is created or migrated.

    Raises:
        SettingsError: the address is none.
        RecordsFailed: there are no records there.
    """
    url = _url(address)
    if (path := _file(url)) is not None:
        return read_sqlite(path)
    provider = url.render_as_string(hide_password=True)
    return SqlRecords(writing=None, reading=create_async_engine(url), provider=provider)


def _url(address: str) -> URL:
    try:
        return make_url(address)
    except ArgumentError as error:
        raise SettingsError(
            "the address of the records is none",
            hint="records_url is like sqlite+aiosqlite:////var/lib/nightbell/records.sqlite3",
        ) from error


def _file(url: URL) -> Path | None:
    """Return the file of a SQLite address, else None."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise SettingsError("records in memory are none", hint="name a file: sqlite+aiosqlite:////path/to/file")
    return Path(url.database)
