"""Twelve of Rosewood's call scripts over real SIP and RTP, together, on a line served as a user serves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
REPRESENTATIVE: Final = (
    "barge-in-menu",
    "booking",
    "flag-in-a-booking",
    "hang-up-after-flag",
    "nine-meant",
    "nine-taken-back-then-sight",
    "no-wait-yes",
    "only-keys",
    "row-03-pain",
    "sight-gone",
    "silence",
    "white-lip",
)
"""Speech and keys, barge-in, a caller who drops, the emergency, silence, each kind of end."""


def rehearse(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    command = [str(Path(sys.executable).with_name("nightbell")), "rehearse", "flows/rosewood", *words]
    done = subprocess.run(
        [*command, "--tier", "sip", "--json", "--report", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NIGHTBELL_DATA": str(load_settings().data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])["calls"]


def test_over_a_real_line_twelve_callers_get_what_they_get_with_sound_alone(tmp_path: Path) -> None:
    code, calls = rehearse(tmp_path, *REPRESENTATIVE)

    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert {call["tier"] for call in calls} == {"sip"}
    assert all((tmp_path / f"{call['script']}.wav").stat().st_size > 100_000 for call in calls)
    served = [json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines()]
    assert sum(line["event"] == "call_ended" for line in served) == len(REPRESENTATIVE)


def test_over_a_real_line_too_a_silenced_caller_fails(tmp_path: Path) -> None:
    code, calls = rehearse(tmp_path, "white-lip", "booking", "--mute")

    assert code == 1
    assert [call["passed"] for call in calls] == [False, False]
