"""Disks that are read-only, full, locked, slow or damaged: RecordsFailed in time, and no false claim."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from nightbell.errors import RecordsFailed
from nightbell.records import writer
from nightbell.records.rows import Append
from nightbell.records.sqlite import open_sqlite, read_sqlite
from nightbell.records.store import SqlRecords
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, key_pressed, made_up_journal

NOW = Instant(T0)
NOBODY = 65534
STARTED = made_up_journal("a")[0]


@contextmanager
def without_root() -> Iterator[None]:
    """Drop root's right to write everywhere, where the tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def seqs(records: SqlRecords, call: str = "a") -> list[int]:
    return [entry.event.seq for entry in await records.journal(call)]


@pytest.mark.asyncio
async def test_a_read_only_folder_is_named_with_a_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o555)
    with without_root(), pytest.raises(RecordsFailed) as failed:
        await open_sqlite(folder / "records.db", now=NOW)
    assert str(folder / "records.db") in failed.value.message
    assert "writable" in failed.value.hint


@pytest.mark.asyncio
async def test_records_made_read_only_do_not_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    await (await open_sqlite(path, now=NOW)).aclose()
    path.chmod(0o444)
    with without_root(), pytest.raises(RecordsFailed, match="cannot be written"):
        await open_sqlite(path, now=NOW)


@pytest.mark.asyncio
async def test_a_full_disk_fails_the_append_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    records = await open_sqlite(path, now=NOW)
    await records.append(*STARTED, "s0")
    with disk_full_at(64 * 1024):
        taken = [0]

        async def until_it_is_full() -> None:
            for seq in range(1, 40):
                await records.append(key_pressed("a", seq), (), "x" * 8000)
                taken.append(seq)

        with pytest.raises(RecordsFailed) as failed:
            await until_it_is_full()
        assert "xxx" not in str(failed.value), "the message holds what the call holds"
        assert await seqs(records) == taken
    await records.append(key_pressed("a", len(taken)), (), "after")
    assert await seqs(records) == [*taken, len(taken)]
    await records.aclose()
    again = await open_sqlite(path, now=NOW)
    assert await again.incidents() == []
    assert await seqs(again) == [*taken, len(taken)]
    await again.aclose()


@pytest.mark.asyncio
async def test_a_locked_database_fails_in_time_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    records = await open_sqlite(path, now=NOW, busy_ms=50)
    await records.append(*STARTED, "s0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(0.5):
        with pytest.raises(RecordsFailed) as failed:
            await records.append(key_pressed("a", 1), (), "s1")
    assert "locked" in failed.value.message
    assert await seqs(records) == [0], "reading waits for nobody"
    other.execute("ROLLBACK")
    other.close()
    await records.append(key_pressed("a", 1), (), "s1")
    assert await seqs(records) == [0, 1]
    await records.aclose()


@pytest.mark.asyncio
async def test_a_disk_that_hangs_fails_the_append_at_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = await open_sqlite(tmp_path / "records.db", now=NOW)
    await records.append(*STARTED, "s0")
    released, write = threading.Event(), writer.write

    def hang(connection: Connection, appends: list[Append]) -> None:
        released.wait(10)
        write(connection, appends)

    monkeypatch.setattr(writer, "write", hang)
    for seq in (1, 2):  # the first is under way, the second still waits in the queue
        async with asyncio.timeout(0.5):
            with pytest.raises(RecordsFailed, match="not durable within 40 ms"):
                await records.append(key_pressed("a", seq), (), f"s{seq}", limit_ms=40)
    released.set()
    await records.append(key_pressed("a", 3), (), "s3")
    assert await seqs(records) == [0, 1, 3], "what had begun lands, what nobody waits for is dropped"
    await records.append(key_pressed("a", 1), (), "s1")
    await records.append(key_pressed("a", 2), (), "s2")
    assert await seqs(records) == [0, 1, 2, 3]
    await records.aclose()


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["header", "middle", "whole"])
async def test_a_damaged_database_is_put_aside_and_calls_are_taken(tmp_path: Path, where: str) -> None:
    path = tmp_path / "records.db"
    records = await open_sqlite(path, now=NOW)
    for event, effects in made_up_journal("a"):
        await records.append(event, effects, "x" * 5000)
    await records.aclose()
    data = bytearray(path.read_bytes())
    spans = {"header": range(16), "middle": range(4096, 4096 * 8), "whole": range(len(data))}
    for place in spans[where]:
        data[place] ^= 0xFF
    path.write_bytes(data)

    fresh = await open_sqlite(path, now=Instant(T0 + 5))
    (incident,) = await fresh.incidents()
    assert incident.kind == "quarantined"
    assert incident.at == Instant(T0 + 5)
    aside = tmp_path / incident.detail.split(":")[0]
    assert aside.name.startswith("records.db.broken-")
    assert aside.read_bytes() == bytes(data), "the evidence was changed"
    assert await fresh.calls() == []
    for event, effects in made_up_journal("b"):
        await fresh.append(event, effects, "s")
    assert len(await seqs(fresh, "b")) == len(made_up_journal("b"))
    await fresh.aclose()


@pytest.mark.asyncio
async def test_an_empty_file_is_a_new_database_and_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.touch()
    records = await open_sqlite(path, now=NOW)
    assert await records.incidents() == []
    await records.append(*STARTED, "s0")
    await records.aclose()


@pytest.mark.asyncio
async def test_what_was_committed_is_flushed_and_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "records.db"
    records = await open_sqlite(path, now=NOW)
    assert records._writer is not None
    for name, expected in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        ask = partial(Connection.scalar, statement=text(f"PRAGMA {name}"))
        assert await records._writer.run(ask) == expected
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    await records.aclose()


@pytest.mark.asyncio
async def test_records_that_are_not_there_are_not_made_by_reading(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with pytest.raises(RecordsFailed, match="no records at"):
        read_sqlite(path)
    assert not path.exists()


@pytest.mark.asyncio
async def test_a_reader_sees_a_working_line_and_can_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "100% a?b" / "records.db"
    records = await open_sqlite(path, now=NOW)
    await records.append(*STARTED, "s0")
    reader = read_sqlite(path)
    assert [record.call for record in await reader.calls()] == ["a"]
    with pytest.raises(RecordsFailed, match="reading only"):
        await reader.append(key_pressed("a", 1), (), "s1")
    await reader.aclose()
    await records.aclose()
