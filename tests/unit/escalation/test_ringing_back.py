"""Ringing back: who is being rung is left alone, and so is who was while the rows were read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.reconciler import DroppedCaller
from nightbell.escalation.ringing_back import RingingBack
from nightbell.oncall.ringback import Try
from nightbell.terms.instant import Instant

pytestmark = pytest.mark.asyncio
LONG_AGO = Instant(1_000)


class Ledger:
    """Rows as they were before the telephone was put down, which happens while they are read."""

    def __init__(self, rows: list[DroppedCaller]) -> None:
        self.rows = rows
        self.written = 0

    async def read(self, work: Any) -> list[DroppedCaller]:
        await asyncio.sleep(0)
        return self.rows

    async def run(self, work: Any) -> int:
        self.written += 1
        return self.written


class Line:
    """A caller who answers once they are let."""

    def __init__(self) -> None:
        self.rung = 0
        self.answers = asyncio.Event()

    async def ring_back(self, call: str, number: str, *, reason: str) -> str:
        self.rung += 1
        await self.answers.wait()
        return "reached"


def caller(*tries: Try) -> DroppedCaller:
    return DroppedCaller(
        id="r1", clinic="rosewood", call="c1", number="+447700900123", asked=LONG_AGO, times=3,
        within_ms=600_000, then="page", tries=tries, in_hand=False,
    )  # fmt: skip


async def test_a_caller_who_answers_while_the_rows_are_read_is_not_rung_again() -> None:
    rows, line = Ledger([caller()]), Line()
    ledger: Any = rows
    calls: Any = line
    back = RingingBack(ledger, SteadyClock(), calls)
    await back.look()
    await asyncio.sleep(0)
    assert line.rung == 1

    rows.rows = [caller(Try(at=LONG_AGO, outcome="ringing"))]

    async def answered() -> None:
        line.answers.set()
        for _ in range(10):
            await asyncio.sleep(0)

    read = rows.read

    async def slow(work: Any) -> list[DroppedCaller]:
        await answered()
        return await read(work)

    rows.read = slow  # type: ignore[method-assign]
    await back.look()
    await asyncio.sleep(0)
    assert line.rung == 1
    await back.aclose()
