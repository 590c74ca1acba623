"""`nightbell dial`: what is refused before anybody is rung. Whole calls are in tests/unit/docs/test_connect.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightbell.cli.app import build
from nightbell.errors import LineFailed

SCRIPT = Path(__file__).parents[3] / "flows" / "rosewood" / "calls" / "nine-meant.yaml"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build("dial"), ["dial", *words])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "words",
    [
        ("sip:+442079460142@127.0.0.1:9", "--script", "nowhere.yaml"),
        ("sip:+442079460142@127.0.0.1:9", "--script", str(SCRIPT), "--keys", "smoke"),
        ("not an address", "--script", str(SCRIPT)),
    ],
)
def test_what_makes_no_sense_is_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*words, "--report", str(tmp_path))[0] == 2


@pytest.mark.parametrize("number", ["999", "+44999", "116123", "sip:112"])
def test_no_script_ever_rings_an_emergency_or_crisis_number(number: str, tmp_path: Path) -> None:
    target = f"sip:{number.removeprefix('sip:')}@127.0.0.1:9"
    code, said = run(target, "--script", str(SCRIPT), "--report", str(tmp_path))
    assert code == LineFailed.exit_code
    assert "never rung" in said
    assert not list(tmp_path.glob("*.wav"))
