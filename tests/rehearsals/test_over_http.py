"""Twelve of Rosewood's call scripts over a media stream and over AudioSocket, on a line as a user serves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.rehearsals.test_sip_tier import REPRESENTATIVE, ROOT

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(400)]


@pytest.mark.parametrize("over", ["media_stream", "audiosocket"])
def test_twelve_callers_get_what_they_get_over_sip(tmp_path: Path, over: str) -> None:
    command = [str(Path(sys.executable).with_name("nightbell")), "rehearse", "flows/rosewood", *REPRESENTATIVE]
    done = subprocess.run(
        [*command, "--tier", "sip", "--over", over, "--json", "--report", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"NIGHTBELL_DATA": str(load_settings().data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    calls = json.loads(done.stdout.splitlines()[-1])["calls"]
    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert done.returncode == 0
    assert len(calls) == len(REPRESENTATIVE)
