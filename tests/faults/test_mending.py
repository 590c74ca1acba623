"""Records that fail for a moment: what was spilled is in them soon after, and the pages of it go out."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from nightbell.bootstrap import records as bootstrap
from nightbell.call.effects import Close, Escalate, RingBack
from nightbell.call.events import HungUp
from nightbell.errors import RecordsFailed
from nightbell.records.guarded import GuardedRecords
from nightbell.records.mending import Mending
from nightbell.records.spill import SPILL_NAME
from nightbell.settings import Settings
from nightbell.terms.disposition import Disposition
from nightbell.testing.journal import T0, key_pressed, made_up_journal

pytestmark = pytest.mark.asyncio

BUSY_MS = 300


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[GuardedRecords]:
    settings = Settings(data_dir=folder, spill_dir=folder / "spill")
    async with AsyncExitStack() as stack:
        records, missing = await bootstrap.records_of(settings, stack)
        assert missing is None
        yield records


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(records_in(folder), timeout=10)) as connection:
        return connection.execute(query).fetchall()


def records_in(folder: Path) -> Path:
    (path,) = folder.rglob("*.sqlite3")
    return path


def kept(folder: Path) -> list[str]:
    """Return the names of what waits, or was refused."""
    return [path.name for path in folder.rglob("*") if path.name == SPILL_NAME or path.suffix == ".refused"]


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Hold the records as a program does that forgets them."""
    with closing(sqlite3.connect(records_in(folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def until_mended(records: GuardedRecords) -> None:
    assert records.mending is not None
    async with asyncio.timeout(60):
        while not records.mending.idle:  # noqa: ASYNC110 - rows ring no bell
            await asyncio.sleep(0.05)


async def test_a_page_that_was_spilled_stands_in_the_records_while_the_line_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as records:
        await records.append(*made_up_journal("a")[0], "s0", limit_ms=10_000)
        flag = Escalate(call="a", n=1, disposition=Disposition.D1, state="screen", question="pain")
        async with locked(tmp_path):
            with pytest.raises(RecordsFailed, match="kept in the spill file"):
                await records.append(key_pressed("a", 1), (flag,), "s1", limit_ms=BUSY_MS)
        gone = HungUp(clinic="rosewood", call="a", seq=2, at_utc=T0 + 2000, audio_ms=60, by="caller")
        back = RingBack(call="a", n=2, times=3, within_ms=600_000, then="page", number="+447700900123")
        over = Close(call="a", n=3, disposition=Disposition.D1, state="screen", reason="hangup")
        with pytest.raises(RecordsFailed):  # a call that was spilled once stays there, in its order
            await records.append(gone, (back, over), "s2")
        await until_mended(records)
        assert rows(tmp_path, "SELECT disposition FROM escalations") == [("D1",)]
        assert rows(tmp_path, "SELECT count(*) FROM ring_backs") == [(1,)]
        assert (await records.call("a")).closed is not None
        assert kept(tmp_path) == []


async def test_a_call_whose_closing_failed_is_closed_and_paged_soon_after(tmp_path: Path) -> None:
    async with opened(tmp_path) as records:
        await records.append(*made_up_journal("a")[0], "s0", limit_ms=10_000)
        assert records.mending is not None
        records.mending.left_open("a")
        await until_mended(records)
        record = await records.call("a")
        assert (record.reason, len(record.pages)) == ("interrupted", 1)


async def test_what_fails_is_tried_again_ever_more_seldom_and_in_its_order() -> None:
    done: list[str] = []
    over = asyncio.Event()

    async def replay() -> None:
        done.append("replay")
        if len(done) < 4:
            raise RecordsFailed("still", provider="test")

    async def close(call: str) -> None:
        done.append(call)
        over.set()

    mending = Mending(replay, close, first_s=0.001, last_s=0.004)
    mending.left_open("a")
    assert not mending.idle
    task = asyncio.create_task(mending.run())
    async with asyncio.timeout(10):
        await over.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert done == ["replay"] * 4 + ["a"]
    assert mending.idle
