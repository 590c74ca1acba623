"""Tones: the keys that a recording holds as sound; those of a number are spoken over, tone for tone.

Where a tone is known to be and cannot be found, nothing is written: who listens closer than we do would find it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nightbell.audio.dtmf import HIGH_HZ, LOW_HZ, tone
from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, SAMPLES_PER_MS
from nightbell.errors import AudioError
from nightbell.speech.dtmf import DtmfDetector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from nightbell.audio.frame import Samples
    from nightbell.rehearsal.repro.keyed import Press

__all__ = ["heard_keys", "overwritten"]

_WINDOW: Final = 20 * SAMPLES_PER_MS
_HOP: Final = 5 * SAMPLES_PER_MS
_SHARE: Final = 0.5
"""Least part of a window's energy in the two tones: far less than the ears ask for, so that no rest is left."""
_TWIST: Final = 0.15
"""Least that the weaker tone has of the stronger one's amplitude: -16 dB, where the ears ask for -10."""
_QUIETEST: Final = 30.0
"""Root mean square, in sample values, below which nobody can tell a key: -60 dB."""
_LEAST: Final = 2
"""Windows that make a tone: 25 ms; a gateway that cuts a tone leaves less."""
_GAP: Final = 30 * SAMPLES_PER_MS
"""Shortest silence between two presses of one key."""
_EDGE: Final = 15 * SAMPLES_PER_MS
"""So much on both sides is overwritten too: what a window hardly sees."""
_BEFORE_MS: Final = 1100
_AFTER_MS: Final = 1100
"""A tone may be so much earlier or later than the signal of its key (``line.presses``)."""
_RECOGNISED_MS: Final = 300
"""From the beginning of a tone to its event: 60 ms, and more under noise."""
_LONGEST_MS: Final = 5000
"""Longest press that is looked for."""
_NEAR_MS: Final = 100
"""The stand-in of a tone is heard so near the time of the tone."""

_LOW: Final = sorted(set(LOW_HZ.values()))
_HIGH: Final = sorted(set(HIGH_HZ.values()))
_KEYS: Final = {(LOW_HZ[key], HIGH_HZ[key]): key for key in LOW_HZ}
_PROBES: Final = np.exp(-2j * np.pi * np.outer([*_LOW, *_HIGH], np.arange(_WINDOW) / RATE)).T * (2 / _WINDOW)
"""Shape (160, 7): the amplitude of each tone in a window."""


@dataclass(frozen=True, slots=True)
class _Tone:
    """A key that sounds; samples."""

    key: str
    start: int
    end: int


def heard_keys(sound: Samples) -> tuple[tuple[int, str], ...]:
    """Return the keys that the ears hear in a recording: milliseconds at the end of their frame, and key."""
    detector = DtmfDetector()
    whole = len(sound) // FRAME_SAMPLES
    return tuple(
        ((number + 1) * FRAME_MS, key)
        for number in range(whole)
        for key in detector.hear(sound[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES])
    )


def overwritten(sound: Samples, heard: Samples, presses: Sequence[Press]) -> Samples:
    """Return a recording in which the tones of numbers are those of their stand-ins.

    Args:
        sound: what is written; other parts of it may have been replaced already.
        heard: the same as the line heard it.
        presses: the keys of the call.

    Raises:
        AudioError: a key of a number came as a tone, and is not found or not heard as its stand-in.
    """
    put = sound.copy()
    lost = {press.seq for press in presses if press.taken and press.tone}
    for found, press in _pairs(heard, presses):
        if press is not None and not press.taken:
            continue
        start, end = max(found.start - _EDGE, 0), min(found.end + _EDGE, len(put))
        put[start:end] = 0
        if press is not None:
            lost.discard(press.seq)
            _sound(put, heard, found, press.instead)
    if lost - {-1}:
        raise _left()
    told = heard_keys(put)
    for press in presses:
        near = [key for at_ms, key in told if abs(at_ms - press.at_ms) <= _NEAR_MS]
        if press.taken and press.tone and (press.instead or press.key in near) and press.instead not in near:
            raise _left()
    return put


def _left() -> AudioError:
    return AudioError(
        "a number was keyed as tones that cannot be taken out of the recording for sure",
        hint="this call makes no script; take another one that goes the same way",
    )


def _sound(put: Samples, heard: Samples, found: _Tone, key: str) -> None:
    if not key:
        return
    first, last, level = _body(heard[found.start : found.end])
    new = tone(key, (last - first) // SAMPLES_PER_MS, 20 * float(np.log10(level / 32767)))
    put[found.start + first : found.start + first + len(new)] = new


def _body(sounding: Samples) -> tuple[int, int, float]:
    """Return where a tone really begins and ends, samples, and its root mean square: windows reach beyond it."""
    blocks = sounding[: len(sounding) // SAMPLES_PER_MS * SAMPLES_PER_MS].astype(np.float64)
    power = np.mean(blocks.reshape(-1, SAMPLES_PER_MS) ** 2, axis=1)
    loud = np.flatnonzero(power > np.median(power) / 4)
    first, last = int(loud[0]), int(loud[-1]) + 1
    level = float(np.sqrt(np.mean(power[first:last])))
    return first * SAMPLES_PER_MS, last * SAMPLES_PER_MS, level


def _pairs(heard: Samples, presses: Sequence[Press]) -> Iterator[tuple[_Tone, Press | None]]:
    """Yield the tones near keys of numbers, each with its key; None for a digit that nobody took notice of."""
    free = list(presses)
    for start_ms, end_ms in _stretches(presses):
        for found in _tones(heard, start_ms * SAMPLES_PER_MS, end_ms * SAMPLES_PER_MS):
            at_ms = found.start // SAMPLES_PER_MS
            mine = [press for press in free if press.key == found.key and _is_of(press, at_ms)]
            press = min(mine, key=lambda press: (not press.tone, abs(press.at_ms - at_ms)), default=None)
            if press is not None:
                free.remove(press)
            if press is not None or found.key.isdigit():
                yield found, press


def _is_of(press: Press, at_ms: int) -> bool:
    """Tell whether a press may be that of a tone that begins there."""
    if press.tone:
        return 0 <= press.at_ms - at_ms <= _RECOGNISED_MS
    return -_AFTER_MS <= press.at_ms - at_ms <= _BEFORE_MS


def _stretches(presses: Sequence[Press]) -> list[tuple[int, int]]:
    """Return where tones of numbers may be, ms; none overlaps another."""
    found: list[tuple[int, int]] = []
    for press in presses:
        if not press.taken:
            continue
        start, end = max(press.at_ms - _BEFORE_MS, 0), press.at_ms + _AFTER_MS
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _tones(sound: Samples, start: int, end: int) -> list[_Tone]:
    """Return the keys that begin to sound between two samples, also short, faint and uneven ones."""
    piece = sound[start : min(end + _LONGEST_MS * SAMPLES_PER_MS, len(sound))].astype(np.float64)
    if len(piece) < _WINDOW:
        return []
    found: list[_Tone] = []
    for number, key in enumerate(_keys(sliding_window_view(piece, _WINDOW)[::_HOP])):
        at = start + number * _HOP
        last = found[-1] if found else None
        if not key:
            continue
        if last is not None and last.key == key and at <= last.end + _GAP - _HOP:
            found[-1] = _Tone(key, last.start, at + _WINDOW)
        elif at < end:
            found.append(_Tone(key, at, at + _WINDOW))
    return [one for one in found if one.end - one.start >= _WINDOW + (_LEAST - 1) * _HOP]


def _keys(windows: npt.NDArray[np.float64]) -> list[str]:
    """Return the key that each window shows, "" for none."""
    strength = np.abs(windows @ _PROBES)
    low, high = strength[:, : len(_LOW)], strength[:, len(_LOW) :]
    energy = np.mean(windows * windows, axis=1)
    both = low.max(axis=1) ** 2 + high.max(axis=1) ** 2
    weaker = np.minimum(low.max(axis=1), high.max(axis=1))
    stronger = np.maximum(low.max(axis=1), high.max(axis=1))
    shows = (energy > _QUIETEST**2) & (both / 2 > _SHARE * energy) & (weaker > _TWIST * stronger)
    return [
        _KEYS[_LOW[row], _HIGH[column]] if there else ""
        for row, column, there in zip(low.argmax(axis=1), high.argmax(axis=1), shows, strict=True)
    ]
