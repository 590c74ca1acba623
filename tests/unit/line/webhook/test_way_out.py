"""Who rings for a call that goes by requests: the carrier, where it is to; and SIP for every other call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.peers.by_request import CALLER, Line, line_of, shipped
from tests.unit.line.webhook.test_legs import Telephone, until
from tests.unit.line.webhook.test_ways import SPEECH, answers

from nightbell.bootstrap.by_request import CarrierLegs
from nightbell.bootstrap.outside import Outside
from nightbell.bootstrap.paging import clinics_of
from nightbell.errors import RecordsFailed
from nightbell.escalation.port import Ring
from nightbell.escalation.rotas import Rotas
from nightbell.line.webhook.legs import RestPerson
from nightbell.settings import Settings
from nightbell.testing.voice import FakeVoice

pytestmark = pytest.mark.asyncio


def outside(line: Line, *, carrier: bool) -> tuple[Outside, str]:
    """Return the way out of a line that speaks no SIP, and the number of somebody on call."""
    entries = {entry.flow.clinic.name: entry for entry in line.reception.directory.entries}
    rotas = Rotas(clinics_of(entries.values()))
    number = next(person.mobile for person in rotas.of("rosewood").people.values() if person.mobile)
    nobody: Any = None
    legs = CarrierLegs(line.legs) if carrier else None
    way = Outside(Settings(), nobody, nobody, FakeVoice(), line.records, rotas, entries, carrier=legs)
    return way, number


def ring(call: str, number: str) -> Ring:
    return Ring(
        page="p", escalation="e", call=call, clinic="rosewood", number=number, whisper="A caller.", ring_ms=9000
    )


async def called(line: Line) -> str:
    call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
    await line.carrier.run_one(call, answers({}))
    made: str = (await line.record()).call
    return made


async def test_people_of_a_call_by_requests_are_rung_by_its_carrier_from_the_clinics_number() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        way, number = outside(line, carrier=True)
        rung = asyncio.ensure_future(way.person(ring(await called(line), number), "A caller.", 9))
        await until(lambda: line.exchange.placed)
        phone = Telephone(line)
        assert (phone.placed["To"], phone.placed["From"]) == (number, shipped("rosewood").clinic.number)
        await phone.hears()
        await phone.hears("1")
        found = await rung
        assert found.outcome == "taken"
        assert isinstance(found.leg, RestPerson)


async def test_a_caller_who_is_gone_is_rung_for_the_person_who_took_the_page() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        way, number = outside(line, carrier=True)
        call = await called(line)
        rung = asyncio.ensure_future(way.person(ring(call, number), "A caller.", 9))
        await until(lambda: line.exchange.placed)
        await Telephone(line).hears("1")
        leg = (await rung).leg
        assert leg is not None
        joined = asyncio.ensure_future(way.join(call, leg, 9))
        await until(lambda: len(line.exchange.placed) == 2)
        back = Telephone(line, 1)
        assert back.placed["To"] == CALLER
        await back.ends("busy")
        assert await joined == "busy"


async def test_who_is_not_in_the_file_or_has_no_way_is_not_rung() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        way, number = outside(line, carrier=True)
        call = await called(line)
        assert (await way.person(ring(call, "+447700900999"), "A caller.", 9)).outcome == "refused"
        alone, _ = outside(line, carrier=False)
        assert (await alone.person(ring(call, number), "A caller.", 9)).outcome == "failed"
        assert line.exchange.placed == []


class Broken:
    """Records that cannot be read."""

    async def call(self, call: str) -> Any:
        raise RecordsFailed("the disk is gone", provider="records")


@pytest.mark.parametrize("call", ["", "c1"])
async def test_records_that_fail_keep_nobody_from_being_rung(call: str) -> None:
    """The last alarm is about no call, and sounds when the records do not answer."""
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        way, number = outside(line, carrier=True)
        broken: Any = Broken()
        way.records = broken
        rung = asyncio.ensure_future(way.person(ring(call, number), "Look at the line.", 9))
        await until(lambda: line.exchange.placed)
        phone = Telephone(line)
        await phone.hears()
        await phone.hears("1")
        assert (await rung).outcome == "taken"
        alone, _ = outside(line, carrier=False)
        alone.records = broken
        assert (await alone.person(ring(call, number), "Look at the line.", 9)).outcome == "failed"
