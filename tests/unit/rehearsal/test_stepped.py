"""Time that a carrier brings along: what is due happens first, at its own time, and time never goes back."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from nightbell.call.effects import Escalate, Transfer
from nightbell.call.events import EscalationChanged, TransferEnded
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.stepped import SteppedClock, SteppedWorld
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

pytestmark = pytest.mark.asyncio

NOW = Instant.parse("2026-11-21T22:40:00+00:00")
PAGE = Escalate(call="c", n=4, disposition=Disposition.D1, state="x", question="")


class Rows:
    async def escalate(self, effect: Escalate) -> Any:
        from nightbell.conversation.world import Escalated

        del effect
        return Escalated()


def changed(status: Any, at_ms: int) -> EscalationChanged:
    return EscalationChanged(effect=4, status=status, clinic="x", call="c", seq=9, at_utc=NOW.ms, audio_ms=at_ms)


def transferred() -> TransferEnded:
    return TransferEnded(effect=4, outcome="busy", clinic="x", call="c", seq=9, at_utc=NOW.ms, audio_ms=5_000)


async def test_time_stands_still_until_it_is_moved_and_never_goes_back() -> None:
    clock = SteppedClock(NOW)
    assert clock.at(5_000) == NOW
    await clock.move(4_000)
    await clock.move(1_000)
    assert clock.at(0) == NOW.plus(ms=4_000)


async def test_what_is_due_is_in_the_call_at_its_own_time_before_time_goes_on() -> None:
    clock = SteppedClock(NOW)
    fakes = Fakes(acknowledged_after_ms=45_000)
    world = SteppedWorld(ScriptedWorld(cast("Any", Rows()), fakes), clock)
    await clock.move(10_000)
    made = await world.escalate(PAGE)
    assert (made.taken_after_ms, made.exhausted_after_ms) == (None, None)
    seen: list[tuple[str, int]] = []

    async def follow() -> None:
        assert made.changes is not None
        async for change in made.changes:
            await asyncio.sleep(0)  # a commit
            seen.append((str(change), clock.now_ms))
            clock.happened(changed(change, clock.now_ms), (), clock.now_ms)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    await clock.move(54_999)
    assert seen == []
    await clock.move(70_000)
    assert seen == [("acknowledged", 55_000)]
    assert clock.now_ms == 70_000
    async with asyncio.timeout(5):
        await following


async def test_a_transfer_answers_when_the_clock_is_there() -> None:
    clock = SteppedClock(NOW)
    fakes = Fakes(transfer="busy", transfer_after_ms=5_000)
    world = SteppedWorld(ScriptedWorld(cast("Any", Rows()), fakes), clock)
    dialling = asyncio.create_task(world.transfer(cast("Transfer", None)))
    await asyncio.sleep(0)
    moving = asyncio.create_task(clock.move(6_000))
    async with asyncio.timeout(5):
        found = await dialling
    clock.happened(transferred(), (), clock.now_ms)
    assert (found.outcome, found.after_ms, clock.now_ms) == ("busy", 0, 5_000)
    dialling_stopped = asyncio.create_task(clock.until(90_000))
    await asyncio.sleep(0)
    dialling_stopped.cancel()
    await moving
    await clock.move(100_000)
    assert clock.now_ms == 100_000
