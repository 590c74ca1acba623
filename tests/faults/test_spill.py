"""The spill and what comes after it: a failing database loses no event, and no call stays open."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordsFailed, SessionError
from nightbell.records.guarded import GuardedRecords
from nightbell.records.recovery import recover
from nightbell.records.spill import SPILL_NAME, Replayed, Spill, replay
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, key_pressed, made_up_journal
from nightbell.testing.records import MemoryRecords

NOW = Instant(T0 + 60_000)


async def broken_at(seq: int, folder: Path) -> tuple[MemoryRecords, GuardedRecords]:
    """Return records into which a call was appended that failed from event ``seq`` on."""
    records = MemoryRecords()
    guarded = GuardedRecords(records, Spill(folder))
    for event, effects in made_up_journal("a"):
        records.failing = event.seq >= seq
        if records.failing:
            with pytest.raises(RecordsFailed, match="kept in the spill file"):
                await guarded.append(event, effects, f"s{event.seq}")
        else:
            await guarded.append(event, effects, f"s{event.seq}")
    records.failing = False
    return records, guarded


@pytest.mark.asyncio
@pytest.mark.parametrize("seq", [0, 1, 5, 11])
async def test_what_failed_is_in_the_records_after_the_next_start(tmp_path: Path, seq: int) -> None:
    records, _ = await broken_at(seq, tmp_path / "spill")
    replayed = await replay(tmp_path / "spill", records, now=NOW)
    assert replayed == Replayed(taken=len(made_up_journal("a")) - seq)
    assert [(entry.event, entry.effects) for entry in await records.journal("a")] == list(made_up_journal("a"))
    assert (await records.open_calls())[0].session == "s11"
    assert not (tmp_path / "spill" / SPILL_NAME).exists()
    assert await replay(tmp_path / "spill", records, now=NOW) == Replayed()


@pytest.mark.asyncio
async def test_a_call_that_spilled_once_stays_on_the_safe_path_and_others_do_not(tmp_path: Path) -> None:
    records, guarded = await broken_at(5, tmp_path)
    with pytest.raises(RecordsFailed):
        await guarded.append(key_pressed("a", 12), (), "s12")
    assert guarded.spilling("a")
    await guarded.append(*made_up_journal("b")[0], "s0")
    assert not guarded.spilling("b")
    assert len(await records.journal("a")) == 5


@pytest.mark.asyncio
async def test_a_commit_that_landed_after_its_limit_is_no_conflict(tmp_path: Path) -> None:
    records, _ = await broken_at(5, tmp_path)
    late_event, late_effects = made_up_journal("a")[5]
    await records.append(late_event, late_effects, "s5")
    assert await replay(tmp_path, records, now=NOW) == Replayed(taken=7)


@pytest.mark.asyncio
async def test_a_replay_that_died_is_made_good_by_the_next(tmp_path: Path) -> None:
    records, _ = await broken_at(5, tmp_path)
    records.failing = True
    with pytest.raises(RecordsFailed):
        await replay(tmp_path, records, now=NOW)
    refused = tmp_path / f"replaying-{NOW.ms}.refused"
    assert not refused.exists(), "records that can be read and not written refuse nothing"
    records.failing = False
    assert (await replay(tmp_path, records, now=Instant(NOW.ms + 1))).taken == 7


@pytest.mark.asyncio
async def test_a_torn_line_and_a_refused_one_keep_nothing_else_out(tmp_path: Path) -> None:
    records, _ = await broken_at(5, tmp_path)
    await records.append(key_pressed("a", 7, "9"), (), "other")
    path = tmp_path / SPILL_NAME
    path.write_bytes(path.read_bytes()[:-30])
    replayed = await replay(tmp_path, records, now=NOW)
    assert replayed == Replayed(taken=5, refused=1, torn=1)
    assert sorted(entry.event.seq for entry in await records.journal("a")) == list(range(11))
    assert (tmp_path / f"replaying-{NOW.ms}.refused").read_bytes().count(b"\n") == 1


@pytest.mark.asyncio
async def test_a_spill_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "spill").write_text("a file where the folder should be")
    records = MemoryRecords()
    records.failing = True
    guarded = GuardedRecords(records, Spill(tmp_path / "spill"))
    with pytest.raises(RecordsFailed, match="spill file cannot be written"):
        await guarded.append(*made_up_journal("a")[0], "s0")


@pytest.mark.asyncio
async def test_a_spilled_event_is_flushed_to_the_disk_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        fsync(handle)
        flushed.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fsync", watched)
    spill = Spill(tmp_path)
    await spill.append(*made_up_journal("a")[0], "s0")
    await spill.append(*made_up_journal("a")[1], "s1")
    spill.close()
    assert flushed[-1] == (tmp_path / SPILL_NAME).stat().st_size
    assert len(flushed) == 3, "two lines, and once the folder that holds the new name"


@pytest.mark.asyncio
async def test_a_line_that_is_written_as_the_file_is_put_aside_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, write = threading.Event(), threading.Event(), os.write

    def held(handle: int, line: bytes) -> int:
        begun.set()
        assert goes_on.wait(30)
        return write(handle, line)

    records, spill = MemoryRecords(), Spill(tmp_path)
    monkeypatch.setattr(os, "write", held)
    writing = asyncio.create_task(spill.append(*made_up_journal("a")[0], "s0", limit_ms=30_000))
    assert await asyncio.to_thread(begun.wait, 30)
    replaying = asyncio.create_task(replay(tmp_path, records, now=NOW))
    done, _ = await asyncio.wait({replaying}, timeout=0.3)
    goes_on.set()
    await writing
    assert (not done, (await replaying).taken) == (True, 1)
    spill.close()


@pytest.mark.asyncio
async def test_the_spill_is_ours_alone(tmp_path: Path) -> None:
    await broken_at(0, tmp_path / "spill")
    assert (tmp_path / "spill").stat().st_mode & 0o077 == 0
    assert (tmp_path / "spill" / SPILL_NAME).stat().st_mode & 0o077 == 0


@pytest.mark.asyncio
async def test_after_a_spill_and_a_crash_the_call_is_closed_and_paged_in_a_real_database(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "spill")
    for event, effects in made_up_journal("a"):
        await spill.append(event, effects, f"s{event.seq}")
    records = await open_sqlite(tmp_path / "data" / "records.db", now=NOW)
    await replay(tmp_path / "spill", records, now=NOW)
    await recover(records, _unusable, now=NOW)
    record = await records.call("a")
    assert (record.disposition, record.reason) == (Disposition.D1, "interrupted")
    await records.aclose()


def _unusable(content: str, session: str, event: Event) -> tuple[Sequence[Effect], str]:
    raise SessionError("unusable")


@pytest.mark.asyncio
async def test_a_line_torn_by_a_power_loss_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    journal = made_up_journal("a")
    first = Spill(tmp_path)
    await first.append(*journal[0], "s0")
    first.close()
    with first.path.open("ab") as file:
        file.write(b'["{\\"v')
    second = Spill(tmp_path)  # a start whose records cannot be opened, so nothing was set aside
    await second.append(*journal[1], "s1")
    await second.append(*journal[2], "s2")
    second.close()
    records = MemoryRecords()
    assert await replay(tmp_path, records, now=NOW) == Replayed(taken=3, torn=1)
    assert [entry.event.seq for entry in await records.journal("a")] == [0, 1, 2]
