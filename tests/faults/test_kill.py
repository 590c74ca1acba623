"""Kill -9 at every event: nothing that was done is unknown afterwards, and the call is closed with a page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.faults.memory import in_memory

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.errors import RecordNotFound, SessionError
from nightbell.records.recovery import recover
from nightbell.records.sqlite import open_sqlite
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.journal import T0, made_up_journal

KILL_LOOP = Path(__file__).with_name("kill_loop.py")


def unusable(content: str, session: str, event: Event) -> tuple[Sequence[Effect], str]:
    raise SessionError("a made-up journal fits no flow")


@pytest.fixture
def killed() -> Iterator[list[Path]]:
    """Give a folder per event and moment, as the killed process left it."""
    with in_memory("kill-") as place:
        subprocess.run([sys.executable, str(KILL_LOOP), str(place)], check=True, timeout=100)
        yield sorted(place.iterdir())


@pytest.mark.asyncio
async def test_kill_at_every_event_loses_nothing_that_was_performed(killed: list[Path]) -> None:
    assert len(killed) == 3 * len(made_up_journal("killed"))
    for folder in killed:
        index, moment = int(folder.name[:2]), folder.name[3:]
        side = folder / "performed"
        performed = [tuple(map(int, line.split())) for line in side.read_text().splitlines()]
        records = await open_sqlite(folder / "records.db", now=Instant(T0))
        assert await records.incidents() == [], f"{folder.name}: the database was damaged"
        try:
            entries = await records.journal("killed")
        except RecordNotFound:
            entries = []
        known = {(entry.event.seq, effect.n) for entry in entries for effect in entry.effects}
        assert set(performed) <= known, f"{folder.name}: performed but not recorded"
        assert [entry.event.seq for entry in entries] == list(range(len(entries)))
        if moment != "amid":
            assert len(entries) == index + 1
        if entries:
            recovery = await recover(records, unusable, now=Instant(T0 + 60_000))
            assert recovery.by_fallback == ("killed",)
            record = await records.call("killed")
            assert record.reason == "interrupted"
            assert record.disposition is not None
            assert record.disposition.at_least(Disposition.D1 if len(entries) > 2 else Disposition.DU)
            assert record.pages
            assert len({page.id for page in record.pages}) == len(record.pages)
            assert await records.open_calls() == []
            again = await recover(records, unusable, now=Instant(T0 + 90_000))
            assert again.by_fallback == again.by_session == ()
        await records.aclose()
