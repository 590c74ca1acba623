"""Callers' recordings are taken in with consent and a last day, under nobody's name, and not used after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from nightbell.audio.wav import read_wav, write_wav
from nightbell.cli.app import build
from nightbell.errors import CaptureRefused, ScriptError
from nightbell.rehearsal.capture.consent import Captured, captured_in
from nightbell.rehearsal.capture.importing import Given, Terms, capture
from nightbell.rehearsal.capture.wording import file_name, tells_whom
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings

AGREED = ("--consent", "written", "--licence", "internal-testing", "--until", "2999-12-31")
SCRIPT = """\
script: lip
about: A white lip
answers: {{reason: {{say: {name}, red_flag: true}}}}
expect: {{at_least: D1, red_flag: true}}
"""


def lip(path: Path, *, hertz: float = 500, seconds: float = 1.5, rate: int = 44_100) -> Path:
    """Write a recording as a telephone app does: two channels, 44.1 kHz, and who it is of in its header."""
    wave = 0.2 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    with soundfile.SoundFile(path, "w", rate, 2, subtype="PCM_16") as file:
        file.artist = "Anna Smith 07700900123"
        file.write(np.stack([wave, wave], axis=1))
    return path


def begun(audio: Path) -> None:
    """Begin a caller audio, as its hint says."""
    audio.mkdir()
    (audio / "manifest.json").write_text("[]", encoding="utf-8")


def captured(audio: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build("capture"), ["capture", *words, "--audio", str(audio)])
    return result.exit_code, result.output


@pytest.fixture
def taken(tmp_path: Path) -> tuple[Path, str]:
    """A caller audio with one captured recording, and its name."""
    begun(tmp_path / "audio")
    file = lip(tmp_path / "anna smith 07700900123.wav")
    code, out = captured(tmp_path / "audio", str(file), *AGREED, "--says", "My lip went white.", "--json")
    assert code == 0, out
    return tmp_path / "audio", json.loads(out.splitlines()[-1])["captured"][0]["id"]


def load(audio: Path, name: str, *, today: date | None = None) -> None:
    path = audio.parent / "lip.yaml"
    path.write_text(SCRIPT.format(name=name), encoding="utf-8")
    load_script(path, Recordings(audio, today) if today is not None else Recordings(audio))


def test_a_folder_that_is_no_caller_audio_is_not_begun_by_a_slip(tmp_path: Path) -> None:
    file = lip(tmp_path / "lip.wav")
    for slip in (tmp_path / "adio", tmp_path / "deep" / "audio", tmp_path):
        code, out = captured(slip, str(file), *AGREED, "--says", "My lip went white.")
        assert code == 1
        assert "is no caller audio" in out
        assert "manifest.json" in out
    assert [path.name for path in tmp_path.rglob("*")] == ["lip.wav"]


def test_it_is_8_khz_mono_and_a_script_can_say_it(taken: tuple[Path, str]) -> None:
    audio, name = taken
    info = soundfile.info(audio / "captured" / f"{name}.wav")
    assert (info.samplerate, info.channels, info.frames) == (8000, 1, 12_000)
    load(audio, name)
    recordings = Recordings(audio)
    assert recordings.texts() == {name: "My lip went white."}
    assert np.argmax(np.abs(np.fft.rfft(recordings.words(name)))) * 8000 / 12_000 == pytest.approx(500, abs=2)


def test_words_as_windows_writes_them_are_read_and_searched_like_any(tmp_path: Path) -> None:
    begun(tmp_path / "audio")
    file = lip(tmp_path / "lip.wav")
    (tmp_path / "lip.txt").write_text("Emma Jones, my lip went white.", encoding="utf-8-sig")
    code, out = captured(tmp_path / "audio", str(file), *AGREED)
    assert (code, "hold a name" in out) == (1, True)
    (tmp_path / "lip.txt").write_text("My lip went white.", encoding="utf-8-sig")
    assert captured(tmp_path / "audio", str(file), *AGREED)[0] == 0
    (entry,) = captured_in(tmp_path / "audio").values()
    assert entry.text == "My lip went white."


def test_what_two_take_in_at_once_is_all_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is read, and written whole: without a turn for each, the later forgets the earlier's consent."""
    begun(tmp_path / "audio")
    files = [lip(tmp_path / f"{hertz}.wav", hertz=hertz) for hertz in (400, 500, 600, 700)]
    terms = Terms(consent="written", licence="internal-testing", until=date(2999, 12, 31))
    met = Barrier(len(files))

    def slowly(audio: Path) -> Mapping[str, Captured]:
        found = captured_in(audio)
        with suppress(BrokenBarrierError):
            met.wait(timeout=0.2)  # each has read what there is before another one writes
        return found

    monkeypatch.setattr("nightbell.rehearsal.capture.importing.captured_in", slowly)
    with ThreadPoolExecutor(len(files)) as pool:
        taken = [
            pool.submit(capture, tmp_path / "audio", [Given(file, "My lip.")], terms, date(2026, 1, 1))
            for file in files
        ]
    names = {entry.id for one in taken for entry in one.result()}
    assert len(names) == len(files)
    assert captured_in(tmp_path / "audio").keys() == names


def test_nothing_that_is_kept_tells_who_it_is(taken: tuple[Path, str]) -> None:
    audio, _ = taken
    kept = [path for path in audio.rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert len(kept) == 2
    for path in kept:
        for told in ("anna", "smith", "07700900123", "900123"):
            assert told not in path.name.lower()
            assert told.encode() not in path.read_bytes().lower()
    assert b"07700900123" in (audio.parent / "anna smith 07700900123.wav").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "without the caller's consent nothing is kept"),
        (("--consent", "surely", *AGREED[2:]), "without the caller's consent nothing is kept"),
        (AGREED[:2], "add --licence"),
        (AGREED[:4], "add --until"),
        ((*AGREED[:4], "--until", "soon"), "'soon' is no day"),
        ((*AGREED[:4], "--until", "2020-01-01"), "2020-01-01 is over"),
        ((*AGREED, "--licence", "for 07700900123"), "is no licence"),
        ((*AGREED, "--speaker", "anna"), "a speaker is a letter or two"),
        ((*AGREED, "--says", ""), "nobody wrote down what the recording says"),
        ((*AGREED, "--says", "This is Anna Smith"), "hold a name"),
    ],
)
def test_without_consent_and_all_that_belongs_to_it_nothing_is_kept(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    file = lip(tmp_path / "lip.wav")
    said = () if "--says" in words else ("--says", "My lip went white.")
    code, out = captured(tmp_path / "audio", str(file), *said, *words)
    assert code == 1
    assert told in out
    assert "hint:" in out
    assert not (tmp_path / "audio").exists()


@pytest.mark.parametrize("bad", ["torn", "text", "missing", "silent", "long", "twice"])
def test_with_one_bad_file_among_many_nothing_is_kept_and_nothing_lost(
    tmp_path: Path, taken: tuple[Path, str], bad: str
) -> None:
    audio, name = taken
    before = {path: path.read_bytes() for path in audio.rglob("*") if path.is_file()}
    good, other = lip(tmp_path / "good.wav", hertz=700), tmp_path / "other.wav"
    if bad != "missing":
        lip(other, hertz=900, seconds=61 if bad == "long" else 1.0)
    if bad == "torn":
        other.write_bytes(other.read_bytes()[:5000])
    elif bad == "text":
        other.write_text("no sound at all", encoding="utf-8")
    elif bad == "silent":
        write_wav(other, np.zeros(8000, dtype=np.int16))
    elif bad == "twice":
        other.write_bytes((audio.parent / "anna smith 07700900123.wav").read_bytes())
    for file in (good, other):
        file.with_suffix(".txt").write_text("It hurts.", encoding="utf-8")
    given = {path: path.read_bytes() for path in (good, other) if path.is_file()}
    code, out = captured(audio, str(good), str(other), *AGREED)
    assert code == 1, out
    assert "recording 2 of 2" in out
    assert "other.wav" not in out
    assert {path: path.read_bytes() for path in audio.rglob("*") if path.is_file()} == before
    assert {path: path.read_bytes() for path in (good, other) if path.is_file()} == given
    assert (name in out) == (bad == "twice")


def test_after_its_last_day_no_script_says_it_and_before_it_is_spoken_of(taken: tuple[Path, str]) -> None:
    audio, name = taken
    last = captured_in(audio)[name].until
    load(audio, name, today=last)
    assert Recordings(audio, last - timedelta(days=31)).ending([name]) == {}
    assert Recordings(audio, last - timedelta(days=30)).ending([name]) == {name: last}
    with pytest.raises(ScriptError) as caught:
        load(audio, name, today=last + timedelta(days=1))
    assert "NB215" in str(caught.value.diagnostics[0])
    with pytest.raises(CaptureRefused, match="agreed to it until"):
        Recordings(audio, last + timedelta(days=1)).words(name)


def test_a_recording_that_nobody_agreed_to_is_not_used(taken: tuple[Path, str]) -> None:
    audio, name = taken
    write_wav(audio / "captured" / "captured-found.wav", read_wav(audio / "captured" / f"{name}.wav"))
    with pytest.raises(ScriptError) as caught:
        load(audio, "captured-found")
    assert "nobody wrote down" in str(caught.value.diagnostics[0])
    path = audio / "captured" / f"{name}.wav"
    write_wav(path, np.concatenate([read_wav(path), read_wav(path)]))
    with pytest.raises(CaptureRefused, match="not the recording that the caller agreed to"):
        Recordings(audio).words(name)
    (audio / "captured" / "consent.json").write_text("[", encoding="utf-8")
    with pytest.raises(CaptureRefused, match="cannot be read"):
        Recordings(audio).words(name)


def test_a_caller_can_have_it_taken_out(taken: tuple[Path, str]) -> None:
    audio, name = taken
    assert captured(audio, "--forget", "captured-nobody")[0] == 1
    assert captured(audio, "--forget", "../../lip")[0] == 1
    assert captured(audio, "--forget", name)[0] == 0
    assert {path.name for path in audio.rglob("*") if path.is_file()} == {"manifest.json", "consent.json"}
    assert captured_in(audio) == {}
    assert captured(audio)[0] == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("My lip went white after the filler in 2024.", ""),
        ("It's getting worse, I am worried.", ""),
        ("This is about my eye. One of them is blurred.", ""),
        ("My name is something", "a name"),
        ("Emma Jones here, my lip went white", "a name"),
        ("Hello, Emma Jones here", "a name"),
        ("It hurts. Emma O'Brien speaking.", "a name"),
        ("Emma Jones, my lip went white", "a name"),
        ("Good evening, Emma Jones. It hurts.", "a name"),
        ("this is Emma, it hurts", "a name"),
        ("This is \u00c9lodie, it hurts", "a name"),
        ("it's Emma Jones, my lip went white", "a name"),
        ("It\u2019s Emma again", "a name"),
        ("my name\u2019s emma", "a name"),
        ("the name's Jones", "a name"),
        ("its Emma", "a name"),
        ("You are speaking to Emma", "a name"),
        ("It hurts here, my lip went white.", ""),
        ("Right here. Over here, and it's here too.", ""),
        ("Yes Please, and Thank You, I'm OK.", ""),
        ("It's Botox, and this is Monday.", ""),
        ("Good Evening, my lip went white.", ""),
        ("I'm calling because it's Restylane called Kysse", "a name"),
        ("Can I get in with the nurse Thursday? Thank you, nurse. It's worse.", ""),
        ("this is June", "a name"),
        ("This is it. It's I who called.", ""),
        ("I'm Anna and it hurts", "a name"),
        ("It was Dr Jones who did it", "a name"),
        ("Ring me on 07700 900 123", "a number"),
        ("on oh seven seven double oh", "a number"),
        ("the last four are 0, 1, 2, 3", "a number"),
        ("anna@example.com", "an address"),
        ("Hello, it's \u0141ukasz", "a name"),
        ("this is \u015eule Y\u0131lmaz", "a name"),
        ("It was Dr \u0160im\u00e1nek", "a name"),
        ("this is E\u0301lodie", "a name"),
        ("I'm \u0395\u03bb\u03ad\u03bd\u03b7", "a name"),
        ("born on 12/03/1985", "a number"),
        ("born on 3.12.85", "a number"),
        ("1985-03-12", "a number"),
        ("ring nought two nought seven", "a number"),
        ("It is 24/7, on 5/12, and 7/10 bad.", ""),
    ],
)
def test_words_that_tell_who_it_is_are_found(text: str, why: str) -> None:
    assert tells_whom(text) == why


def test_a_name_holds_no_digit() -> None:
    assert file_name("0123456789ab") == "captured-abcdefghij"
