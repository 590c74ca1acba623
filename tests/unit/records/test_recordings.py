from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, Samples
from nightbell.audio.g711 import round_trip
from nightbell.errors import AudioError, RecordNotFound, RecordsFailed
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder, Recording


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "recordings", Keyring(tmp_path / "keys"))


def tone(seconds: float, level: int) -> Samples:
    return np.full(round(seconds * 8000), level, dtype=np.int16)


def talk(recording: Recording, caller: Samples, line: Samples, *, from_ms: int = 0) -> int:
    """Feed both sides frame by frame; return the position after it."""
    for first in range(0, len(caller), FRAME_SAMPLES):
        end = first + FRAME_SAMPLES
        recording.feed(caller[first:end], line[first:end], at_ms=from_ms + first // 8)
    return from_ms + len(caller) // 8


def test_what_was_kept_comes_back_on_two_channels(recorder: Recorder) -> None:
    generator = np.random.default_rng(3)
    caller = generator.integers(-8000, 8000, 20_000, dtype=np.int16)
    line = generator.integers(-8000, 8000, 20_000, dtype=np.int16)
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, caller, line)
    recording.close()
    whole = recorder.export("rosewood", "c1")
    assert whole.shape == (20_000, 2)
    assert np.array_equal(whole[:, 0], round_trip(caller))
    assert np.array_equal(whole[:, 1], round_trip(line))


def test_only_what_lies_between_keep_and_stop_is_kept(recorder: Recorder) -> None:
    recording = recorder.begin("rosewood", "c1")
    at = talk(recording, tone(1.5, 1000), tone(1.5, 1000))
    recording.keep(on=True)
    at = talk(recording, tone(1.3, 2000), tone(1.3, 2000), from_ms=at)
    recording.keep(on=False)
    at = talk(recording, tone(1.0, 3000), tone(1.0, 3000), from_ms=at)
    recording.keep(on=True)
    talk(recording, tone(0.5, 4000), tone(0.5, 4000), from_ms=at)
    recording.close()
    caller = recorder.export("rosewood", "c1")[:, 0]
    kept, later = round_trip(tone(1.3, 2000)), round_trip(tone(0.5, 4000))
    assert not caller[:12_000].any()
    assert np.array_equal(caller[12_000 : 12_000 + len(kept)], kept)
    assert not caller[12_000 + len(kept) : 12_000 + len(kept) + 8000].any()
    assert np.array_equal(caller[-len(later) :], later)


def test_a_call_that_declined_leaves_no_file(recorder: Recorder, tmp_path: Path) -> None:
    recording = recorder.begin("rosewood", "c1")
    talk(recording, tone(3, 1000), tone(3, 1000))
    recording.keep(on=False)
    recording.close()
    assert not list(tmp_path.rglob("*"))
    with pytest.raises(RecordNotFound):
        recorder.export("rosewood", "c1")


def test_declining_late_removes_what_was_kept(recorder: Recorder, tmp_path: Path) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    at = talk(recording, tone(2.5, 1000), tone(2.5, 1000))
    recording.discard()
    talk(recording, tone(2, 1000), tone(2, 1000), from_ms=at)
    recording.close()
    assert not list((tmp_path / "recordings").rglob("*.nbrec"))


def test_neither_speech_nor_silence_can_be_read_without_the_key(recorder: Recorder, tmp_path: Path) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(2, 0), tone(2, 0))
    recording.close()
    body = recorder.path("rosewood", "c1").read_bytes().split(b"\n", 1)[1]
    assert b"\xff" * 8 not in body  # mu-law silence
    (key,) = (tmp_path / "keys" / "rosewood").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(recorder.path("rosewood", "c1").stat().st_mode) == 0o600
    key.unlink()
    with pytest.raises(RecordsFailed, match="missing"):
        recorder.export("rosewood", "c1")


def test_a_key_of_another_clinic_or_a_damaged_one_opens_nothing(recorder: Recorder, tmp_path: Path) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(1, 500), tone(1, 500))
    recording.close()
    (key,) = (tmp_path / "keys" / "rosewood").iterdir()
    key.write_bytes(bytes(32))
    with pytest.raises(RecordsFailed, match="damaged"):
        recorder.export("rosewood", "c1")


def test_an_altered_byte_is_found(recorder: Recorder) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(2, 500), tone(2, 500))
    recording.close()
    path = recorder.path("rosewood", "c1")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(RecordsFailed, match="altered"):
        recorder.export("rosewood", "c1")


def test_chunks_put_in_another_order_are_found(recorder: Recorder) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(2, 500), tone(2, 500))
    recording.close()
    path = recorder.path("rosewood", "c1")
    head, body = path.read_bytes().split(b"\n", 1)
    half = len(body) // 2
    path.write_bytes(head + b"\n" + body[half:] + body[:half])
    with pytest.raises(RecordsFailed, match="altered"):
        recorder.export("rosewood", "c1")


def test_a_file_cut_short_by_a_crash_gives_its_whole_seconds(recorder: Recorder) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(3, 500), tone(3, 500))
    recording.close()
    path = recorder.path("rosewood", "c1")
    path.write_bytes(path.read_bytes()[:-100])
    assert len(recorder.export("rosewood", "c1")) == 16_000


def test_old_recordings_open_after_the_key_was_rotated(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys")
    recorder = Recorder(tmp_path / "recordings", keyring)
    for call in ("before", "after"):
        recording = recorder.begin("rosewood", call)
        recording.keep(on=True)
        talk(recording, tone(1, 500), tone(1, 500))
        recording.close()
        keyring.rotate("rosewood")
    assert len(recorder.export("rosewood", "before")) == len(recorder.export("rosewood", "after")) == 8000
    assert keyring.current("rosewood")[0] == keyring.current("rosewood")[0]


def test_a_disk_that_fails_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where the folder should be")
    recording = Recorder(tmp_path / "recordings", Keyring(tmp_path / "keys")).begin("rosewood", "c1")
    recording.keep(on=True)
    talk(recording, tone(2, 500), tone(2, 500))
    recording.close()
    assert recording.failed


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "a..b", "x" * 200, "a\0b"])
def test_a_name_cannot_leave_the_folder(recorder: Recorder, name: str) -> None:
    with pytest.raises(RecordNotFound):
        recorder.path("rosewood", name)
    with pytest.raises(RecordNotFound):
        recorder.path(name, "c1")


def test_channels_of_different_length_are_refused(recorder: Recorder) -> None:
    recording = recorder.begin("rosewood", "c1")
    recording.keep(on=True)
    with pytest.raises(AudioError):
        recording.feed(tone(0.02, 1), tone(0.04, 1), at_ms=FRAME_MS)
