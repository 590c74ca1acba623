"""Call scripts of the three clinics on the real path: recogniser, voice activity, voice, records. As users do it.

A few of each clinic, because all of them take half an hour: `scripts/soak rehearsals` plays the rest.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
FEW: Final = {
    "rosewood": (
        "barge-in-menu",  # a prompt cut by speech
        "booking",  # nothing wrong, and every safety question answered by voice
        "hang-up-after-flag",  # rung back
        "mumbling",  # words that nobody understands
        "nine-by-mistake",  # the key that is taken back
        "no-wait-yes",  # a no that is taken back
        "plain-yes-and-no",  # one word at a time, which is what the ears like least
        "row-07-second-about-filler",  # a floor that comes from earlier calls
        "row-25-crisis",  # the line that never hangs up first
        "silence",  # nobody there
        "white-lip",  # the red flag said at once
    ),
    "stmarks": (
        "row-17-one-leg",  # a lane of its own, and the anaesthetist
        "row-20-hard-to-wake",  # for somebody else, from the first screen
    ),
    "hollow-lane": (
        "row-02-stroke",  # 911, an American voice
        "row-33-before-it-is-said",  # a refusal, and what stops the caller
    ),
}
"""Clinic to the scripts that scripts/test plays: each kind of end, and what is most easily lost on the way."""
IN_NOISE: Final = ("blisters-day-three", "for-someone-else", "no-wait-yes", "sight-gone")
"""Red flags of four kinds and four voices: at the menu, for another, taken back, and D0."""


def rehearse(clinic: str, folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    command = [str(Path(sys.executable).with_name("nightbell")), "rehearse", f"flows/{clinic}", *words]
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


@pytest.mark.parametrize("clinic", FEW)
def test_every_script_passes_and_answers_in_time(tmp_path: Path, clinic: str) -> None:
    code, calls = rehearse(clinic, tmp_path, *FEW[clinic])

    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert {call["tier"] for call in calls} == {"audio"}
    assert len(calls) == len(FEW[clinic])
    yes = [call["response_ms_by_kind"]["yes"]["p95"] for call in calls if "yes" in call["response_ms_by_kind"]]
    assert statistics.median(yes) <= 500, "a positive answer waits for its pause and no longer"
    assert all((tmp_path / f"{call['script']}.wav").stat().st_size > 100_000 for call in calls)


@pytest.mark.parametrize("noise", ["kitchen", "street"])
def test_in_noise_at_10_db_every_red_flag_reaches_a_person_in_time(tmp_path: Path, noise: str) -> None:
    code, calls = rehearse("rosewood", tmp_path, *IN_NOISE, "--noise", noise, "--seed", "11")

    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert len(calls) == len(IN_NOISE)


def test_a_silenced_caller_fails_every_script_that_speaks(tmp_path: Path) -> None:
    scripts = ["white-lip", "booking", "no-wait-yes", "mumbling", "plain-no-booking"]
    code, calls = rehearse("rosewood", tmp_path, *scripts, "--mute")

    assert code == 1
    assert [call["passed"] for call in calls] == [False] * len(scripts)
