"""`nightbell check` on sound and broken folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nightbell.cli.app import main

ROOT = Path(__file__).parents[3]
FLOWS = ROOT / "tests" / "flows"
QUAYSIDE = FLOWS / "broken" / "quayside"


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


@pytest.fixture
def booked(tmp_path: Path) -> Path:
    """Quayside, but that who is not understood in the menu is booked."""
    shutil.copytree(QUAYSIDE, tmp_path / "quayside")
    path = tmp_path / "quayside" / "flow.yaml"
    text = path.read_text(encoding="utf-8")
    sound = "next: booking_gate}\n    unclear: seen_before"
    assert sound in text
    path.write_text(text.replace(sound, sound.replace("seen_before", "book")), encoding="utf-8")
    return path.parent


def test_a_sound_flow(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(QUAYSIDE))
    assert code == 0, out
    assert "quayside is sound: 30 states, 2 questions, 4 universals, " in out
    assert " states proved." in out
    assert "from an emergency to the end of the words." in out


def test_a_violation_is_told_with_its_line_and_the_shortest_call(
    capsys: pytest.CaptureFixture[str], booked: Path, tmp_path: Path
) -> None:
    code, out, err = run(capsys, str(booked), "--scripts", str(tmp_path / "calls"))
    assert code == 1
    line = next(each for each in out.splitlines() if " NB402 " in each)
    assert line.endswith("a caller who is not understood at reason is sent to book")
    assert "    unclear: book\n" in out
    assert "The shortest call (NB40" in out
    assert "fault" in err
    script = (tmp_path / "calls" / "nb402-reason.yaml").read_text(encoding="utf-8")
    assert "tier: text" in script


def test_without_the_proof_nothing_is_proved(capsys: pytest.CaptureFixture[str], booked: Path) -> None:
    _, out, _ = run(capsys, str(booked), "--no-proof", "--json")
    told = json.loads(out)
    assert "proof" not in told
    assert not [fault for fault in told["faults"] if fault["code"].startswith("NB40")]


def test_the_verdict_as_json(capsys: pytest.CaptureFixture[str], booked: Path) -> None:
    code, out, _ = run(capsys, str(booked), "--json")
    proof = json.loads(out)["proof"]
    assert (code, proof["proved"]) == (1, False)
    assert proof["violated"] == ["c", "d"]
    assert proof["states_searched"] > 100
    assert proof["worst"]["to_words"]["seconds"] > 1
    first = proof["violations"][0]
    assert first["line"] > 0
    assert first["walk"][0]["row"] == "opening"
    assert first["script"].startswith(f"script: {first['name']}\n")


def test_a_warning_says_that_it_is_one_and_is_counted_apart(
    capsys: pytest.CaptureFixture[str], booked: Path
) -> None:
    _, out, _ = run(capsys, str(QUAYSIDE))
    assert " NB346 warning: nobody has signed the words of this line" in out
    _, out, err = run(capsys, str(booked))
    warnings = out.count(" warning: ")
    assert warnings > 0
    assert f", {warnings} warning" in err
    assert " NB402 warning: " not in out


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
    code, out, _ = run(capsys, str(QUAYSIDE), "--json")
    assert (code, json.loads(out)["sound"], json.loads(out)["states"]) == (0, True, 30)


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


def test_a_list_of_treatments_is_looked_at_and_no_patient_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(QUAYSIDE, tmp_path / "quayside")
    path = tmp_path / "quayside" / "treatments.csv"
    path.write_text(
        "number,clinician,product,area,date\n07700900123,nobody,filler,lip,2099-01-01\n", encoding="utf-8"
    )
    code, out, _ = run(capsys, str(path.parent), "--no-proof")
    assert code == 0, out
    assert "treatments.csv:2:13 NB733" in out
    assert "treatments.csv:2:31 NB735" in out
    assert "900123" not in out

    path.write_text("number,product\n", encoding="utf-8")
    code, out, _ = run(capsys, str(path.parent), "--no-proof")
    assert code == 1
    assert "treatments.csv:1:1 NB731 there is no column 'clinician'" in out
