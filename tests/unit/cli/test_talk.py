from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightbell.cli.app import build
from nightbell.line import microphone

ROSEWOOD = Path(__file__).parents[3] / "flows" / "rosewood"


def run(*words: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(build("talk"), ["talk", *words], input=typed)
    return result.exit_code, result.output


def test_what_is_no_folder_is_usage(tmp_path: Path) -> None:
    code, said = run(str(tmp_path / "nowhere"))
    assert code == 2
    assert "no folder" in said


def test_an_owner_hears_her_clinic_says_her_lip_went_white_and_reads_why_she_was_woken() -> None:
    code, said = run(str(ROSEWOOD), "--caller", "+447700900123", typed="my lip went white\nh1\n")
    assert code == 0
    order = [
        "Rosewood Clinic.",
        "my lip went white",
        "RINGING",
        "taken by",
        "because: the caller said",
        "[hangs up]",
    ]
    places = [said.find(words) for words in order]
    assert places == sorted(places), said
    assert places[0] >= 0
    assert "[hangs up]" in said


@pytest.mark.parametrize("fault", [OSError("no PortAudio"), ImportError("no module")])
def test_without_a_microphone_it_says_so_and_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def gone(name: str) -> None:
        raise fault

    monkeypatch.setattr(microphone, "import_module", gone)
    code, said = run(str(ROSEWOOD), "--mic")
    assert code == 3
    assert "no PortAudio" in said
    assert "leave out --mic" in said
