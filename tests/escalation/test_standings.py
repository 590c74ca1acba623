"""What a caller on hold is told by, read from the rows while duty works on them - and while none does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.escalation.night import BUSY_MS, Night, night_in, wall

from nightbell.escalation.standings import Standings, status_of
from nightbell.escalation.telling import tell_pages
from nightbell.records.database import shared_records
from nightbell.testing.escalation import flagged_call

pytestmark = pytest.mark.timeout(120)


@pytest_asyncio.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with night_in(tmp_path) as made:
        yield made


@pytest.mark.asyncio
async def test_each_change_is_told_once_and_the_page_of_the_call_tells_who(night: Night) -> None:
    night.dialler.plan = lambda ring: "taken" if ring.number.endswith("2") else "passed"
    escalation = await flagged_call(night.records, "a", at=wall())
    reading = shared_records(night.address, busy_ms=BUSY_MS)[1]
    standings = Standings(reading)
    changes = standings.follow(escalation)
    told = []
    await night.duty()
    async with asyncio.timeout(60):
        async for status in changes:
            told.append(status)
            if status == "acknowledged":
                break
    await changes.aclose()  # type: ignore[attr-defined]
    assert told in (["ringing", "acknowledged"], ["acknowledged"]), "a look ten times a second may miss one"
    with reading.connect() as connection:
        sentences = [sentence for _, sentence in tell_pages(connection, "a")]
    await standings.aclose()
    assert sentences == ["anna is rung", "anna: passed it on", "ben is rung", "ben pressed 1: it is theirs"]


@pytest.mark.asyncio
async def test_without_a_duty_nothing_is_told_and_records_that_fail_raise_nothing(night: Night) -> None:
    escalation = await flagged_call(night.records, "a", at=wall())
    writing, reading = shared_records(night.address, busy_ms=BUSY_MS)
    standings = Standings(reading)
    changes = standings.follow(escalation)
    waiting = asyncio.ensure_future(anext(changes))
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    with writing.begin() as connection:
        connection.execute(text("ALTER TABLE escalations RENAME TO away"))
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    with writing.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO escalations"))
        connection.execute(text("UPDATE escalations SET place = 'exhausted'"))
    async with asyncio.timeout(30):
        assert await waiting == "exhausted"
    await standings.aclose()
    writing.dispose()


def test_the_emergency_words_are_due_while_it_still_rings() -> None:
    assert status_of("paging", "", worded=True) == "exhausted"
    assert status_of("owned", "anna", worded=True) == "acknowledged"
    assert status_of("armed", "", worded=False) == "recorded"
