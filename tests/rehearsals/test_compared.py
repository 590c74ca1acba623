"""Two recognisers and two voices under the same callers, for real: a sound run passes, a worse one is caught."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


def compared(harbour: Path, report: Path, *words: str) -> tuple[int, dict[str, Any]]:
    nightbell = (sys.executable, "-c", "from nightbell.cli.app import main; main()")
    typed = ("compare", str(harbour), str(harbour), "--audio", "audio", "--report", str(report), *words, "--json")
    done = subprocess.run([*nightbell, *typed], cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, told


def lines(told: dict[str, Any], script: str) -> list[str]:
    (call,) = (call for call in told["calls"] if call["script"] == script)
    return [f"{shift['by']}: {shift['told']}" for shift in call["shifts"]]


def test_a_model_is_the_same_as_itself_and_one_that_hardly_hears_is_less_safe(
    harbour: Path, vosk_folder: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(vosk_folder, model, copy_function=lambda was, now: Path(now).symlink_to(was))
    (model / "nightbell-manifest.json").unlink()
    code, told = compared(harbour, tmp_path / "same", "--model", str(model))
    assert (code, told["counts"]["same"]) == (0, 2), told
    assert told["versions"]["old"] == told["versions"]["new"]
    conf = (vosk_folder / "conf" / "model.conf").read_text(encoding="ascii")
    (model / "conf" / "model.conf").unlink()
    worse = conf.replace("--beam=10.0", "--beam=0.5").replace("--max-active=3000", "--max-active=5")
    worse = worse.replace("--min-active=200", "--min-active=1")
    assert worse != conf
    (model / "conf" / "model.conf").write_text(worse, encoding="ascii")
    code, told = compared(harbour, tmp_path / "worse", "--model", str(model))
    assert code == 1, told
    assert told["versions"]["old"]["model"] != told["versions"]["new"]["model"]
    assert told["counts"]["less_safe"] >= 1
    assert [line for line in lines(told, "booking") if line.startswith("result: no more: reason as appointments")]


@pytest.mark.espeak
def test_another_voice_is_told_by_how_long_it_speaks(harbour: Path, tmp_path: Path) -> None:
    _, told = compared(harbour, tmp_path / "voices", "--voice", "espeak")
    assert "hibari" in told["versions"]["old"]["voice"]
    assert "espeak" in told["versions"]["new"]["voice"]
    assert told["counts"]["same"] == 0
    assert [line for line in lines(told, "booking") if line.startswith("prompt: opening takes ")]
    assert not [line for line in lines(told, "sight") if line.startswith(("disposition:", "state:", "action:"))]
