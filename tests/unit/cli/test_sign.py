from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from nightbell.audio.wav import write_wav
from nightbell.cli.app import build

FLOWS = Path(__file__).parents[2] / "flows"


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    for name in ("harbour", "shared"):
        shutil.copytree(FLOWS / name, tmp_path / name)
    return tmp_path / "harbour"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(build("sign"), ["sign", *(str(word) for word in words)])
    return result.exit_code, result.output


def shown(folder: Path) -> tuple[int, dict[str, Any]]:
    code, said = run(folder, "--show", "--json")
    return code, json.loads(said.splitlines()[-1])


def test_signing_names_who_and_every_prompt(harbour: Path) -> None:
    code, before = shown(harbour)
    assert (code, before["signed"]) == (1, None)
    assert len(before["unsigned"]) > 5
    code, said = run(harbour, "--by", "Dr Ana Lindqvist", "--role", "clinical lead")
    assert code == 0, said
    assert f"{len(before['unsigned'])} prompts of harbour" in said
    code, after = shown(harbour)
    assert (code, after["good"], after["unsigned"], after["changed"]) == (0, True, [], [])
    assert after["signed"]["by"] == "Dr Ana Lindqvist"
    assert date.fromisoformat(after["signed"]["review_by"]) > date.fromisoformat(after["signed"]["date"])


def test_a_changed_word_and_a_new_recording_are_shown(harbour: Path) -> None:
    assert run(harbour, "--by", "Dr Lindqvist")[0] == 0
    flow = harbour / "flow.yaml"
    text = flow.read_text(encoding="utf-8")
    assert "press nine" in text
    flow.write_text(text.replace("press nine", "press key nine", 1), encoding="utf-8")
    code, standing = shown(harbour)
    assert code == 1
    assert ["press key nine" in changed["words"] for changed in standing["changed"]] == [True]
    assert standing["flow_changed"] is True
    flow.write_text(text, encoding="utf-8")
    (harbour / "prompts").mkdir()
    tone = np.rint(np.sin(np.arange(8000) / 3) * 6000).astype(np.int16)
    write_wav(harbour / "prompts" / f"{standing['changed'][0]['prompt']}.wav", tone)
    assert [changed["prompt"] for changed in shown(harbour)[1]["changed"]] == [standing["changed"][0]["prompt"]]


def test_a_flow_with_faults_is_not_signed(harbour: Path) -> None:
    flow = harbour / "flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("starts_at: ", "starts_at: not_"), encoding="utf-8")
    code, said = run(harbour, "--by", "Dr Lindqvist")
    assert code == 1
    assert "flow.yaml:" in said
    assert not (harbour / "signoff.yaml").exists()


def test_a_recording_that_cannot_be_used_is_not_signed(harbour: Path) -> None:
    (harbour / "prompts").mkdir()
    (harbour / "prompts" / "opening.wav").write_bytes(b"no sound")
    code, said = run(harbour, "--by", "Dr Lindqvist")
    assert code == 1
    assert "NB180" in said
    assert not (harbour / "signoff.yaml").exists()


def test_usage(harbour: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere", "--show")[0] == 2
    assert run(harbour)[0] == 2
    code, said = run(harbour, "--by", "A", "--review-by", "soon")
    assert (code, "no day" in said) == (2, True)
    yesterday = date.today() - timedelta(days=2)  # noqa: DTZ011 - the verb is asked for the day it is
    code, said = run(harbour, "--by", "A", "--review-by", yesterday)
    assert (code, "not after today" in said) == (2, True)


def test_a_damaged_signature_is_told(harbour: Path) -> None:
    (harbour / "signoff.yaml").write_text("signed: yes\n", encoding="utf-8")
    code, said = run(harbour, "--show")
    assert code == 1
    assert "signoff.yaml:1:" in said
