"""Bells: who waits is woken by a ring, by its time, or by a row that says something else."""

from __future__ import annotations

import asyncio

import pytest

from nightbell.escalation.bells import Bells

pytestmark = pytest.mark.asyncio
DUE_MS = 60_000


async def _waits(bells: Bells, name: str) -> asyncio.Task[bool]:
    bells.hang(name)
    task = asyncio.create_task(bells.wait(name, 30, by=(3, DUE_MS)))
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("row", "now_ms", "woken"),
    [
        ((3, DUE_MS), DUE_MS - 1, False),
        ((3, DUE_MS), DUE_MS, True),  # the timer slept while the machine was suspended
        ((4, DUE_MS), 0, True),  # another process wrote an entry
        ((3, DUE_MS - 1), 0, True),  # ... or moved it
    ],
)
async def test_a_look_at_the_rows_wakes_who_waits_by_something_else(
    row: tuple[int, int],
    now_ms: int,
    woken: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    bells = Bells()
    task, other = await _waits(bells, "e1"), await _waits(bells, "e2")
    bells.ring_changed({"e1": row, "unknown": (1, 0)}, now_ms)
    for _ in range(3):
        await asyncio.sleep(0)
    assert (task.done(), other.done()) == (woken, False)
    for each in (task, other):
        each.cancel()
    await asyncio.gather(task, other, return_exceptions=True)


async def test_who_works_is_not_woken_by_what_it_waited_by_before() -> None:
    bells = Bells()
    task = await _waits(bells, "e1")
    bells.ring("e1")
    assert await task
    bells.ring_changed({"e1": (9, 0)}, DUE_MS)
    assert not await bells.wait("e1", 0.001, by=(9, DUE_MS))
