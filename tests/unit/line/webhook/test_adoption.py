"""Calls by requests that another process held, while records or a carrier do not answer at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.peers.by_request import CALLER, Exchange, Spoken, line_of, shipped
from tests.unit.line.webhook.test_requests import WHITE, ringing
from tests.unit.line.webhook.test_ways import SPEECH, answers

from nightbell.call.events import Played
from nightbell.errors import RecordsFailed
from nightbell.reception.adoption import Adoption, is_spared
from nightbell.terms.disposition import Disposition
from nightbell.testing.records import MemoryRecords

pytestmark = pytest.mark.asyncio


class Unreadable(MemoryRecords):
    """Records that do not answer for a while."""

    silent = False

    async def open_calls(self) -> Any:
        if self.silent:
            raise RecordsFailed("no answer", provider="records")
        return await super().open_calls()

    async def journal(self, call: str) -> Any:
        if self.silent:
            raise RecordsFailed("no answer", provider="records")
        return await super().journal(call)


async def test_calls_of_another_process_are_found_once_the_records_answer() -> None:
    records = Unreadable()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        gone, asks = await ringing(line, WHITE, turns=6), await ringing(line, WHITE, turns=6)
        clock, live = line.clock, set(line.reception.by_request)
    assert len(live) == 2
    records.silent = True
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records, clock=clock) as line:
        await line.calls.look()
        assert line.reception.by_request == set()
        records.silent = False
        await line.calls.look()
        assert line.reception.by_request == set()  # records that failed are left in peace for a while
        clock.pass_ms(1_000)
        path, form, _ = asks.asked[-1]
        await line.carrier.ask(asks, path, form)  # who asks has them looked for at once
        assert line.reception.by_request == live
        assert len(await records.calls()) == 2  # it goes on, and did not begin anew
        clock.pass_ms(91_000)
        await line.calls.look()
        assert len(line.closed) == 1
        await line.carrier.hang_up(asks)
        assert gone.sid != asks.sid


async def test_a_journal_that_cannot_be_read_at_once_is_read_again_before_a_call_is_given_up() -> None:
    records = MemoryRecords()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        call, clock = await ringing(line, WHITE, turns=6), line.clock
    read, failures = records.journal, [1, 2]

    async def journal(call: str) -> Any:
        if failures:
            failures.pop()
            raise RecordsFailed("no answer", provider="records")
        return await read(call)

    records.journal = journal  # type: ignore[method-assign]
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records, clock=clock) as line:
        path, form, _ = call.asked[-1]
        await line.carrier.ask(call, path, form)
        await line.carrier.run(call, answers(WHITE))
        assert (line.closed, failures) == ([], [])
        assert (await line.record()).disposition is Disposition.D1


async def test_a_call_that_cannot_be_closed_stays_in_our_care_and_takes_no_other_with_it() -> None:
    records, failing = Unreadable(), [True]
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        await ringing(line, WHITE, turns=6)
        await ringing(line, WHITE, turns=6)
        clock = line.clock
    closed: list[str] = []

    async def close(call: str) -> None:
        if failing:
            failing.pop()
            raise RecordsFailed("no answer", provider="records")
        closed.append(call)

    live: set[str] = set()
    adoption = Adoption(records, close=close, live=live, alive=None, clock=lambda: clock.now.ms / 1000)
    records.silent = True
    await adoption.begin()
    records.silent = False
    clock.pass_ms(1_100)
    await adoption.look()  # who watches finds them too
    clock.pass_ms(91_000)
    await adoption.look()
    assert (len(closed), len(live)) == (1, 1)
    clock.pass_ms(1_100)
    await adoption.look()
    assert (len(closed), live) == (2, set())


async def test_words_that_cannot_have_been_heard_when_a_process_died_are_said_again() -> None:
    """The carrier could not fetch them any more: it comes back at once, and so heard nothing."""
    flow, records, spoken = shipped("rosewood"), MemoryRecords(), Spoken()
    async with line_of(flow, speech=SPEECH, records=records, spoken=spoken) as line:
        clock, call = line.clock, line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.begin(call)
    clock.pass_ms(1_000)
    async with line_of(flow, speech=SPEECH, records=records, spoken=spoken, clock=clock) as line:
        following = re.search(r'action="https://line.example.org([^"]+)"', call.answer)
        assert following is not None
        await line.carrier.ask(call, following[1], {})
        (made,) = await records.calls()
        assert not [each for each in await records.journal(made.call) if isinstance(each.event, Played)]
        await line.carrier.run_one(call, answers({}))
        await line.carrier.run_one(call, answers({}))
        assert call.heard == ["opening", "recording_notice"]


async def test_a_call_that_the_carrier_still_has_is_not_lost_and_one_that_it_has_not_is() -> None:
    """A caller who talks to a person, or leaves a long message, has nothing asked about them."""
    records, there = MemoryRecords(), Exchange()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        talks, gone = await ringing(line, WHITE, turns=6), await ringing(line, WHITE, turns=6)
        clock = line.clock
    there.in_progress, there.status = {talks.sid, "CAsomebodyelses"}, 503
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records, clock=clock, exchange=there) as line:
        clock.pass_ms(91_000)
        await line.calls.look()
        assert (line.closed, len(line.reception.by_request)) == ([], 2)  # a carrier that does not answer: again
        there.status = 201
        clock.pass_ms(1_100)
        await line.calls.look()
        assert len(line.closed) == 1
        for _ in range(5):
            clock.pass_ms(61_000)
            await line.calls.look()
        assert len(line.closed) == 1
        path, form, _ = talks.asked[-1]
        await line.carrier.ask(talks, path, form)  # the talk is over: the call goes on
        await line.carrier.run(talks, answers(WHITE))
        assert (talks.heard[-1], gone.over) == ("not_reached", False)


async def test_a_carrier_that_never_answers_leaves_its_calls_to_a_person() -> None:
    records, there = MemoryRecords(), Exchange()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        await ringing(line, WHITE, turns=6)
        clock = line.clock
    there.status = 503
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records, clock=clock, exchange=there) as line:
        clock.pass_ms(91_000)
        looks = 0
        while not line.closed:
            await line.calls.look()
            clock.pass_ms(60_000)
            looks += 1
        assert looks == 5


async def test_a_call_that_a_person_took_is_spared_for_as_long_as_a_talk_may_last() -> None:
    records = MemoryRecords()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        await ringing(line, WHITE, turns=6)
        record = await line.record()
    (page,) = record.pages
    taken = replace(record, pages=(replace(page, status="acknowledged"),))
    for minutes, spared in ((4, (True, True)), (60, (False, True)), (300, (False, False))):
        now_ms = record.last_at.ms + minutes * 60_000
        assert (is_spared(record, now_ms), is_spared(taken, now_ms)) == spared
