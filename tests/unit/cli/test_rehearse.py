from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightbell.cli.app import build
from nightbell.cli.rehearse import _audio_beside, _settings

ROSEWOOD = Path(__file__).parents[3] / "flows" / "rosewood"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build("rehearse"), ["rehearse", *words])
    return result.exit_code, result.output


def test_what_is_no_folder_is_usage(tmp_path: Path) -> None:
    code, said = run(str(tmp_path / "nowhere"))
    assert code == 2
    assert "no folder" in said


def test_a_script_that_is_not_there_is_usage(tmp_path: Path) -> None:
    code, said = run(str(ROSEWOOD), "no-such-caller")
    assert code == 2
    assert "no-such-caller" in said


def test_faults_of_a_script_are_told_with_their_places(tmp_path: Path) -> None:
    script = tmp_path / "bad.yaml"
    script.write_text(
        "script: bad\nabout: x\n"
        "answers: {cellar: {press: '1'}, reason: {say: nobody}}\n"
        "expect: {disposition: D1}\n",
        encoding="utf-8",
    )
    code, said = run(str(ROSEWOOD), str(script))
    assert code == 1
    assert f"{script}:3:11 NB130 the flow has no place 'cellar'" in said
    assert f"{script}:3:33 NB203 there is no recording 'nobody'" in said


def test_records_of_a_rehearsal_are_fresh_and_its_own(tmp_path: Path) -> None:
    old = tmp_path / "records.sqlite3"
    old.write_bytes(b"left over")
    settings = _settings(tmp_path)
    assert not old.exists()
    assert settings.records_url == f"sqlite+aiosqlite:///{old}"
    assert settings.spill_dir == tmp_path / "spill"


@pytest.mark.parametrize("place", ["flows/rosewood/audio", "flows/audio", "audio"])
def test_caller_audio_is_found_beside_the_flows(tmp_path: Path, place: str) -> None:
    (tmp_path / "flows" / "rosewood").mkdir(parents=True)
    (tmp_path / place).mkdir(parents=True)
    assert _audio_beside(tmp_path / "flows" / "rosewood") == (tmp_path / place)
