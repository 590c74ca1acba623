"""Models that are missing, cut short or changed: rehearsals say so, doctor says so, a live line takes keys."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.stage import hears_safe_words, keyed, nightbell_in, settings_in, take
from typer.testing import CliRunner

from nightbell.call.effects import Escalate
from nightbell.call.events import EarsFailed
from nightbell.cli.app import build
from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.setup.vosk_model import FOLDER
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import small_flow

ROOT = Path(__file__).parents[2]


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(words[0]), list(words))
    return result.exit_code, result.output


@pytest.fixture
def models(tmp_path: Path, vosk_folder: Path) -> Path:
    """Return a folder with a model of its own: links, but for the file that a test damages."""
    folder = tmp_path / "models"
    shutil.copytree(vosk_folder, folder / FOLDER, copy_function=os.link)
    return folder


def damaged(models: Path, how: Callable[[bytes], bytes]) -> None:
    path = models / FOLDER / "am" / "final.mdl"
    data = path.read_bytes()
    path.unlink()  # it was a link
    path.write_bytes(how(data))


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def one_bit(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point every folder of the settings into the test's own; return that of the models."""
    monkeypatch.setenv("NIGHTBELL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NIGHTBELL_SPILL_DIR", str(tmp_path / "spill"))
    monkeypatch.setenv("NIGHTBELL_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


def test_a_rehearsal_without_a_model_is_a_missing_provider(elsewhere: Path, tmp_path: Path) -> None:
    code, said = run(
        "rehearse", str(ROOT / "flows" / "rosewood"), "white-lip", "--report", str(tmp_path / "report"), "--json"
    )
    assert code == 3
    assert f"NB601 There is no Vosk model in {elsewhere / FOLDER}." in said
    assert "nightbell setup" in said
    assert "Traceback" not in said


@pytest.mark.audio
@pytest.mark.parametrize(("how", "what"), [(cut_short, "wrong size"), (one_bit, "wrong sha256")])
def test_a_damaged_model_is_named_by_rehearse_and_by_doctor(
    models: Path, elsewhere: Path, tmp_path: Path, how: Callable[[bytes], bytes], what: str
) -> None:
    damaged(models, how)
    code, said = run(
        "rehearse", str(ROOT / "flows" / "rosewood"), "white-lip", "--report", str(tmp_path / "report"), "--json"
    )
    assert code == 3
    assert f"NB602 The Vosk model in {models / FOLDER} is damaged: am/final.mdl: {what}." in said
    assert "nightbell setup" in said
    code, said = run("doctor", "--json")
    assert code == 3
    (finding,) = [one for one in json.loads(said)["findings"] if one["name"] == "Vosk recogniser"]
    assert (finding["state"], finding["detail"], finding["mend"]) == (
        "broken",
        f"am/final.mdl: {what}",
        "nightbell setup",
    )


@pytest.mark.audio
def test_a_bit_that_flips_without_a_trace_is_found_by_doctor(models: Path, elsewhere: Path) -> None:
    path = models / FOLDER / "am" / "final.mdl"
    state = path.stat()
    damaged(models, one_bit)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    code, said = run("doctor", "--json")
    assert code == 3
    assert "am/final.mdl: wrong sha256" in said


@pytest.mark.audio
def test_a_whole_model_is_good(models: Path, elsewhere: Path) -> None:
    code, said = run("doctor", "--json")
    assert code == 0, said


@pytest.mark.asyncio
async def test_a_live_line_without_a_model_takes_keys_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, flow = settings_in(tmp_path / "data", tmp_path / "spill"), small_flow()
    line = keyed((9000, "1"), (13_000, "2"), (16_000, "1"))
    async with nightbell_in(settings, flow, monkeypatch) as night:
        assert isinstance(night.deaf, ModelMissing)
        _, watch, world = await take(night, flow, line, "c1")
    assert [event.reason for event in watch.events if isinstance(event, EarsFailed)] == ["missing"]
    assert any(prompt.endswith(".keys_only") for prompt in watch.spoken)
    assert [page.disposition for page in world.pages] == [Disposition.D1]
    assert not hears_safe_words(line)
    assert line.hung_up


@pytest.mark.audio
@pytest.mark.asyncio
@pytest.mark.parametrize("how", [cut_short, one_bit])
async def test_a_live_line_with_a_damaged_model_takes_keys(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[bytes], bytes]
) -> None:
    await asyncio.to_thread(damaged, models, how)
    settings, flow = settings_in(tmp_path / "data", tmp_path / "spill", models=models), small_flow()
    line = keyed((9000, "1"), (13_000, "2"), (16_000, "1"))
    async with nightbell_in(settings, flow, monkeypatch) as night:
        assert isinstance(night.deaf, ModelCorrupt)
        _, watch, _ = await take(night, flow, line, "c1")
    assert [event.reason for event in watch.events if isinstance(event, EarsFailed)] == ["missing"]
    assert [effect.disposition for effect in watch.effects if isinstance(effect, Escalate)] == [Disposition.D1]


@pytest.mark.asyncio
async def test_a_silent_caller_of_a_line_without_a_model_is_a_silent_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, flow, line = settings_in(tmp_path / "data", tmp_path / "spill"), small_flow(), keyed()
    async with nightbell_in(settings, flow, monkeypatch) as night:
        outcome, watch, world = await take(night, flow, line, "c1")
    assert watch.spoken.count("opening") == 2
    assert (outcome.disposition, world.pages, len(world.ring_backs)) == (Disposition.DU, [], 1)
