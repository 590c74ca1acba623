"""Twelve of Rosewood's call scripts by requests alone, unchanged, and with a caller who is silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from tests.peers.by_request import shipped
from tests.peers.requested import ask_scripts, scripts_of
from tests.rehearsals.test_sip_tier import REPRESENTATIVE

from nightbell.line.webhook.exchange import CarrierExchange

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]


async def test_twelve_callers_get_what_they_get_in_writing(tmp_path: Path) -> None:
    flow = shipped("rosewood")
    scripts, left_out = scripts_of(flow, [*REPRESENTATIVE, "message-then-hangs-up"])
    results = await ask_scripts(flow, scripts, tmp_path)
    assert {result.script.name: result.failures for result in results if not result.passed} == {}
    assert len(results) == len(REPRESENTATIVE) + 1
    assert left_out == ()
    assert all((tmp_path / f"{result.script.name}.wav").stat().st_size > 100_000 for result in results)


async def test_who_takes_a_page_or_answers_is_told_why_and_meets_the_caller_at_the_carrier(tmp_path: Path) -> None:
    flow, exchange = shipped("rosewood"), CarrierExchange()
    scripts, _ = scripts_of(flow, ["person-late", "only-keys", "reception-in-hours", "hang-up-after-flag"])
    results = await ask_scripts(flow, scripts, tmp_path, exchange=exchange)
    assert {result.script.name: result.failures for result in results if not result.passed} == {}
    assert (exchange.rung, exchange.met) == (3, 3)
    assert exchange.waiting == 0


async def test_who_takes_the_page_as_the_call_ends_is_left_alone_nowhere(tmp_path: Path) -> None:
    flow, exchange = shipped("rosewood"), CarrierExchange()
    results = await ask_scripts(
        flow, scripts_of(flow, ["row-07-frequent-and-blind"])[0], tmp_path, exchange=exchange
    )
    assert [result.failures for result in results] == [()]
    assert (exchange.rung, exchange.met, exchange.waiting) == (1, 0, 0)


async def test_who_is_not_rung_though_they_are_said_to_have_taken_the_call_fails_the_rehearsal(
    tmp_path: Path,
) -> None:
    class Nobody(CarrierExchange):
        async def _place(self, request: web.Request) -> web.Response:
            del request
            return web.json_response({"code": 21201}, status=400)

    flow = shipped("rosewood")
    scripts, _ = scripts_of(flow, ["person-late", "reception-in-hours"])
    results = await ask_scripts(flow, scripts, tmp_path, exchange=Nobody())
    assert [result.passed for result in results] == [False, False]
    assert all("never met the caller" in str(result.failures) for result in results)


async def test_without_a_recogniser_a_message_is_recorded_by_the_carrier_and_kept(tmp_path: Path) -> None:
    flow, exchange = shipped("rosewood"), CarrierExchange()
    named = ["wrong-keys", "no-number-for-the-booking", "only-keys", "white-lip"]
    scripts, left_out = scripts_of(flow, named, hears=False)
    assert [left.script.name for left in left_out] == ["white-lip"]
    results = await ask_scripts(flow, scripts, tmp_path, exchange=exchange, hears=False)
    assert {result.script.name: result.failures for result in results if not result.passed} == {}
    assert exchange.recorded == exchange.deleted
    assert len(exchange.deleted) == 2


async def test_a_silenced_caller_fails(tmp_path: Path) -> None:
    flow = shipped("rosewood")
    results = await ask_scripts(flow, scripts_of(flow, ["white-lip", "booking"])[0], tmp_path, mute=True)
    assert [result.passed for result in results] == [False, False]


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("clinic", ["rosewood", "stmarks", "hollow-lane"])
async def test_every_script_of_a_clinic_gets_what_it_gets_in_writing(tmp_path: Path, clinic: str) -> None:
    flow = shipped(clinic)
    scripts, left_out = scripts_of(flow)
    results = await ask_scripts(flow, scripts, tmp_path)
    assert {result.script.name: result.failures for result in results if not result.passed} == {}
    assert len(results) > 100
    assert all(left.why for left in left_out)
