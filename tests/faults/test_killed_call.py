"""Kill -9 at every event of real calls: what callers were told is known, and the call closed with a page."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.call_loop import MOMENTS, STORIES
from tests.faults.memory import in_memory
from tests.faults.stage import NIGHT, settings_in

from nightbell.bootstrap.nightbell import open_nightbell
from nightbell.bootstrap.records import recovered
from nightbell.call.effects import Close, Play
from nightbell.errors import RecordNotFound
from nightbell.records.port import CallRecord, Entry
from nightbell.records.recovery import recover
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition, highest

CALL_LOOP = Path(__file__).with_name("call_loop.py")
ROOT = Path(__file__).parents[2]
LATER = NIGHT.plus(ms=3_600_000)


def done_in(folder: Path) -> list[tuple[Any, ...]]:
    """Return the side file's lines; the last one may be torn, for it was never flushed."""
    return [tuple(json.loads(line)) for line in (folder / "done").read_text().splitlines()]


def assert_known(done: list[tuple[Any, ...]], entries: list[Entry], record: CallRecord | None, where: str) -> None:
    """Assert that whatever was said or handed over is in the records."""
    said = Counter(line[1:] for line in done if line[0] == "said")
    plays = [effect for entry in entries for effect in entry.effects if isinstance(effect, Play)]
    known = Counter((play.prompt, " ".join(segment.text for segment in play.segments)) for play in plays)
    assert not said - known, f"{where}: said but not recorded: {said - known}"
    rows = {
        "page": {page.n for page in record.pages} if record else set(),
        "ring_back": {one.n for one in record.ring_backs} if record else set(),
        "note": {one.n for one in record.notifications} if record else set(),
    }
    for kind, numbers in rows.items():
        handed = {line[1] for line in done if line[0] == kind}
        assert handed <= numbers, f"{where}: a {kind} was handed over but not recorded"


def assert_closed(record: CallRecord, before: CallRecord, where: str) -> None:
    """Assert that an interrupted call has an outcome, at least as urgent as it was, and a page."""
    least = highest(before.floor, Disposition.DU)
    assert least is not None
    assert record.reason == "interrupted", where
    assert record.disposition is not None
    assert record.disposition.at_least(least), where
    assert record.pages, f"{where}: nobody was paged"
    assert len({page.id for page in record.pages}) == len(record.pages)


def kill(folder: Path, *words: str) -> None:
    """Run the loop of killed calls."""
    paths = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), str(ROOT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    subprocess.run([sys.executable, str(CALL_LOOP), str(folder), *words], check=True, timeout=100, env=environment)


@pytest.fixture
def place() -> Iterator[Path]:
    with in_memory("killed-") as made:
        yield made


@pytest.fixture(params=sorted(STORIES))
def killed(request: pytest.FixtureRequest, place: Path) -> list[Path]:
    """Return a folder per event and moment, as the killed process left it."""
    kill(place, request.param)
    return sorted(path for path in place.iterdir() if path.name != "whole")


@pytest.mark.asyncio
async def test_a_call_killed_at_any_event_is_closed_with_a_page_and_nothing_is_lost(
    killed: list[Path],
) -> None:
    assert len(killed) >= len(MOMENTS) * 10, "the call was too short to show anything"
    interrupted = 0
    for folder in killed:
        index, moment = int(folder.name[:3]), folder.name[4:]
        done = done_in(folder)
        records = await open_sqlite(folder / "records.db", now=LATER)
        assert await records.incidents() == [], f"{folder.name}: the database was damaged"
        try:
            entries, before = await records.journal("killed"), await records.call("killed")
        except RecordNotFound:
            entries, before = [], None
        kept = [entry.event.seq for entry in entries]
        least = index if moment == "before" else index + 1
        assert kept == list(range(len(kept)))
        assert len(kept) == least if moment != "performed" else len(kept) >= least
        assert_known(done, entries, before, folder.name)
        recovery = await recover(records, recovered, now=LATER)
        assert recovery.by_fallback == recovery.failed == ()
        assert await records.open_calls() == []
        if before is not None and not _ended(entries):
            interrupted += 1
            assert recovery.by_session == ("killed",)
            assert_closed(await records.call("killed"), before, folder.name)
        else:
            assert recovery.by_session == ()
        await records.aclose()
    assert interrupted > len(killed) // 2


def _ended(entries: list[Entry]) -> bool:
    return any(isinstance(effect, Close) for entry in entries for effect in entry.effects)


@pytest.mark.asyncio
async def test_the_next_start_closes_what_it_finds(place: Path) -> None:
    await asyncio.to_thread(kill, place, "pain", "12")
    for moment in MOMENTS:
        folder = place / f"012-{moment}"
        settings = settings_in(folder, folder / "spill").model_copy(
            update={"records": f"sqlite+aiosqlite:///{folder / 'records.db'}"}
        )
        async with open_nightbell(settings) as night:
            record = await night.records.call("killed")
        assert (record.reason, bool(record.pages)) == ("interrupted", True)
        async with open_nightbell(settings) as night:
            again = await night.records.call("killed")
        assert again == record, "a second start changed a closed call"
