"""WAV files: reads any sane one into 8 kHz mono samples, writes mono and two-channel ones.

Decoding is libsndfile's work (soundfile). Here stands what a telephone prompt may be, and what to say about
one that is not: a file that is cut short, lies about its length or its rate, or is no WAV at all raises
AudioError naming the file, the fault and the remedy, and never takes more memory than the file is long.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.resample import Sound, to_telephone
from nightbell.errors import AudioError

__all__ = [
    "read_channels",
    "read_line",
    "read_sound",
    "read_wav",
    "wav_bytes",
    "write_two_channel_wav",
    "write_wav",
]

_MAX_BYTES: Final = 128 * 1024 * 1024
"""Two hours at 8 kHz mono; anything longer is no prompt and no call."""
_MIN_RATE_HZ: Final = 4000
_MAX_RATE_HZ: Final = 384_000
_MAX_CHANNELS: Final = 2
_UNKNOWN_LENGTH: Final = 0x7FFF0000
"""From here up a data length means "not known": tools that write to a pipe leave such a value behind."""
_CANCELS: Final = 0.1
"""Left and right cancel each other when their sum has less than this of one side's amplitude (20 dB)."""
_EXPORT: Final = "export it again as WAV, 16 bit, one channel, 8000 Hz or more"


def read_wav(source: Path | bytes, *, name: str = "") -> Samples:
    """Read a WAV file, or the bytes of one, as 8 kHz mono.

    Two channels are mixed to one, any usual rate is resampled, every PCM and float format is taken.

    Args:
        source: the file, or its bytes.
        name: what to call it in errors; the path by default.

    Raises:
        AudioError: the file is missing, empty, too long, cut short, silent of data, or no usable WAV.
    """
    return to_telephone(*read_sound(source, name=name))


def read_line(path: Path) -> Samples:
    """Read what a line heard, as ``write_wav`` writes it: one channel at 8 kHz, so that its times are the call's.

    Raises:
        AudioError: as ``read_wav``, or it has another rate or a second channel.
    """
    data = _load(path, str(path))
    samples = read_wav(data, name=str(path))
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        channels, rate = file.channels, file.samplerate
    if channels != 1 or rate != RATE:
        was = f"{channels} channels" if channels != 1 else f"{rate} samples a second"
        raise AudioError(f"{path} has {was}, and a line's sound one channel at {RATE}", hint="do not convert it")
    return samples


def read_channels(path: Path) -> tuple[Samples, Samples]:
    """Read a two-channel file at 8 kHz, as ``write_two_channel_wav`` writes one, sample for sample.

    Raises:
        AudioError: it is none, or it is cut short.
    """
    data = _load(path, str(path))
    _check_header(data, str(path))
    try:
        table, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise AudioError(f"{path} cannot be decoded: {error}", hint=_EXPORT) from error
    if rate != RATE or table.shape[1] != 2:
        raise AudioError(f"{path} is no recording of two sides at 8000 Hz", hint="take one that was written here")
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


def read_sound(source: Path | bytes, *, name: str = "") -> tuple[Sound, int]:
    """Read a WAV file, or the bytes of one, as mono sound at its own rate, as ``read_wav`` takes and refuses it.

    Args:
        source: the file, or its bytes.
        name: what to call it in errors; the path by default.

    Returns:
        The sound, shape (n,), and its samples a second.

    Raises:
        AudioError: as ``read_wav``.
    """
    called = name or (str(source) if isinstance(source, Path) else "the recording")
    data = source if isinstance(source, bytes) else _load(source, called)
    if not data:
        raise AudioError(f"{called} is empty (0 bytes)", hint="copy or record it again")
    _check_size(len(data), called)
    _check_header(data, called)
    sound, rate = _decode(data, called)
    if not len(sound):
        raise AudioError(f"{called} holds no sound (0 samples)", hint="record it again")
    if not np.isfinite(sound).all():
        raise AudioError(f"{called} holds samples that are no numbers", hint=_EXPORT)
    return sound, rate


def _check_size(size: int, called: str) -> None:
    if size > _MAX_BYTES:
        raise AudioError(f"{called} is longer than {_MAX_BYTES >> 20} MB", hint="cut it to what is to be heard")


def _load(path: Path, called: str) -> bytes:
    try:
        _check_size(path.stat().st_size, called)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise AudioError(f"{called} does not exist", hint="check the name and the folder") from error
    except OSError as error:
        raise AudioError(
            f"{called} cannot be read: {error.strerror}", hint="check that it is a readable file"
        ) from error


def _check_header(data: bytes, called: str) -> None:
    """Refuse what libsndfile would pass or explain badly. Chunk layout: RIFF, Microsoft 1991."""
    if data[:4] not in {b"RIFF", b"RIFX", b"RF64"} or data[8:12] != b"WAVE":
        raise AudioError(f"{called} is no WAV file", hint=_EXPORT)
    if data[:4] != b"RIFF":
        return  # big-endian and 64-bit files carry their lengths elsewhere: libsndfile judges them
    at, seen_format = 12, False
    while at + 8 <= len(data):
        chunk, size = struct.unpack_from("<4sI", data, at)
        if chunk == b"fmt " and at + 24 <= len(data):
            seen_format = True
            channels, rate = struct.unpack_from("<HI", data, at + 10)
            _check_format(channels, rate, called)
        if chunk == b"data":
            have = len(data) - at - 8
            if not seen_format:
                raise AudioError(f"{called} has sound but no format before it", hint=_EXPORT)
            if have < size < _UNKNOWN_LENGTH:
                raise AudioError(
                    f"{called} is cut short: its header promises {size} bytes of sound, the file holds {have}",
                    hint="copy it again from where it was recorded",
                )
            return
        at += 8 + size + size % 2
    raise AudioError(f"{called} has no sound in it (no data chunk)", hint="copy or record it again")


def _check_format(channels: int, rate: int, called: str) -> None:
    if not _MIN_RATE_HZ <= rate <= _MAX_RATE_HZ:
        raise AudioError(f"{called} claims {rate} samples a second, which no recording has", hint=_EXPORT)
    if not 1 <= channels <= _MAX_CHANNELS:
        raise AudioError(
            f"{called} has {channels} channels; one or two can be used", hint="mix it down to one channel"
        )


def _decode(data: bytes, called: str) -> tuple[Sound, int]:
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check_format(file.channels, file.samplerate, called)
            rate = int(file.samplerate)
            blocks = [_to_mono(block) for block in file.blocks(blocksize=65536, dtype="float32", always_2d=True)]
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise AudioError(f"{called} cannot be decoded: {error}", hint=_EXPORT) from error
    return (np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)), rate


def _to_mono(block: Sound) -> Sound:
    """Mix channels; where they cancel each other (one is wired upside down) take the first."""
    if block.shape[1] == 1:
        return np.asarray(block[:, 0], dtype=np.float32)
    mono = np.asarray(block.mean(axis=1), dtype=np.float32)
    first = np.asarray(block[:, 0], dtype=np.float32)
    cancels = float(np.abs(mono).sum()) < _CANCELS * float(np.abs(first).sum())
    return first if cancels else mono


def wav_bytes(*channels: Samples) -> bytes:
    """Return a 16-bit 8 kHz WAV file of one or two channels; the shorter channel is filled with silence."""
    length = max((len(channel) for channel in channels), default=0)
    table = np.zeros((length, len(channels)), dtype=np.int16)
    for index, channel in enumerate(channels):
        table[: len(channel), index] = channel
    file = io.BytesIO()
    soundfile.write(file, table, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def write_wav(path: Path, samples: Samples) -> None:
    """Write mono samples; the file appears whole or not at all."""
    _replace(path, wav_bytes(samples))


def write_two_channel_wav(path: Path, left: Samples, right: Samples) -> None:
    """Write two channels (caller left, Nightbell right); the file appears whole or not at all."""
    _replace(path, wav_bytes(left, right))


def _replace(path: Path, data: bytes) -> None:
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
