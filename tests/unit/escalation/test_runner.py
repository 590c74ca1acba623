"""Runner: one piece of work at a time, and none that ends before it is done."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nightbell.errors import Fenced
from nightbell.escalation.runner import Runner

pytestmark = pytest.mark.asyncio


class Slow(Runner):
    """Works until it is let go; then it is done, or finds itself fenced."""

    def __init__(self, *, fenced: bool = False) -> None:
        nothing: Any = None
        super().__init__(
            ledger=nothing, clock=nothing, rotas=nothing, sender=nothing, alarms=nothing, whisper=nothing,
            executor="one", missed=nothing, fenced=lambda: None,
        )  # fmt: skip
        self.go = asyncio.Event()
        self.turns = 0
        self._is_fenced = fenced

    async def _turn(self, escalation: str) -> Any:
        self.turns += 1
        await self.go.wait()
        if self._is_fenced:
            raise Fenced("too late", provider="duty", hint="")
        return SimpleNamespace(finished=True, file=SimpleNamespace(others=()))

    def _resume(self, done: Any) -> None: ...

    def _perform(self, done: Any) -> None: ...


async def _begun(runner: Runner) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(runner.work("e1")) for _ in range(2)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_who_is_given_the_same_work_again_does_not_say_that_it_is_done() -> None:
    runner = Slow()
    tasks = await _begun(runner)

    assert (runner.turns, runner.working) == (1, {"e1"})
    assert [task.done() for task in tasks] == [False, False]

    runner.go.set()
    await asyncio.gather(*tasks)
    assert (runner.turns, runner.working) == (2, set())


async def test_a_fenced_process_ends_neither_of_two() -> None:
    runner = Slow(fenced=True)
    tasks = await _begun(runner)
    runner.go.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in cast("list[object]", found)] == [Fenced, Fenced]
