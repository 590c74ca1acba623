"""Two recognisers and two voices under the same callers, for real: a sound run passes, a worse one is caught."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightbell.audio.wav import read_wav, write_wav

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SIGHT = """\
script: sight
about: Cannot see
answers:
  reason: {say: worried-emma}
  sight.vision: {say: yes-emma, red_flag: true}
  hold: {hang_up: true}
expect: {disposition: D0, red_flag: true}
"""
BOOKING = """\
script: booking
about: Wants an appointment
answers: {reason: {say: appointments-emma}, wants_more: {say: no-emma}}
expect: {disposition: D5}
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinic, so that its prompts are soon spoken."""
    folder = tmp_path_factory.mktemp("compared")
    shutil.copytree(ROOT / "tests" / "flows", folder / "flows")
    calls = folder / "flows" / "harbour" / "calls"
    calls.mkdir()
    (calls / "sight.yaml").write_text(SIGHT, encoding="utf-8")
    (calls / "booking.yaml").write_text(BOOKING, encoding="utf-8")
    return calls.parent


def compared(old: Path, new: Path, report: Path, *words: str) -> tuple[int, dict[str, Any]]:
    nightbell = (sys.executable, "-c", "from nightbell.cli.app import main; main()")
    typed = ("compare", str(old), str(new), *words, "--audio", "audio", "--report", str(report), "--json")
    done = subprocess.run([*nightbell, *typed], cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, told


def lines(told: dict[str, Any], script: str) -> list[str]:
    (call,) = (call for call in told["calls"] if call["script"] == script)
    return [f"{shift['by']}: {shift['told']}" for shift in call["shifts"]]


@pytest.fixture
def model(vosk_folder: Path, tmp_path: Path) -> Path:
    """The model in use, as somebody else brings it."""
    model = tmp_path / "model"
    shutil.copytree(vosk_folder, model, copy_function=lambda was, now: Path(now).symlink_to(was))
    (model / "nightbell-manifest.json").unlink()
    return model


def test_the_same_model_and_a_voice_as_good_pass(harbour: Path, model: Path, tmp_path: Path) -> None:
    code, told = compared(harbour, harbour, tmp_path, "--model", str(model), "--voice-seed", "8")
    assert code == 0, told
    assert len(told["calls"]) == 2
    old, new = told["versions"]["old"], told["versions"]["new"]
    assert (old["model"], old["flow"]) == (new["model"], new["flow"])
    assert "seed8" in new["voice"]
    assert old["voice"] != new["voice"]


def test_a_model_that_hardly_hears_is_less_safe(
    harbour: Path, model: Path, vosk_folder: Path, tmp_path: Path
) -> None:
    conf = (vosk_folder / "conf" / "model.conf").read_text(encoding="ascii")
    worse = conf.replace("--beam=10.0", "--beam=0.5").replace("--max-active=3000", "--max-active=5")
    worse = worse.replace("--min-active=200", "--min-active=1")
    assert worse != conf
    (model / "conf" / "model.conf").unlink()
    (model / "conf" / "model.conf").write_text(worse, encoding="ascii")
    code, told = compared(harbour, harbour, tmp_path, "sight", "--model", str(model))
    assert code == 1
    assert told["versions"]["old"]["model"] != told["versions"]["new"]["model"]
    assert told["counts"]["less_safe"] == 1, told
    assert [line for line in lines(told, "sight") if "no more: reason as worried" in line]
    assert [line for line in lines(told, "sight") if line.startswith("timing: a person is asked for")]


def test_a_voice_that_takes_its_time_is_less_safe(harbour: Path, tmp_path: Path) -> None:
    """The owner's own, recorded: words that go on and on before anything is asked."""
    slow = tmp_path / "slow"
    shutil.copytree(harbour.parent, slow)
    prompts = slow / "harbour" / "prompts"
    prompts.mkdir()
    words = read_wav(ROOT / "audio" / "message-worried-george.wav")
    write_wav(prompts / "opening.wav", np.concatenate([words] * 3))
    code, told = compared(harbour, slow / "harbour", tmp_path / "report", "sight", "--tier", "audio")
    assert code == 1, told
    assert [line for line in lines(told, "sight") if line.startswith("prompt: opening takes +")]
    assert [line for line in lines(told, "sight") if line.startswith("timing: a person is asked for")]
