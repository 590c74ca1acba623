"""Pages that the records do not take: people are rung all the same, unless the ladder has it a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from nightbell.bootstrap import paging
from nightbell.call.effects import Escalate
from nightbell.errors import RecordsFailed
from nightbell.records.guarded import GuardedRecords
from nightbell.records.mending import Mending
from nightbell.records.spill import Spill, replay
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.escalation import FakeBell
from nightbell.testing.journal import T0, key_pressed, made_up_journal
from nightbell.testing.records import MemoryRecords

pytestmark = pytest.mark.asyncio

FLAG = Escalate(call="a", n=1, disposition=Disposition.D1, state="screen", question="pain")


@pytest.mark.parametrize("mended", [False, True], ids=["for good", "for a moment"])
async def test_a_page_that_is_not_in_the_records_rings_people_unless_it_is_soon(
    tmp_path: Path, *, mended: bool
) -> None:
    records, bell = MemoryRecords(), FakeBell()

    async def close(call: str) -> None:
        raise AssertionError(call)

    mending = Mending(
        lambda: replay(tmp_path, records, now=Instant(T0 + 60_000)), close, first_s=0.01, last_s=0.02
    )
    async with AsyncExitStack() as stack:
        guarded = GuardedRecords(records, Spill(tmp_path), mending)
        paging.tell_unwritten(guarded, bell, stack, grace_s=0.5)
        task = asyncio.create_task(mending.run())
        await guarded.append(*made_up_journal("a")[0], "s0")
        records.failing = True
        with pytest.raises(RecordsFailed):
            await guarded.append(key_pressed("a", 1), (FLAG,), "s1")
        records.failing = not mended
        if mended:
            async with asyncio.timeout(10):
                while not mending.idle:  # noqa: ASYNC110 - a file rings no bell
                    await asyncio.sleep(0.01)
            assert [page.disposition for page in (await records.call("a")).pages] == [Disposition.D1]
            records.failing = True  # the call goes on, and is spilled; its page is in the records
            with pytest.raises(RecordsFailed):
                await guarded.append(key_pressed("a", 2), (), "s2")
            await asyncio.sleep(0.6)  # longer than the moment they have, in which nothing may ring
            assert not bell.sounded
        else:
            await bell.until("unsent")
            (alarm,) = bell.sounded
            assert (alarm.clinic, alarm.escalation, alarm.disposition) == ("rosewood", "a:1", Disposition.D1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_records_that_never_opened_ring_people_at_once(tmp_path: Path) -> None:
    records = MemoryRecords()
    records.failing = True
    guarded, told = GuardedRecords(records, Spill(tmp_path)), list[tuple[str, Escalate]]()

    def unwritten(clinic: str, page: Escalate, written: Callable[[], bool]) -> None:
        assert not written()
        told.append((clinic, page))

    guarded.on_unwritten = unwritten
    with pytest.raises(RecordsFailed):
        await guarded.append(key_pressed("a", 1), (FLAG,), "s1")
    assert told == [("rosewood", FLAG)]
