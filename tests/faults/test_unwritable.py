"""A data folder that is read-only, full or slow: recorded words, a page, and nothing lost for the records."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from tests.faults.stage import Watch, calls_shown, hears_safe_words, keyed, nightbell_in, settings_in, take

from nightbell.call.effects import Play
from nightbell.call.events import RecordsFailing
from nightbell.line.port import Tick
from nightbell.records import writer
from nightbell.records.rows import Append
from nightbell.records.spill import SPILL_NAME
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import small_flow

TO_THE_PROMISE = ((9000, "1"), (11000, "2"), (13000, "1"))
"""Keys of a caller who is worried, whose sight is as ever, and who has pain; what follows ends in a promise."""


class Disk:
    """A folder on a file system of its own, which can be read-only or full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, options: str) -> None:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("only root may mount a file system here")

    def writable(self) -> None:
        subprocess.run(["mount", "-o", "remount,rw,size=32m", str(self.folder)], check=True)
        (self.folder / "filler").unlink(missing_ok=True)

    def fill(self) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    yield Disk(folder)
    subprocess.run(["umount", str(folder)], capture_output=True, check=False)


def assert_safe_path(watch: Watch) -> None:
    """Assert that from the failure on only the recorded words were said, and no promise ever."""
    at = next(index for index, event in enumerate(watch.events) if isinstance(event, RecordsFailing))
    assert watch.spoken[-1] == "safe_words"
    assert "goodbye" not in watch.spoken, "a promise was spoken"
    assert "promise_made" not in [event.kind for event in watch.events[at:]]
    plays = [effect for effect in watch.effects if isinstance(effect, Play)]
    assert plays[-1].safe


@pytest.mark.asyncio
async def test_the_call_of_these_tests_ends_in_a_promise_when_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, flow, line = settings_in(tmp_path / "data", tmp_path / "spill"), small_flow(), keyed(*TO_THE_PROMISE)
    async with nightbell_in(settings, flow, monkeypatch) as night:
        _, watch, _ = await take(night, flow, line, "c1")
    assert "goodbye" in watch.spoken
    assert "safe_words" not in watch.spoken
    assert not hears_safe_words(line)


@pytest.mark.asyncio
@pytest.mark.parametrize("what", ["read-only", "full"])
async def test_records_that_cannot_be_opened_leave_a_line_that_answers(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    disk.mount("ro" if what == "read-only" else "size=64k")
    if what == "full":
        disk.fill()
    settings, flow, line = settings_in(disk.folder / "data", tmp_path / "spill"), small_flow(), keyed()
    async with nightbell_in(settings, flow, monkeypatch) as night:
        assert night.unrecorded is not None
        assert str(disk.folder) in night.unrecorded.message
        outcome, watch, world = await take(night, flow, line, "c1")
    assert hears_safe_words(line)
    assert_safe_path(watch)
    assert [page.disposition for page in world.pages] == [Disposition.DU]
    assert outcome.disposition is Disposition.DU
    assert line.hung_up
    assert (tmp_path / "spill" / SPILL_NAME).stat().st_size > 0

    disk.writable()
    async with nightbell_in(settings, flow, monkeypatch) as night:
        assert night.unrecorded is None
        journal = await night.records.journal("c1")
    assert [entry.event for entry in journal] == watch.events
    (shown,) = await asyncio.to_thread(calls_shown, settings, monkeypatch)
    assert (shown["call"], shown["disposition"], shown["reason"]) == ("c1", "DU", "failure")
    assert [page["disposition"] for page in shown["pages"]] == ["DU"]


@pytest.mark.asyncio
@pytest.mark.parametrize("at", [1000, 10_000, 14_000])
async def test_a_disk_that_fills_up_in_a_call_leads_to_the_recorded_words(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    disk.mount("size=8m")
    settings, flow = settings_in(disk.folder / "data", tmp_path / "spill"), small_flow()
    line = keyed(*TO_THE_PROMISE)
    ticks = line.ticks

    async def filling() -> AsyncIterator[Tick]:
        async for tick in ticks():
            if tick.number * 20 == at:
                disk.fill()
            yield tick

    monkeypatch.setattr(line, "ticks", filling)
    async with nightbell_in(settings, flow, monkeypatch) as night:
        _, watch, world = await take(night, flow, line, "c1")
        before = len(await night.records.journal("c1"))
    assert before > 0
    assert hears_safe_words(line)
    assert_safe_path(watch)
    assert world.pages
    assert line.hung_up
    assert (tmp_path / "spill" / SPILL_NAME).stat().st_size > 0

    disk.writable()
    async with nightbell_in(settings, flow, monkeypatch) as night:
        journal = await night.records.journal("c1")
        record = await night.records.call("c1")
    assert [entry.event for entry in journal] == watch.events
    assert len(journal) > before
    assert record.reason == "failure"
    assert {page.n for page in record.pages} == {page.n for page in world.pages}
    (shown,) = await asyncio.to_thread(calls_shown, settings, monkeypatch)
    assert shown["disposition"] == record.disposition


@pytest.mark.asyncio
async def test_a_commit_that_takes_too_long_leads_to_the_recorded_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, flow, line = settings_in(tmp_path / "data", tmp_path / "spill"), small_flow(), keyed(*TO_THE_PROMISE)
    released, write = threading.Event(), writer.write

    def slow(connection: Connection, appends: list[Append]) -> None:
        if any(append.event.kind == "key_pressed" for append in appends):
            released.wait(20)
        write(connection, appends)

    monkeypatch.setattr(writer, "write", slow)
    async with nightbell_in(settings, flow, monkeypatch) as night:
        began = asyncio.get_running_loop().time()
        _, watch, world = await take(night, flow, line, "c1")
        took = asyncio.get_running_loop().time() - began
        released.set()
    assert 0.5 <= took < 5, "the limit of 500 ms was not the only one waited for"
    assert hears_safe_words(line)
    assert_safe_path(watch)
    assert world.pages

    monkeypatch.setattr(writer, "write", write)
    async with nightbell_in(settings, flow, monkeypatch) as night:
        journal = await night.records.journal("c1")
        record = await night.records.call("c1")
    assert [entry.event for entry in journal] == watch.events, (
        "what landed late and what was spilled are one journal"
    )
    assert record.reason == "failure"
    assert record.pages


@pytest.mark.asyncio
async def test_with_no_place_to_write_at_all_the_caller_still_hears_the_words(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.mount("ro")
    settings, flow, line = settings_in(disk.folder / "data", disk.folder / "spill"), small_flow(), keyed()
    async with nightbell_in(settings, flow, monkeypatch) as night:
        outcome, watch, world = await take(night, flow, line, "c1")
    assert hears_safe_words(line)
    assert_safe_path(watch)
    assert len(world.pages) == 1
    assert outcome.disposition is Disposition.DU
    assert list(disk.folder.iterdir()) == []
