"""The hashes of a rehearsal: what took part in it is in them, and what did not is not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from nightbell.cli.evidence import hashes_of
from nightbell.flow.load import load_flow
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, rehearse_all
from nightbell.rehearsal.script import Tier
from nightbell.rehearsal.tiers import cast, take_written

ROOT = Path(__file__).parents[3]
ROSEWOOD = ROOT / "flows" / "rosewood"
FLOW = load_flow(ROSEWOOD)


@pytest_asyncio.fixture
async def results(tmp_path: Path) -> Sequence[CallResult]:
    """Return two calls, played on the engine."""
    recordings = Recordings(ROOT / "audio")
    loaded = load_scripts(find_scripts(ROSEWOOD, ["white-lip", "booking"]), recordings)
    scripts, _ = cast(loaded, "engine", recordings.texts())
    stage = Stage(flow=FLOW, recordings=recordings, take=take_written, folder=tmp_path, keep=False)
    return await rehearse_all(scripts, stage)


def at(tier: Tier, results: Sequence[CallResult]) -> list[CallResult]:
    return [replace(one, script=replace(one.script, tier=tier)) for one in results]


@pytest.mark.asyncio
async def test_without_sound_no_model_took_part(results: Sequence[CallResult]) -> None:
    found = hashes_of(FLOW.hash, [one.script for one in results], ROOT / "audio").as_json()
    assert found["flow"] == FLOW.hash
    assert len(found["scripts"]) == 64
    assert (found["audio"], found["voice"], found["models"]) == (None, None, {})
    assert hashes_of(FLOW.hash, [results[0].script], ROOT / "audio").scripts != found["scripts"]


@pytest.mark.asyncio
async def test_with_sound_a_changed_recording_and_no_other_changes_the_audio(
    results: Sequence[CallResult], tmp_path: Path
) -> None:
    audio = tmp_path / "audio"
    audio.mkdir()
    for name in {name for one in results for name in one.script.said} | {"flag-numb-plain"}:
        shutil.copy(ROOT / "audio" / f"{name}.wav", audio)
    heard = [one.script for one in at("audio", results)]
    before = hashes_of(FLOW.hash, heard, audio)
    assert before.audio == hashes_of(FLOW.hash, heard, ROOT / "audio").audio
    assert {name.split()[0] for name, _ in before.models} == {"Vosk,", "Silero", "Moonshine", "Hibari"}
    assert before.voice
    shutil.copy(audio / "yes-please-emma.wav", audio / "flag-numb-plain.wav")
    assert hashes_of(FLOW.hash, heard, audio) == before
    shutil.copy(audio / "yes-please-emma.wav", audio / "flag-white-lip-plain.wav")
    after = hashes_of(FLOW.hash, heard, audio)
    assert (after.audio != before.audio, after.scripts, after.flow) == (True, before.scripts, before.flow)
