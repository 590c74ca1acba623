"""`nightbell repro`: whose call it is, what it is called, and that nothing of anybody is written over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from nightbell.audio.wav import read_wav, write_two_channel_wav
from nightbell.call.effects import Close
from nightbell.call.events import CallStarted, Event, HungUp, KeyPressed
from nightbell.cli.app import build
from nightbell.cli.telling import RECORDS_NAME
from nightbell.flow.load import load_flow
from nightbell.records.database import open_records
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

FLOWS = Path(__file__).parents[3] / "flows"
ROSEWOOD = FLOWS / "rosewood"
NOW = Instant.parse("2026-11-21T22:40:00+00:00")


@pytest.fixture(scope="module")
def flow_hash() -> str:
    return load_flow(ROSEWOOD).hash


def taken(folder: Path, flow: str) -> Path:
    """Keep a call of a key and a hang-up, as a rehearsal leaves it in its report folder."""

    async def keep() -> None:
        records = await open_records(f"sqlite+aiosqlite:///{folder / RECORDS_NAME}", now=NOW)
        about: dict[str, Any] = {"clinic": "rosewood", "call": "last"}
        events: list[Event] = [
            CallStarted(
                **about,
                seq=0,
                at_utc=NOW.ms,
                audio_ms=0,
                flow=flow,
                line="sip",
                caller=None,
                called="+442079460142",
            ),
            KeyPressed(**about, seq=1, at_utc=NOW.ms + 2000, audio_ms=2000, key="9"),
            HungUp(**about, seq=2, at_utc=NOW.ms + 4000, audio_ms=4000, by="caller"),
        ]
        close = Close(call="last", n=1, disposition=Disposition.DU, state="silent", reason="hangup")
        for event in events:
            await records.append(event, [close] if isinstance(event, HungUp) else [], "{}")
        await records.aclose()

    folder.mkdir()
    asyncio.run(keep())
    write_two_channel_wav(folder / "last.wav", np.full(32_000, 300, np.int16), np.zeros(32_000, np.int16))
    return folder


def repro(report: Path, out: Path, *words: str, flow: Path = ROSEWOOD) -> tuple[int, str]:
    typed = ["repro", "last", "--flow", str(flow), "--report", str(report), "--no-again"]
    result = CliRunner().invoke(build("repro"), [*typed, "--out", str(out), *words])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["../esc", "a b: c", "a b", "/tmp/esc", "-x", ".hidden", "played again"])
def test_a_name_that_no_script_can_have_is_usage(tmp_path: Path, flow_hash: str, name: str) -> None:
    report, out = taken(tmp_path / "report", flow_hash), tmp_path / "in" / "calls"
    code, said = repro(report, out, f"--name={name}")
    assert code == 2
    assert "letters, digits" in said
    assert [path for path in tmp_path.rglob("*") if report not in {path, path.parent}] == []


@pytest.mark.parametrize("ending", ["yaml", "wav"])
def test_what_somebody_else_wrote_is_never_written_over(tmp_path: Path, flow_hash: str, ending: str) -> None:
    report, out = taken(tmp_path / "report", flow_hash), tmp_path / "calls"
    out.mkdir()
    (out / f"mine.{ending}").write_text("by hand", encoding="utf-8")
    code, said = repro(report, out, "--name", "mine")
    assert code == 2
    assert "is there already" in said
    assert [path.read_text(encoding="utf-8") for path in out.iterdir()] == ["by hand"]


def test_the_same_call_again_is_the_same_script(tmp_path: Path, flow_hash: str) -> None:
    report, out = taken(tmp_path / "report", flow_hash), tmp_path / "calls"
    assert repro(report, out)[0] == repro(report, out)[0] == 0
    assert sorted(path.name for path in out.iterdir()) == ["repro-last.wav", "repro-last.yaml"]
    assert len(read_wav(out / "repro-last.wav")) == 32_000


def test_a_call_of_another_clinic_is_refused_and_nothing_is_written(tmp_path: Path, flow_hash: str) -> None:
    report, out = taken(tmp_path / "report", flow_hash), tmp_path / "calls"
    code, said = repro(report, out, flow=FLOWS / "stmarks")
    assert code == 2
    assert "was taken by rosewood" in said
    assert not out.exists()


def test_another_version_of_the_flow_is_told(tmp_path: Path, flow_hash: str) -> None:
    code, said = repro(taken(tmp_path / "now", flow_hash), tmp_path / "a", "--json")
    assert (code, json.loads(said.splitlines()[-1])["same_flow"]) == (0, True)
    old = taken(tmp_path / "then", "0" * 64)
    code, said = repro(old, tmp_path / "b", "--json")
    assert (code, json.loads(said.splitlines()[-1])["same_flow"]) == (0, False)
    assert "another version of the flow" in repro(old, tmp_path / "c")[1]
