"""Two flags of one call: the lesser case is closed since the other leads, and that is no acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.escalation.night import BUSY_MS, Night, night_in, wall
from tests.escalation.test_duty import settled, until

from nightbell.call.effects import Close, Escalate, RingBack
from nightbell.call.events import HungUp, KeyPressed
from nightbell.escalation.standings import Standings, status_of
from nightbell.records.database import shared_records
from nightbell.terms.disposition import Disposition
from nightbell.testing.escalation import flagged_call

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with night_in(tmp_path, scale=60.0) as made:
        yield made


async def flagged_again(night: Night) -> None:
    """Have the caller of the call raise a more urgent flag."""
    key = KeyPressed(clinic="rosewood", call="a", seq=1, at_utc=wall(), audio_ms=40, key="9")
    urgent = Escalate(call="a", n=5, disposition=Disposition.D0, state="screen", question="key_9")
    await night.records.append(key, (urgent,), "{}", limit_ms=10_000)


async def test_a_caller_is_not_told_that_somebody_has_them_before_somebody_has(night: Night) -> None:
    await night.duty()
    await flagged_call(night.records, "a", at=wall())
    writing, reading = shared_records(night.address, busy_ms=BUSY_MS)
    writing.dispose()
    standings, told = Standings(reading), list[tuple[str, str]]()

    async def follow(escalation: str) -> None:
        async for status in standings.follow(escalation):
            told.append((escalation, status))

    following = [asyncio.create_task(follow(each)) for each in ("a:1", "a:5")]
    await night.dialler.until(1)
    await flagged_again(night)
    await settled(night, "a:1", "closed")
    await until(lambda: ("a:5", "ringing") in told)
    before = list(told)
    ring = next(ring for ring in reversed(night.dialler.rings) if ring.escalation == "a:5")
    assert await night.duties[0].take(ring.page, "anna", "connect")
    await until(lambda: ("a:5", "acknowledged") in told)
    for task in following:
        task.cancel()
    await standings.aclose()

    assert "acknowledged" not in {status for _, status in before}
    assert ("a:1", "acknowledged") not in told
    assert [page.status for page in (await night.records.call("a")).pages] == ["ringing", "acknowledged"]


async def test_a_caller_who_drops_is_rung_back_while_nobody_has_them(night: Night) -> None:
    night.scale = 600.0
    await night.duty()
    await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(1)
    await flagged_again(night)
    await settled(night, "a:1", "closed")
    gone = HungUp(clinic="rosewood", call="a", seq=2, at_utc=wall(), audio_ms=60, by="caller")
    back = RingBack(call="a", n=6, times=3, within_ms=600_000, then="page", number="+447700900123")
    over = Close(call="a", n=7, disposition=Disposition.D0, state="screen", reason="hangup")
    await night.records.append(gone, (back, over), "{}", limit_ms=10_000)
    await until(lambda: len(night.callers.rung) == 3)


async def test_what_a_person_closed_stays_acknowledged() -> None:
    assert status_of("closed", "anna", worded=False) == "acknowledged"
    assert status_of("closed", "", worded=False) == "ringing"
