"""Bad input through the commands: what is said, where it points, and the exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from nightbell.audio.wav import read_wav, wav_bytes
from nightbell.cli.app import build

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "audio"
HARBOUR = ROOT / "tests" / "flows" / "harbour"
QUAYSIDE = ROOT / "tests" / "flows" / "broken" / "quayside"
WORDS = "worried-emma"
SCRIPT = """\
script: worried
about: A worried caller.
answers: {reason: {say: words}, sight: {press: "2"}}
expect: {disposition: D4, states: [reason, sight]}
"""


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(words[0]), list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def lying(path: Path) -> None:
    """Write a WAV whose header promises more than there is."""
    path.write_bytes(wav_bytes(read_wav(AUDIO / f"{WORDS}.wav"))[:4000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(wav_bytes(np.zeros_like(read_wav(AUDIO / f"{WORDS}.wav"))))


def studio(path: Path) -> None:
    """Write the words as a phone's recorder does: 44.1 kHz, two channels."""
    words = read_wav(AUDIO / f"{WORDS}.wav").astype(np.float64) / 32768
    at = np.arange(int(len(words) * 44100 / 8000)) * 8000 / 44100
    sound = np.interp(at, np.arange(len(words)), words)
    soundfile.write(path, np.stack([sound, sound], axis=1), 44100, subtype="PCM_16")


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "lying header": (lying, "is cut short: its header promises"),
    "0 bytes": (empty, "is empty (0 bytes)"),
}


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clinic with one call script, whose caller's words are still to be recorded."""
    shutil.copytree(HARBOUR.parent, tmp_path / "flows")
    (tmp_path / "audio").mkdir()
    folder = tmp_path / "flows" / "harbour"
    (folder / "calls").mkdir()
    (folder / "calls" / "worried.yaml").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setenv("NIGHTBELL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NIGHTBELL_VOICE", "hibari")
    return folder


@pytest.fixture
def quayside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clinic whose flow is sound, without a recording of its own yet."""
    folder = tmp_path / "quayside"
    shutil.copytree(QUAYSIDE, folder)
    (folder / "prompts").mkdir()
    monkeypatch.setenv("NIGHTBELL_DATA", str(tmp_path / "data"))
    return folder


def rehearse(clinic: Path, *more: str) -> tuple[int, str]:
    return run("rehearse", str(clinic), "--report", str(clinic / "report"), "--json", *more)


def words_of(clinic: Path) -> Path:
    return clinic.parents[1] / "audio" / "words.wav"


def test_a_flow_with_three_faults_is_told_all_of_them_at_once_by_every_command(clinic: Path) -> None:
    path = clinic / "flow.yaml"
    text = path.read_text(encoding="utf-8").replace("any_yes: hold", "any_yes: holdd")
    text = text.replace("max_time: 2m", "max_time: long").replace("kind: deflect", "kind: deflekt")
    path.write_text(text, encoding="utf-8")
    studio(words_of(clinic))
    for command in (("check", str(clinic)), ("rehearse", str(clinic), "--report", str(clinic / "report"))):
        code, said = run(*command)
        assert code == 1, said
        for fault in (f"{path}:42:14 NB130", f"{path}:65:111 NB124", f"{path}:67:19 NB125"):
            assert fault in said, command[0]


@pytest.mark.parametrize("kind", BAD)
def test_a_caller_recording_that_cannot_be_used_is_named_at_its_place(clinic: Path, kind: str) -> None:
    write, says = BAD[kind]
    write(words_of(clinic))
    code, said = rehearse(clinic)
    assert code == 1
    assert f"{clinic / 'calls' / 'worried.yaml'}:3:11 NB204 words: {words_of(clinic)} {says}" in said


def test_a_caller_recording_of_silence_fails_before_the_call(clinic: Path) -> None:
    zeroed(words_of(clinic))
    code, said = rehearse(clinic)
    assert code == 1
    assert "NB204 words is silent" in said


def test_a_script_that_asserts_nothing_fails(clinic: Path) -> None:
    studio(words_of(clinic))
    path = clinic / "calls" / "worried.yaml"
    for expect in ("", "expect: {}\n", "expect: {states: [reason]}\n"):
        path.write_text(SCRIPT[: SCRIPT.index("expect")] + expect, encoding="utf-8")
        code, said = rehearse(clinic)
        assert code == 1, expect
        assert str(path) in said
        assert "NB201 the script asserts no disposition" in said or "NB122" in said


def test_a_report_folder_that_cannot_be_used_is_named(clinic: Path) -> None:
    studio(words_of(clinic))
    (clinic / "report").write_text("a file in its place", encoding="utf-8")
    code, said = rehearse(clinic)
    assert code == 2
    assert f"the report folder {clinic / 'report'} cannot be used" in said
    assert "--report" in said


@pytest.mark.parametrize("kind", BAD)
def test_an_owners_recording_that_cannot_be_used_is_named(quayside: Path, kind: str) -> None:
    write, says = BAD[kind]
    path = quayside / "prompts" / "opening.wav"
    write(path)
    code, said = run("check", str(quayside))
    assert code == 1
    assert f"{path} NB180 {says}" in said


def test_an_owners_recording_in_studio_quality_is_taken(quayside: Path) -> None:
    studio(quayside / "prompts" / "opening.wav")
    code, said = run("check", str(quayside))
    assert code == 0, said


@pytest.mark.audio
def test_a_caller_recording_in_studio_quality_is_heard(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, vosk_folder: Path
) -> None:
    monkeypatch.setenv("NIGHTBELL_MODELS_DIR", str(vosk_folder.parent))
    studio(words_of(clinic))
    code, said = rehearse(clinic)
    assert code == 0, said
    (call,) = json.loads(said.splitlines()[-1])["calls"]
    assert call["passed"]
    assert "sight" in call["states"]


@pytest.mark.audio
def test_a_caller_who_is_never_heard_fails_the_rehearsal(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, vosk_folder: Path
) -> None:
    monkeypatch.setenv("NIGHTBELL_MODELS_DIR", str(vosk_folder.parent))
    studio(words_of(clinic))
    code, said = rehearse(clinic, "--mute")
    assert code == 1
    (call,) = json.loads(said.splitlines()[-1])["calls"]
    assert not call["passed"]
    assert "no word of them was heard" in said
