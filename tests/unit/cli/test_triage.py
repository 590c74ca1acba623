"""`nightbell triage`: what holds each row at a clinic, as words and as JSON, and whether a run is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nightbell.cli.triage import triage

ROSEWOOD = Path(__file__).resolve().parents[3] / "flows" / "rosewood"


def test_a_row_leads_to_its_places_scripts_and_callers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = triage([ROSEWOOD], json=True, run=tmp_path / "none.json")

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    rows = {row["row"]: row for row in told["rows"]}
    assert code == 0
    assert told["run"] is None
    assert len(rows) == 33
    sight = rows["1"]
    assert {held["floor"] for held in sight["held"]} >= {"D0"}
    assert {held["kind"] for held in sight["held"]} == {"question", "universal"}
    assert sight["callers"]["rosewood"] >= 12
    assert any(name.startswith("rosewood/") for name in sight["scripts"])


def test_the_words_say_that_no_run_is_stored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert triage([ROSEWOOD], run=tmp_path / "none.json") == 0

    said = capsys.readouterr().out
    assert "Last run: none is stored." in said
    assert "Row" in said
    assert "## 3. Blocked vessel, early" in said


def test_no_folder_is_a_fault_of_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert triage([tmp_path / "nowhere"]) == 2
    assert "no folder" in capsys.readouterr().err
