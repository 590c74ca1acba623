"""Call scripts of the three clinics on the real path: recogniser, voice activity, voice, records. As users do it.

A few of each clinic, because all of them take half an hour: `scripts/soak rehearsals` plays the rest.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.timeout(400)]

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


YES_MS: Final = 500
"""A positive answer waits 300 ms, and some for the last words of the recogniser."""


@dataclass(frozen=True, slots=True)
class Played:
    """The calls of one clinic, once for all that is asked of them."""

    clinic: str
    folder: Path
    code: int
    calls: list[dict[str, Any]]


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


@pytest.fixture(scope="module", params=FEW)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return a clinic, with the calls of its few scripts."""
    clinic: str = request.param
    folder = tmp_path_factory.mktemp(clinic)
    code, calls = rehearse(clinic, folder, *FEW[clinic])
    return Played(clinic, folder, code, calls)


def test_every_script_passes(played: Played) -> None:
    assert {call["script"]: call["failures"] for call in played.calls if not call["passed"]} == {}
    assert played.code == 0
    assert {call["script"] for call in played.calls} == set(FEW[played.clinic])
    assert {call["tier"] for call in played.calls} == {"audio"}
    assert all((played.folder / f"{call['script']}.wav").stat().st_size > 100_000 for call in played.calls)


@pytest.mark.parametrize("played", ["rosewood"], indirect=True)  # two scripts of a clinic make no median
def test_a_yes_is_answered_after_its_pause_and_no_later(played: Played) -> None:
    kinds = [call["response_ms_by_kind"] for call in played.calls]
    assert statistics.median(kind["yes"]["p95"] for kind in kinds if "yes" in kind) <= YES_MS


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
