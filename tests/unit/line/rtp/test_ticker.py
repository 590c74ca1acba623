"""The one clock: everybody every 20 ms, whatever one of them or the loop does."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import pytest
import uvloop

from nightbell.line.rtp.ticker import LATEST, TICK_S, Ticker

pytestmark = pytest.mark.asyncio


@dataclass(eq=False)
class Counting:
    """Counts what it is served; ends after so many ticks, or raises."""

    until: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    took: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    fault: bool = False
    failed: bool = False

    def take_in(self) -> None:
        self.took.append(time.monotonic())
        if self.fault and len(self.took) == self.until:
            raise RuntimeError
        if len(self.took) >= self.until:
            self.over.set()

    def send(self) -> None:
        self.sent.append(time.monotonic())

    def fail(self) -> None:
        self.failed = True
        self.over.set()


async def served(*members: Counting) -> Ticker:
    ticker = Ticker()
    for member in members:
        ticker.add(member)
    async with asyncio.timeout(20):
        for member in members:
            await member.over.wait()
            ticker.remove(member)
    return ticker


async def test_everybody_is_served_at_their_own_time_without_drift() -> None:
    members = [Counting(50) for _ in range(9)]
    ticker = await served(*members)
    for member in members:
        took = member.took
        assert took[49] - took[0] == pytest.approx(49 * TICK_S, abs=0.1)
        assert abs(len(member.sent) - len(took)) <= 1
    assert len(ticker) == 0
    assert len(ticker.late_s) <= LATEST


async def test_a_loop_that_was_blocked_catches_up() -> None:
    member = Counting(60)

    def block() -> None:
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            pass

    asyncio.get_running_loop().call_later(0.2, block)
    ticker = await served(member)
    assert member.took[-1] - member.took[0] == pytest.approx(59 * TICK_S, abs=0.1)
    assert ticker.left_out == 0
    assert ticker.lateness_ms(100) >= 300


async def test_more_than_a_second_is_left_out() -> None:
    ticker = Ticker()
    member = Counting(10)
    ticker.add(member)
    ticker._began -= 60
    async with asyncio.timeout(5):
        await member.over.wait()
    ticker.close()
    assert ticker.left_out >= 59 / TICK_S
    assert len(member.took) < 80


async def test_one_that_raises_is_left_alone_and_the_others_go_on() -> None:
    bad, good = Counting(5, fault=True), Counting(30)
    ticker = await served(bad, good)
    assert bad.failed
    assert len(bad.took) == 5
    assert ticker.failed == 1
    assert len(good.took) >= 30


async def test_one_that_cannot_even_be_ended_does_not_stop_the_others() -> None:
    class Stuck(Counting):
        def fail(self) -> None:
            super().fail()
            raise RuntimeError

    bad, good = Stuck(5, fault=True), Counting(30)
    ticker = await served(bad, good)
    assert bad.failed
    assert ticker.failed == 1
    assert len(good.took) >= 30


async def test_who_leaves_within_a_tick_is_not_served_again() -> None:
    ticker = Ticker()

    class Leaving(Counting):
        def take_in(self) -> None:
            super().take_in()
            ticker.remove(self)

    member = Leaving(1)
    ticker.add(member)
    await member.over.wait()
    again = Counting(3)
    ticker.add(again)
    async with asyncio.timeout(5):
        await again.over.wait()
    ticker.remove(again)
    assert len(member.took) == 1


async def test_it_keeps_time_on_uvloop_too() -> None:
    def run() -> list[float]:
        member = Counting(50)

        async def work() -> None:
            await served(member)

        uvloop.run(work())
        return member.took

    took = await asyncio.to_thread(run)
    assert took[49] - took[0] == pytest.approx(49 * TICK_S, abs=0.1)
