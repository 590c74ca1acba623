"""Asking by requests: what answers later is told, and telling it stops nothing that is under way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nightbell.call.effects import AskHours, Transfer
from nightbell.conversation.by_request.asking import Asking
from nightbell.conversation.limits import Limits
from nightbell.conversation.world import Transferred
from nightbell.terms.instant import Instant

pytestmark = pytest.mark.asyncio


class Slow:
    """A world that takes its time, as one behind a network does."""

    async def transfer(self, effect: Transfer) -> Transferred:
        await asyncio.sleep(0)
        return Transferred(outcome="busy")

    async def hours(self, now: Instant) -> str:
        await asyncio.sleep(0)
        return "open"


async def test_a_transfer_that_ends_may_ask_what_follows_from_it() -> None:
    questions: dict[int, Any] = {1: Transfer(call="c", n=1, to="reception", limit_ms=1000)}
    told: list[Any] = []
    done = asyncio.Event()

    async def later(kind: type[Any], **fields: Any) -> None:
        told.append((kind.__name__, fields))
        del questions[1]
        questions[2] = AskHours(call="c", n=2, limit_ms=1000)
        while (question := asking.next(questions)) is not None:
            told.append(await asking.answer(question, Instant(0)))
            del questions[question.n]
        done.set()

    world: Any = Slow()
    asking = Asking(world, "rosewood", Limits(), later=later, meet=lambda _: None)
    first = asking.next(questions)
    assert first is not None
    assert await asking.answer(first, Instant(0)) is None
    async with asyncio.timeout(5):
        await done.wait()
    assert told[0] == ("TransferEnded", {"effect": 1, "outcome": "busy"})
    assert told[1][1] == {"timed_out": False, "hours": "open"}
