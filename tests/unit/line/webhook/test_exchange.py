"""The REST API of a rehearsal's carrier, and whom it rings: what it refuses, and that nobody is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import numpy as np
import pytest
from tests.peers.by_request import PERSON, Line, line_of, shipped
from tests.peers.obeying import ACCOUNT, PUBLIC, TOKEN

from nightbell.errors import LineFailed
from nightbell.line.dialler import RingOrder, Rung
from nightbell.line.media_stream.carrier import Carrier
from nightbell.line.webhook.exchange import CarrierExchange
from nightbell.line.webhook.legs import RestDialler, RestPerson

pytestmark = pytest.mark.asyncio

ORDER = RingOrder(person="person", whisper=np.full(8_000, 1_000, np.int16), ring_s=20, answer_s=20)


@asynccontextmanager
async def both() -> AsyncIterator[tuple[Line, CarrierExchange]]:
    exchange = CarrierExchange()
    api = await exchange.start()
    async with line_of(shipped("rosewood"), api_of=api) as line, aiohttp.ClientSession() as session:
        exchange.serves(Carrier(session, line.here, PUBLIC, token=TOKEN, account=ACCOUNT), PUBLIC)
        try:
            yield line, exchange
        finally:
            await exchange.aclose()


async def rings(line: Line, order: RingOrder = ORDER) -> Rung:
    people = RestDialler(line.legs, {"person": PERSON}, sender=shipped("rosewood").clinic.number)
    async with asyncio.timeout(10):
        return await people.ring(order)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - the other end brings it about
            await asyncio.sleep(0.01)


async def test_who_is_rung_hears_the_whisper_takes_the_call_and_waits_until_they_leave() -> None:
    async with both() as (line, exchange):
        rung = await rings(line)
        person = rung.leg
        assert isinstance(person, RestPerson)
        await exchange.meets(person.room)
        assert (exchange.rung, exchange.met, exchange.waiting) == (1, 1, 1)
        await exchange.leaves(person.room)
        assert person.gone.is_set()
        assert exchange.waiting == 0


async def test_whom_the_line_puts_down_is_gone() -> None:
    async with both() as (line, exchange):
        rung = await rings(line)
        assert rung.leg is not None
        await until(lambda: exchange.waiting)
        await rung.leg.hang_up()
        await until(lambda: not exchange.waiting)


async def test_who_is_left_alone_in_a_conference_is_a_fault_of_the_line() -> None:
    async with both() as (line, exchange):
        await exchange.nobody_waits()
        rung = await rings(line)
        assert rung.leg is not None
        await until(lambda: exchange.waiting)
        with pytest.raises(LineFailed, match="left alone"):
            await exchange.nobody_waits(within_s=0.1)
        await rung.leg.hang_up()
        await exchange.nobody_waits()


async def test_a_conference_where_nobody_waits_is_a_fault_of_the_line() -> None:
    async with both() as (_, exchange):
        with pytest.raises(LineFailed, match="where nobody waits"):
            await exchange.meets("a-room")


async def test_a_whisper_without_words_takes_no_call() -> None:
    async with both() as (line, exchange):
        silent = RingOrder(person="person", whisper=np.zeros(0, np.int16), ring_s=1, answer_s=1)
        assert (await asyncio.wait_for(rings(line, silent), 12)).outcome != "taken"
        assert exchange.waiting == 0


async def test_what_it_never_had_is_not_there() -> None:
    async with both() as (_, exchange), aiohttp.ClientSession() as session:
        base = f"{await _api(exchange)}/2010-04-01/Accounts/{ACCOUNT}"
        async with session.get(f"{base}/Recordings/RE9.wav") as answer:
            assert answer.status == 404
        async with session.delete(f"{base}/Recordings/RE9.json") as answer:
            assert answer.status == 404
        async with session.post(f"{base}/Calls.json", data={"To": PERSON}) as answer:
            assert answer.status == 400


async def _api(exchange: CarrierExchange) -> str:
    assert exchange._runner is not None
    host, port = exchange._runner.addresses[0][:2]
    return f"http://{host}:{port}"
