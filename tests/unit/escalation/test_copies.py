"""The number that a copy of a page bears, also where the records could not take the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, select

from nightbell.errors import RecordsFailed
from nightbell.escalation.case_rows import Send
from nightbell.escalation.sending import Sender
from nightbell.records.tables import escalations, executors, metadata, page_sends

SEND = Send(page="c:1/0.0.anna", method=0, kind="call", state="due", copies=0)


class Failing:
    """Records that fail when they are told to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.full = False

    async def run(self, work: Callable[[Connection], Any]) -> Any:
        if self.full:
            raise RecordsFailed("the disk is full", provider="test")
        with self.engine.begin() as connection:
            return work(connection)


@pytest.fixture
def records() -> Failing:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    case = {
        "id": "c:1", "clinic": "x", "call": "c", "n": 1, "at_utc": 0, "disposition": "D1", "origin": "flag",
        "place": "paging", "owner": "", "worded": False, "last_seq": 0, "next_utc": 0, "moved_utc": 0,
    }  # fmt: skip
    me = {
        "executor": "me", "clinic": "", "host": "h", "process": "1.1", "started_utc": 0, "seen_utc": 0,
        "anchor_utc": 0, "anchor_boot_ms": 0, "fenced": False, "recovered": False,
    }  # fmt: skip
    way = {"page": SEND.page, "method": 0, "clinic": "x", "escalation": "c:1", "kind": "call", "state": "due"}
    with engine.begin() as connection:
        connection.execute(insert(escalations), case)
        connection.execute(insert(executors), me)
        connection.execute(insert(page_sends), way | {"copies": 0, "at_utc": 0})
    return Failing(engine)


def sender(records: Failing) -> Sender:
    nothing: Any = None
    found: Any = records
    return Sender(ledger=found, clock=nothing, rotas=nothing, dialler=nothing, channels={}, executor="me")


def written(records: Failing) -> int:
    with records.engine.connect() as connection:
        return int(connection.execute(select(page_sends.c.copies)).scalar_one())


@pytest.mark.asyncio
async def test_the_next_copy_is_counted_after_those_that_could_not_be_written(records: Failing) -> None:
    one = sender(records)
    records.full = True
    assert [await one._mark(SEND, "sending", one_more=True) for _ in range(2)] == [1, 2]

    records.full = False
    assert await one._mark(SEND, "sending", one_more=True) == 3
    assert written(records) == 3, "a crash now must not make it begin anew"
    assert await sender(records)._mark(SEND, "sending", one_more=True) == 4


@pytest.mark.asyncio
async def test_what_was_written_before_counts_as_well(records: Failing) -> None:
    for number in (1, 2, 3):
        assert await sender(records)._mark(SEND, "sending", one_more=True) == number
