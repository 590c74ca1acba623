"""A rehearsal that remembers what its recognisers wrote: the same call, told openly, and for no other sound."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SCRIPT = "hang-up-after-flag"
"""Short, and with words that only the open recogniser knows."""
WALL = ("decode_ms", "at_utc")


def rehearsed(report: Path, *words: str) -> dict[str, Any]:
    nightbell = (sys.executable, "-c", "from nightbell.cli.app import main; main()")
    typed = ("rehearse", "flows/rosewood", SCRIPT, *words, "--report", str(report), "--json")
    done = subprocess.run([*nightbell, *typed], cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def journal(report: Path) -> list[dict[str, Any]]:
    lines = (report / f"{SCRIPT}.jsonl").read_text(encoding="utf-8").splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in WALL} for line in lines]


def test_what_was_remembered_gives_the_same_call_and_is_told(tmp_path: Path) -> None:
    memory = ("--remember", str(tmp_path / "memory"))
    live = rehearsed(tmp_path / "live")
    first = rehearsed(tmp_path / "first", *memory)
    again = rehearsed(tmp_path / "again", *memory)
    assert "transcripts" not in live
    assert first["transcripts"]["taken"] < first["transcripts"]["decoded"]
    assert again["transcripts"]["taken"] > 20
    assert again["transcripts"]["decoded"] == 0
    assert live["passed"] == first["passed"] == again["passed"] == 1
    assert journal(tmp_path / "live") == journal(tmp_path / "first") == journal(tmp_path / "again")
    sounds = {(tmp_path / run / f"{SCRIPT}.wav").read_bytes() for run in ("live", "first", "again")}
    assert len(sounds) == 1
    taken = again["transcripts"]["taken"]
    pages = {run: (tmp_path / run / "report.html").read_text(encoding="utf-8") for run in ("live", "again")}
    assert f"{taken} of {taken} answers of the" in pages["again"]
    assert "Not all of it was listened to" not in pages["live"]
    silent = rehearsed(tmp_path / "silent", *memory, "--mute")
    assert silent["passed"] == 0
