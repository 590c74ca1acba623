"""Records that took what was written, and did not say so in time: what is durable is done, and by who did it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection
from tests.escalation.night import Night, night_in, wall
from tests.escalation.test_duty import settled

from nightbell.errors import RecordsFailed
from nightbell.escalation import scribe
from nightbell.escalation.duty import Duty
from nightbell.escalation.ledger import Ledger
from nightbell.oncall.history import Lost, Taken
from nightbell.records.database import shared_records
from nightbell.terms.disposition import Disposition
from nightbell.testing.escalation import flagged_call, promised_call

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with night_in(tmp_path) as made:
        yield made


class Unsure:
    """Takes all that is written; of the first entry that holds some text it says that it was not done in time."""

    def __init__(self, ledger: Ledger, text: str) -> None:
        self._ledger = ledger
        self._text = text
        self.failed: list[str] = []

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        return await self._ledger.read(work)

    async def run(self, work: Callable[[Connection], Any]) -> Any:
        before = await self._ledger.read(_entries)
        told = await self._ledger.run(work)
        new = [line for line in await self._ledger.read(_entries) if line not in before]
        if not self.failed and any(self._text in line for line in new):
            self.failed += new
            raise RecordsFailed("nothing was done in time", provider="records", hint="")
        return told


def unsure_of(duty: Duty, text: str) -> Unsure:
    runner: Any = duty.runner
    runner._ledger = runner._scribe._ledger = made = Unsure(runner._ledger, text)
    return made


def _entries(connection: Connection) -> list[str]:
    return [str(row[0]) for row in connection.exec_driver_sql("SELECT entry FROM escalation_log")]


async def test_a_page_that_was_written_though_nobody_heard_so_is_rung(night: Night) -> None:
    night.dialler.plan = lambda ring: "taken" if ring.page.endswith("0.1.ben") else "passed"
    duty = await night.duty()
    unsure = unsure_of(duty, '"rung":1,"kind":"paged"')
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    assert len(unsure.failed) == 1
    rings = [(ring.page, ring.copy) for ring in night.dialler.rings]
    assert rings == [(f"{escalation}/0.0.anna", 1), (f"{escalation}/0.1.ben", 1)]


async def test_a_key_that_was_written_though_nobody_heard_so_has_won(night: Night) -> None:
    night.dialler.plan = lambda _: "taken"
    duty = await night.duty()
    unsure = unsure_of(duty, '"kind":"taken"')
    escalation = await flagged_call(night.records, "a", at=wall())
    await settled(night, escalation, "owned")
    page = f"{escalation}/0.0.anna"
    async with asyncio.timeout(30):
        while not (night.dialler.won or night.dialler.beaten):  # noqa: ASYNC110 - a list rings no bell
            await asyncio.sleep(0.02)
    assert len(unsure.failed) == 1
    assert (night.dialler.won, night.dialler.beaten) == ([page], []), "who has it was told that somebody else has"
    assert [one.person for one in await night.log(escalation) if isinstance(one, Taken)] == ["anna"]
    assert not await duty.take(page, "ben", "connect"), "a second owner"


async def test_a_last_alarm_that_was_written_though_nobody_heard_so_sounds(night: Night) -> None:
    night.rota.write_text("people:\n  anna: {name: Anna Bright}\n")
    duty = await night.duty()
    unsure = unsure_of(duty, '"kind":"exhausted"')
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.bell.until("exhausted")
    assert len(unsure.failed) >= 1
    assert night.bell.kinds(escalation).count("exhausted") == 1


async def test_a_missed_promise_that_was_written_though_nobody_heard_so_is_told(night: Night) -> None:
    night.scale = 60.0
    duty = await night.duty()
    unsure = unsure_of(duty, '"kind":"missed"')
    at = wall()
    await promised_call(night.records, "p", at=at, by=at + 240_000, disposition=Disposition.D3)
    await night.bell.until("missed")
    async with asyncio.timeout(30):
        while not night.callers.rung:  # noqa: ASYNC110 - a list rings no bell
            await asyncio.sleep(0.02)
    assert len(unsure.failed) >= 1
    assert night.callers.rung == [("p", "+447700900124", "missed")]
    assert night.bell.kinds().count("missed") == 1


async def test_a_process_that_slept_past_the_limit_takes_what_was_done_meanwhile(night: Night) -> None:
    ledger = Ledger(*shared_records(night.address, busy_ms=1_000), limit_s=0.05)
    done = threading.Event()

    def work(_connection: Connection) -> int:
        done.set()
        return 7

    task = asyncio.create_task(ledger.run(work))
    await asyncio.sleep(0)
    assert done.wait(10)
    _sleep_like_the_dead(0.3)
    try:
        assert await task == 7
    finally:
        await ledger.aclose()


def _sleep_like_the_dead(seconds: float) -> None:
    """Hold the loop up, as a process that is stopped is."""
    time.sleep(seconds)


@pytest.mark.parametrize("again", [False, True], ids=["once", "pressed again"])
async def test_a_key_that_comes_to_be_written_after_its_person_was_let_go_is_given_back(
    night: Night, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    monkeypatch.setattr(scribe, "_KEY_S", 0.3)
    held, goes_on = asyncio.Event(), asyncio.Event()
    night.dialler.plan = lambda ring: "passed" if ring.page.endswith(".anna") else None
    duty = await night.duty()
    escalation = await flagged_call(night.records, "a", at=wall())
    await night.dialler.until(2)
    runner: Any = duty.runner
    run = runner._scribe._ledger.run

    class Held:
        async def run(self, work: Callable[[Connection], Any]) -> Any:
            told = await asyncio.shield(run(work))
            held.set()
            await goes_on.wait()  # it is durable, and nobody is told
            return told

    ben = next(ring for ring in night.dialler.rings if ring.page.endswith(".ben"))
    ledger, runner._scribe._ledger = runner._scribe._ledger, Held()
    with pytest.raises(RecordsFailed, match="not written down in time"):
        await duty.take(ben.page, "ben", "connect")
    assert held.is_set()
    runner._scribe._ledger = ledger
    goes_on.set()
    if again:
        monkeypatch.setattr(scribe, "_KEY_S", 30.0)
        assert await duty.take(ben.page, "ben", "connect"), "what is given back is not the key that is pressed now"
        log = await night.log(escalation)
        assert [type(one) for one in log if isinstance(one, Taken | Lost)] == [Taken, Lost, Taken]
        assert not runner._scribe._backs
        assert (await night.file(escalation)).owner == "ben"
        return
    async with asyncio.timeout(30):
        while not any(isinstance(one, Lost) for one in await night.log(escalation)):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)
    log = await night.log(escalation)
    assert [type(one) for one in log if isinstance(one, Taken | Lost)] == [Taken, Lost]
    assert (await night.file(escalation)).owner == ""
