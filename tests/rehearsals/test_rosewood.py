"""Rosewood's call scripts on the real path: recogniser, voice activity, voice, records. As a user runs them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


def rehearse(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    command = [str(Path(sys.executable).with_name("nightbell")), "rehearse", "flows/rosewood", *words]
    done = subprocess.run(
        [*command, "--json", "--report", str(folder)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NIGHTBELL_DATA": str(load_settings().data_dir), "HOME": str(Path.home())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])["calls"]


def test_every_script_passes_and_answers_in_time(tmp_path: Path) -> None:
    code, calls = rehearse(tmp_path)

    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert len(calls) >= 12
    yes = [call["response_ms_by_kind"]["yes"]["p95"] for call in calls if "yes" in call["response_ms_by_kind"]]
    assert statistics.median(yes) <= 500, "a positive answer waits for its pause and no longer"
    assert all((tmp_path / f"{call['script']}.wav").stat().st_size > 100_000 for call in calls)


@pytest.mark.parametrize("noise", ["kitchen", "street"])
def test_in_noise_at_10_db_every_red_flag_reaches_a_person_in_time(tmp_path: Path, noise: str) -> None:
    code, calls = rehearse(tmp_path, "--noise", noise, "--seed", "11")

    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert len(calls) >= 10


def test_a_silenced_caller_fails_every_script_that_speaks(tmp_path: Path) -> None:
    scripts = ["white-lip", "booking", "no-wait-yes", "mumbling", "plain-no-booking"]
    code, calls = rehearse(tmp_path, *scripts, "--mute")

    assert code == 1
    assert [call["passed"] for call in calls] == [False] * len(scripts)
