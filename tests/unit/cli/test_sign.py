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

QUAYSIDE = Path(__file__).parents[2] / "flows" / "broken" / "quayside"
"""A sound flow, whatever its folder is called."""


@pytest.fixture
def quayside(tmp_path: Path) -> Path:
    return shutil.copytree(QUAYSIDE, tmp_path / "quayside")


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(build("sign"), ["sign", *(str(word) for word in words)])
    return result.exit_code, result.output


def shown(folder: Path) -> tuple[int, dict[str, Any]]:
    code, said = run(folder, "--show", "--json")
    return code, json.loads(said.splitlines()[-1])


def test_signing_names_who_and_every_prompt(quayside: Path) -> None:
    code, before = shown(quayside)
    assert (code, before["signed"]) == (1, None)
    assert len(before["unsigned"]) > 5
    code, said = run(quayside, "--by", "Dr Ana Lindqvist", "--role", "clinical lead")
    assert code == 0, said
    assert f"{len(before['unsigned'])} prompts of quayside" in said
    code, after = shown(quayside)
    assert (code, after["good"], after["unsigned"], after["changed"]) == (0, True, [], [])
    assert after["signed"]["by"] == "Dr Ana Lindqvist"
    assert date.fromisoformat(after["signed"]["review_by"]) > date.fromisoformat(after["signed"]["date"])


def test_a_changed_word_and_a_new_recording_are_shown(quayside: Path) -> None:
    assert run(quayside, "--by", "Dr Lindqvist")[0] == 0
    flow = quayside / "flow.yaml"
    text = flow.read_text(encoding="utf-8")
    assert "press nine" in text
    flow.write_text(text.replace("press nine", "press a nine", 1), encoding="utf-8")
    code, standing = shown(quayside)
    assert code == 1
    assert ["press a nine" in changed["words"] for changed in standing["changed"]] == [True]
    assert standing["flow_changed"] is True
    flow.write_text(text, encoding="utf-8")
    (quayside / "prompts").mkdir()
    tone = np.rint(np.sin(np.arange(8000) / 3) * 6000).astype(np.int16)
    write_wav(quayside / "prompts" / f"{standing['changed'][0]['prompt']}.wav", tone)
    assert [changed["prompt"] for changed in shown(quayside)[1]["changed"]] == [standing["changed"][0]["prompt"]]


def test_a_flow_with_faults_is_not_signed(quayside: Path) -> None:
    flow = quayside / "flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("starts_at: ", "starts_at: not_"), encoding="utf-8")
    code, said = run(quayside, "--by", "Dr Lindqvist")
    assert code == 1
    assert "flow.yaml:" in said
    assert not (quayside / "signoff.yaml").exists()


def test_a_flow_that_is_not_safe_is_not_signed(quayside: Path) -> None:
    flow = quayside / "flow.yaml"
    text = flow.read_text(encoding="utf-8")
    telling = "Please hang up and dial {{ emergency_spoken }} now."
    assert telling in text
    flow.write_text(text.replace(telling, "Please hang up and get help now."), encoding="utf-8")
    code, said = run(quayside, "--by", "Dr Lindqvist")
    assert code == 1
    assert "not signed: the check finds" in said
    assert not (quayside / "signoff.yaml").exists()


def test_a_signature_that_no_longer_holds_is_signed_again(quayside: Path) -> None:
    assert run(quayside, "--by", "Dr Lindqvist")[0] == 0
    flow = quayside / "flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("Please stay", "Do stay", 1), encoding="utf-8")
    assert shown(quayside)[0] == 1
    assert run(quayside, "--by", "Dr Lindqvist")[0] == 0
    assert shown(quayside)[0] == 0
    (quayside / "signoff.yaml").write_text("signed: yes\n", encoding="utf-8")
    assert run(quayside, "--by", "Dr Lindqvist")[0] == 0


def test_a_recording_that_cannot_be_used_is_not_signed(quayside: Path) -> None:
    (quayside / "prompts").mkdir()
    (quayside / "prompts" / "opening.wav").write_bytes(b"no sound")
    code, said = run(quayside, "--by", "Dr Lindqvist")
    assert code == 1
    assert "NB180" in said
    assert not (quayside / "signoff.yaml").exists()


def test_usage(quayside: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere", "--show")[0] == 2
    assert run(quayside)[0] == 2
    code, said = run(quayside, "--by", "A", "--review-by", "soon")
    assert (code, "no day" in said) == (2, True)
    yesterday = date.today() - timedelta(days=2)  # noqa: DTZ011 - the verb is asked for the day it is
    code, said = run(quayside, "--by", "A", "--review-by", yesterday)
    assert (code, "not after today" in said) == (2, True)


def test_a_damaged_signature_is_told(quayside: Path) -> None:
    (quayside / "signoff.yaml").write_text("signed: yes\n", encoding="utf-8")
    code, said = run(quayside, "--show")
    assert code == 1
    assert "signoff.yaml:1:" in said
