"""A page on its way through a served line: real telephones on loopback ring until somebody presses 1."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.peers.serve.house import ROOT, ROSEWOOD, heard_ms, until

from nightbell.cli.over import Over
from nightbell.settings import load_settings
from nightbell.testing.escalation_story import FIRST, SECOND, THIRD, Night, play, story_line

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.audio, pytest.mark.timeout(400)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    folder = tmp_path_factory.mktemp("escalation")
    async with story_line(folder, ROSEWOOD, load_settings()) as found:
        yield found


async def test_the_third_clinician_presses_one_and_is_heard_by_the_patient(night: Night) -> None:
    found = await play(night, ROOT / "audio" / "flag-white-lip-plain.wav")
    assert found["rung"] == [FIRST, SECOND, THIRD], "a voicemail that picks up is nobody"
    assert found["disposition"] == "D1"
    assert found["pages"] == ["acknowledged"]
    assert found["clinician_heard_patient"] > 0.8
    assert found["patient_heard_clinician"] > 0.8
    assert found["still_ringing_at_the_key"] == [], "it stops for everyone at the acknowledgement"
    assert found["shown_to_clinicians"] == ["+442079460142"], "they see the clinic's number"
    assert found["numbers_leaked"] == []
    words = (sys.executable, "-c", "from nightbell.cli.app import main; main()", "call", found["call"])
    told = await asyncio.to_thread(
        subprocess.run,
        words,
        env=os.environ | {"NIGHTBELL_RECORDS_URL": night.settings.records_url, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    happened = [line.split(": ", 1)[1].strip() for line in told.stdout.splitlines() if line.startswith("rung")]
    assert happened[0] == "anna is rung"
    assert "anna: no answer" in happened
    assert "ben is rung" in happened
    assert happened[-1] == "chloe pressed 1: it is theirs"
    assert found["right_to_wake"] == [False], "asked once the patient had hung up"
    (woken,) = [line for line in told.stdout.splitlines() if line.startswith("woken")]
    assert "needlessly, says who took it" in woken
    triage = (sys.executable, "-c", "from nightbell.cli.app import main; main()", "triage", str(ROSEWOOD))
    counted = await asyncio.to_thread(
        subprocess.run,
        (*triage, "--wake-ups", "--json"),
        env=os.environ | {"NIGHTBELL_RECORDS_URL": night.settings.records_url},
        capture_output=True,
        text=True,
        check=True,
    )
    (woke,) = json.loads(counted.stdout.splitlines()[-1])["wake_ups"]
    assert (woke["clinic"], woke["right"], woke["wrong"]) == ("rosewood", 0, 1)
    assert woken.rstrip().endswith(f"{woke['state']}.{woke['question']}")


@pytest.mark.soak
@pytest.mark.parametrize("over", ["media_stream", "audiosocket"])
async def test_a_patient_on_a_stream_is_connected_with_who_presses_one(over: Over, tmp_path: Path) -> None:
    async with story_line(tmp_path, ROSEWOOD, load_settings(), over=over) as elsewhere:
        found = await play(elsewhere, ROOT / "audio" / "flag-white-lip-plain.wav")
    assert found["rung"] == [FIRST, SECOND, THIRD]
    assert found["pages"] == ["acknowledged"]
    assert found["clinician_heard_patient"] > 0.8
    assert found["patient_heard_clinician"] > 0.8
    assert found["shown_to_clinicians"] == ["+442079460142"]
    assert found["numbers_leaked"] == []


async def test_duty_killed_while_it_rings_rings_on(night: Night) -> None:
    before = len(night.handsets.rung)
    telephone = await night.caller.place("+447700900102")
    assert await heard_ms(telephone, want_ms=300) >= 300
    listening = asyncio.create_task(_listen(telephone))
    try:
        telephone.press("9")
        await night.handsets.until(lambda: len(night.handsets.rung) > before, seconds=60)
        first = night.handsets.rung[before]
        assert first.number == FIRST
        os.kill((await night.line.told())["children"]["duty"]["pid"], signal.SIGKILL)
        await night.handsets.until(lambda: first.events[-1] == "stopped", seconds=20)
        await night.handsets.until(lambda: len(night.handsets.rung) > before + 1, seconds=90)
        await night.handsets.until(lambda: night.handsets.rung[-1].events[-1:] == ["pressed 1"], seconds=90)
        await until(lambda: _acknowledged(night))
        assert (await night.line.told())["children"]["duty"]["starts"] == 2
    finally:
        await telephone.hang_up()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert night.leaked() == []


async def _listen(telephone: object) -> None:
    async for _ in telephone.ticks():  # type: ignore[attr-defined]
        pass


async def _acknowledged(night: Night) -> bool:
    record = await night.record()
    return bool(record.pages) and record.pages[-1].status == "acknowledged"
