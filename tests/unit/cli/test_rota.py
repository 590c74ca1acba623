"""`nightbell rota` says who, and never a number."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightbell.cli.app import build

ROSEWOOD = Path(__file__).parents[3] / "flows" / "rosewood"
AT = "2026-11-29T02:00:00+00:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROSEWOOD.parent, tmp_path / "flows")
    return tmp_path / "flows" / "rosewood"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build("rota"), ["rota", *words])
    return result.exit_code, result.output


def test_it_says_who_by_name_and_never_a_number(folder: Path) -> None:
    code, shown = run(str(folder), "--at", AT, "--month")
    assert code == 0, shown
    assert "Anna Brightwater" in shown
    digits = "".join(sign for sign in shown if sign.isdigit() or sign == "\n")
    assert not any(number in digits for number in ("770090", "900701", "7946019"))


def test_json_and_calendar_hold_keys_alone(folder: Path, tmp_path: Path) -> None:
    code, shown = run(str(folder), "--at", AT, "--month", "--json", "--ics", str(tmp_path / "rota.ics"))
    assert code == 0
    told = json.loads(shown.splitlines()[-1])
    assert set(told["now"]) == {"first", "second"}
    assert set(told["now"].values()) <= {"anna", "ben", "chloe"}
    assert told["gaps"] == []
    calendar = (tmp_path / "rota.ics").read_text()
    assert "BEGIN:VEVENT" in calendar
    assert not any(private in shown + calendar for private in ("Brightwater", "7700", "@example.org"))


def test_a_way_that_nothing_carries_is_told_with_the_setting_to_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "oncall.yaml"
    mobile = 'mobile: "+44 7700 900702"\n'
    path.write_text(path.read_text().replace(mobile, mobile + '    contact: [sms: "+44 7700 900702"]\n'))
    code, shown = run(str(folder), "--at", AT)
    assert code == 1
    assert "nothing carries sms to 'ben': set [channels.sms]" in shown
    monkeypatch.setenv("NIGHTBELL_CHANNELS__SMS__ACCOUNT", "AC1")
    monkeypatch.setenv("NIGHTBELL_CHANNELS__SMS__TOKEN", "hush")
    monkeypatch.setenv("NIGHTBELL_CHANNELS__SMS__SENDER", "Rosewood")
    assert run(str(folder), "--at", AT)[0] == 0


def test_a_gap_within_a_day_is_told_and_exits_one(folder: Path) -> None:
    path = folder / "oncall.yaml"
    text = path.read_text()
    begins = text.index("rotations:")
    path.write_text(
        text[:begins] + "rotations:\n  short:\n    kind: list\n"
        "    shifts: [{who: anna, from: 2026-11-01 08:00, to: 2026-11-29 08:00}]\n"
        "layers: {first: short}\n"
    )
    code, shown = run(str(folder), "--at", AT)
    assert code == 1
    assert "ALARM Sun 2026-11-29 08:00" in shown
    code, shown = run(str(folder), "--at", AT, "--json", "--month")
    assert json.loads(shown.splitlines()[-1])["gaps"] == ["2026-11-29T08:00:00.000Z"]


def test_faults_are_shown_and_a_missing_file_is_told(folder: Path) -> None:
    path = folder / "oncall.yaml"
    path.write_text(path.read_text().replace("coordinator: cora", "coordinator: zoe"))
    code, shown = run(str(folder), "--at", AT)
    assert code == 1
    assert "NB712" in shown
    path.unlink()
    code, shown = run(str(folder), "--at", AT)
    assert code == 1
    assert "oncall.yaml is missing" in shown


def test_a_time_without_a_zone_is_refused(folder: Path) -> None:
    code, shown = run(str(folder), "--at", "2026-11-29")
    assert code == 2
    assert "--at" in shown
