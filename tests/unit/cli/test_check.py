"""`nightbell check` on sound and broken folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nightbell.cli.app import main

ROOT = Path(__file__).parents[3]
FLOWS = ROOT / "tests" / "flows"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["check", *words])
    out, err = capsys.readouterr()
    return int(str(ended.value.code)), out, err


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    shutil.copytree(FLOWS, tmp_path / "flows")
    path = tmp_path / "flows" / "harbour" / "flow.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("any_yes: hold", "any_yes: holdd").replace("max_time: 2m", "max_time: long")
    path.write_text(text.replace("kind: deflect", "kind: deflekt"), encoding="utf-8")
    return path.parent


def test_a_sound_flow(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(FLOWS / "harbour"))
    assert code == 0
    assert out.startswith("harbour is sound: 17 states, 2 questions, 2 universals.")


def test_three_faults_at_once(capsys: pytest.CaptureFixture[str], broken: Path) -> None:
    code, out, err = run(capsys, str(broken))
    assert code == 1
    heads = [line.split(" ")[0:2] for line in out.splitlines() if line.startswith(str(broken))]
    file = broken / "flow.yaml"
    assert heads == [[f"{file}:42:14", "NB130"], [f"{file}:65:111", "NB124"], [f"{file}:67:19", "NB125"]]
    assert "    any_yes: holdd\n                 ^\n  hint: did you mean 'hold'?" in out
    assert "3 faults" in err


def test_json(capsys: pytest.CaptureFixture[str], broken: Path) -> None:
    code, out, _ = run(capsys, str(broken), "--json")
    told = json.loads(out)
    assert (code, told["sound"]) == (1, False)
    assert [fault["code"] for fault in told["faults"]] == ["NB130", "NB124", "NB125"]
    code, out, _ = run(capsys, str(FLOWS / "harbour"), "--json")
    assert (code, json.loads(out)["sound"], json.loads(out)["states"]) == (0, True, 17)


def test_annotations(capsys: pytest.CaptureFixture[str], broken: Path) -> None:
    code, out, _ = run(capsys, str(broken), "--format", "github")
    assert code == 1
    assert [line.split(" ")[0] for line in out.splitlines()] == ["::error"] * 3


def test_no_folder_is_a_usage_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "is no folder" in err


def test_the_first_clinic_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(ROOT / "flows" / "rosewood"))
    assert code == 0, out
