"""WAV files: what is read right, and what each bad one is told."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nightbell.audio.frame import RATE
from nightbell.audio.level import rms_dbfs
from nightbell.audio.wav import read_channels, read_wav, wav_bytes, write_two_channel_wav, write_wav
from nightbell.errors import AudioError

SECOND = (8000 * np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE)).astype(np.int16)


def encoded(sound: np.ndarray, rate: int, subtype: str = "PCM_16", form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=form, subtype=subtype)
    return file.getvalue()


def header(
    *, tag: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, claims: int, sound: bytes
) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, min(rate * block, 2**32 - 1), block, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", claims) + sound
    return b"RIFF" + struct.pack("<I", min(len(body) + max(claims - len(sound), 0), 2**32 - 1)) + body


def tone(rate: int, channels: int = 1) -> np.ndarray:
    mono = 0.25 * np.sin(np.arange(rate) * 2 * np.pi * 440 / rate)
    return np.stack([mono] * channels, axis=1)


def test_telephone_samples_come_back_bit_for_bit(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-32768, 32768, 4321).astype(np.int16)
    write_wav(tmp_path / "a.wav", noise)
    assert np.array_equal(read_wav(tmp_path / "a.wav"), noise)
    assert (tmp_path / "a.wav").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_two_channels_hold_caller_left_and_nightbell_right(tmp_path: Path) -> None:
    write_two_channel_wav(tmp_path / "call.wav", SECOND, SECOND[:100])
    sound, rate = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert (rate, sound.shape) == (RATE, (RATE, 2))
    assert np.array_equal(sound[:, 0], SECOND)
    assert np.array_equal(sound[:100, 1], SECOND[:100])
    assert not sound[100:, 1].any()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2), (48000, 1), (16000, 2), (11025, 1)])
def test_every_usual_format_keeps_length_and_level(subtype: str, rate: int, channels: int) -> None:
    samples = read_wav(encoded(tone(rate, channels), rate, subtype))
    assert samples.dtype == np.int16
    assert abs(len(samples) - RATE) <= 2
    assert rms_dbfs(samples) == pytest.approx(20 * np.log10(0.25 / np.sqrt(2)), abs=0.15)


def test_an_extensible_header_and_a_big_endian_file_are_read() -> None:
    assert len(read_wav(encoded(tone(8000), 8000, form="WAVEX"))) == RATE
    file = io.BytesIO()
    soundfile.write(file, tone(8000), 8000, format="WAV", subtype="PCM_16", endian="BIG")
    assert file.getvalue()[:4] == b"RIFX"
    assert rms_dbfs(read_wav(file.getvalue())) == pytest.approx(-15.05, abs=0.1)


def test_channels_that_cancel_each_other_are_not_mixed_to_silence() -> None:
    sound = tone(8000, 2)
    sound[:, 1] *= -1
    assert rms_dbfs(read_wav(encoded(sound, 8000))) == pytest.approx(-15.05, abs=0.1)


@pytest.mark.parametrize("claims", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_length_left_unknown_by_a_pipe_is_read_to_the_end(claims: int) -> None:
    assert np.array_equal(read_wav(header(claims=claims, sound=SECOND.tobytes())), SECOND)


def test_beyond_full_scale_is_clipped_not_wrapped() -> None:
    samples = read_wav(encoded(np.array([2.0, -2.0, 0.5] * 100), 8000, "FLOAT"))
    assert samples[:3].tolist() == [32767, -32768, 16384]


BAD = {
    "empty": (b"", "is empty (0 bytes)"),
    "text": (b"these are words, not sound " * 9, "is no WAV file"),
    "no data": (wav_bytes(SECOND)[:36], "no data chunk"),
    "no samples": (wav_bytes(SECOND[:0]), "holds no sound (0 samples)"),
    "cut short": (
        wav_bytes(SECOND)[:8000],
        "is cut short: its header promises 16000 bytes of sound, the file holds 7956",
    ),
    "lies 1 GB": (header(claims=1 << 30, sound=SECOND.tobytes()), "is cut short"),
    "0 Hz": (header(rate=0, claims=16000, sound=SECOND.tobytes()), "claims 0 samples a second"),
    "1 Hz": (header(rate=1, claims=16000, sound=SECOND.tobytes()), "claims 1 samples a second"),
    "4 GHz": (
        header(rate=2**32 - 1, claims=16000, sound=SECOND.tobytes()),
        "samples a second, which no recording has",
    ),
    "no channel": (header(channels=0, claims=16000, sound=SECOND.tobytes()), "has 0 channels"),
    "32 channels": (header(channels=32, claims=16000, sound=SECOND.tobytes()), "has 32 channels; one or two"),
    "7 bits": (header(bits=0, claims=16000, sound=SECOND.tobytes()), "cannot be decoded"),
    "unknown code": (header(tag=0x7777, claims=16000, sound=SECOND.tobytes()), "cannot be decoded"),
    "not numbers": (encoded(np.full(100, np.nan), 8000, "FLOAT"), "samples that are no numbers"),
    "data first": (b"RIFF\x1c\0\0\0WAVEdata\x04\0\0\0\0\0\0\0", "no format before it"),
    "only a name": (b"RIFF", "is no WAV file"),
}


@pytest.mark.parametrize("kind", BAD)
def test_every_bad_file_is_told_what_is_wrong_and_what_to_do(kind: str, tmp_path: Path) -> None:
    data, says = BAD[kind]
    path = tmp_path / "opening.wav"
    path.write_bytes(data)
    with pytest.raises(AudioError) as caught:
        read_wav(path)
    assert str(path) in caught.value.message
    assert says in caught.value.message
    assert caught.value.hint


def test_a_missing_file_and_a_folder_are_faults_not_crashes(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        read_wav(tmp_path / "nothing.wav")
    with pytest.raises(AudioError, match="cannot be read"):
        read_wav(tmp_path)


def test_a_file_longer_than_any_call_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    with pytest.raises(AudioError, match="longer than 128 MB"):
        read_wav(path)


def test_damage_anywhere_in_the_header_never_escapes_as_another_error() -> None:
    whole = wav_bytes(SECOND[:400])
    rng = np.random.default_rng(5)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(400):
        data = bytearray(whole)
        for at in rng.integers(0, 44, 3):
            data[at] = int(rng.integers(256))
        try:
            read_wav(bytes(data))
            outcomes["read"] += 1
        except AudioError:
            outcomes["refused"] += 1
    assert sum(outcomes.values()) == 400
    assert min(outcomes.values()) > 0


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, SECOND)

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_wav(path, SECOND[:10])
    monkeypatch.undo()
    assert np.array_equal(read_wav(path), SECOND)
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]


def test_two_sides_that_are_cut_short_are_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_two_channel_wav(path, np.full(8000, 5, np.int16), np.full(8000, 7, np.int16))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(AudioError, match="is cut short"):
        read_channels(path)
