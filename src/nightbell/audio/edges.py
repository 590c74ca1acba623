"""Edges: where sound begins and ends in a recording, and cutting silence off both ends.

Last sound is the design's measure for every timing goal: the last 10 ms frame of the clean source within
26 dB of its loudest frame. Noise makes it meaningless, so it is measured on the clean source only.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from nightbell.audio.frame import SAMPLES_PER_MS, Samples
from nightbell.audio.level import ACTIVE_RANGE_DB, FLOOR_DBFS, frame_dbfs

__all__ = ["first_sound_ms", "join", "last_sound_ms", "length_ms", "silence", "trim"]

_FRAME_MS: Final = 10
_FADE_MS: Final = 3
"""Ramp at a cut, so that it does not click."""


def _span_ms(samples: Samples, range_db: float) -> tuple[int, int] | None:
    levels = frame_dbfs(samples, _FRAME_MS)
    if not len(levels) or levels.max() <= FLOOR_DBFS:
        return None
    sounding = np.flatnonzero(levels >= levels.max() - range_db)
    return int(sounding[0]) * _FRAME_MS, (int(sounding[-1]) + 1) * _FRAME_MS


def last_sound_ms(samples: Samples) -> int | None:
    """Return where the last sounding 10 ms frame ends, in ms from the start; None for silence."""
    span = _span_ms(samples, ACTIVE_RANGE_DB)
    return None if span is None else span[1]


def first_sound_ms(samples: Samples) -> int | None:
    """Return where the first sounding 10 ms frame begins, in ms from the start; None for silence."""
    span = _span_ms(samples, ACTIVE_RANGE_DB)
    return None if span is None else span[0]


def length_ms(samples: Samples) -> int:
    """Return how long the samples play, in ms, rounded up."""
    return -(-len(samples) // SAMPLES_PER_MS)


def silence(ms: int) -> Samples:
    """Return that much silence."""
    return np.zeros(ms * SAMPLES_PER_MS, dtype=np.int16)


def trim(samples: Samples, *, lead_ms: int = 10, tail_ms: int = 60, range_db: float = 40.0) -> Samples:
    """Cut silence: at most ``lead_ms`` stays before the first sound, exactly ``tail_ms`` follows the last.

    ``range_db`` is wider than for last sound: a soft "f" or the end of a "s" belongs to the word.
    Silence alone comes back empty. The cuts are faded over 3 ms; a missing tail is filled with silence.
    """
    span = _span_ms(samples, range_db)
    if span is None:
        return np.zeros(0, dtype=np.int16)
    begin = max(span[0] - lead_ms, 0) * SAMPLES_PER_MS
    end = (span[1] + tail_ms) * SAMPLES_PER_MS
    cut = samples[begin:end].astype(np.float64)
    fade = min(_FADE_MS * SAMPLES_PER_MS, len(cut))
    ramp = np.linspace(0.0, 1.0, fade)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    out = np.zeros(end - begin, dtype=np.int16)
    out[: len(cut)] = np.rint(cut).astype(np.int16)
    return out


def join(*pieces: Samples, gap_ms: int = 0) -> Samples:
    """Put pieces one after another with ``gap_ms`` of silence between them."""
    between = silence(gap_ms)
    parts: list[Samples] = []
    for piece in pieces:
        if parts:
            parts.append(between)
        parts.append(piece)
    return np.concatenate(parts) if parts else silence(0)
