"""Twelve of Rosewood's call scripts by requests alone, unchanged, and with a caller who is silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.peers.by_request import shipped
from tests.peers.requested import ask_scripts, scripts_of
from tests.rehearsals.test_sip_tier import REPRESENTATIVE

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]


async def test_twelve_callers_get_what_they_get_in_writing(tmp_path: Path) -> None:
    flow = shipped("rosewood")
    scripts, left_out = scripts_of(flow, [*REPRESENTATIVE, "message-then-hangs-up"])
    results = await ask_scripts(flow, scripts, tmp_path)
    assert {result.script.name: result.failures for result in results if not result.passed} == {}
    assert len(results) == len(REPRESENTATIVE) + 1
    assert left_out == ()
    assert all((tmp_path / f"{result.script.name}.wav").stat().st_size > 100_000 for result in results)


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
