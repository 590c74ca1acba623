"""Level: how loud, and making things evenly loud. dBFS with a full-scale sine at -3.01 dBFS RMS.

The active level counts only the frames in which something sounds, so pauses do not make a prompt look
quiet. There is no loudness weighting: telephone speech has one band and one use.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from nightbell.audio.frame import SAMPLES_PER_MS, Samples
from nightbell.audio.resample import to_float, to_samples

__all__ = [
    "ACTIVE_RANGE_DB",
    "FLOOR_DBFS",
    "active_dbfs",
    "active_frames",
    "frame_dbfs",
    "gain",
    "level_in",
    "peak_dbfs",
    "rms_dbfs",
    "to_level",
]

FLOOR_DBFS: Final = -120.0
"""What digital silence measures; below anything 16 bits can hold."""
ACTIVE_RANGE_DB: Final = 26.0
"""A frame counts as sound when it is within this of the loudest frame (the design's rule for last sound)."""
_FRAME_MS: Final = 10
_LIMITER_MS: Final = 5
"""Reach of the limiter each side of a peak: short of a syllable, long of a pitch period's half."""


def _db(power: float) -> float:
    return max(10 * math.log10(power), FLOOR_DBFS) if power > 0 else FLOOR_DBFS


def rms_dbfs(samples: Samples) -> float:
    """Return the level of all samples; FLOOR_DBFS for none or silence."""
    return _db(float(np.mean(np.square(to_float(samples), dtype=np.float64)))) if len(samples) else FLOOR_DBFS


def peak_dbfs(samples: Samples) -> float:
    """Return the highest sample's level; FLOOR_DBFS for none or silence."""
    return _db(float(np.max(np.abs(to_float(samples)))) ** 2) if len(samples) else FLOOR_DBFS


def frame_dbfs(samples: Samples, frame_ms: int = _FRAME_MS) -> npt.NDArray[np.float64]:
    """Return the level of each frame, shape (ceil(n / frame),); a last part frame is filled with silence."""
    size = frame_ms * SAMPLES_PER_MS
    frames = -(-len(samples) // size)
    padded = np.zeros(frames * size, dtype=np.float64)
    padded[: len(samples)] = to_float(samples)
    power = np.mean(np.square(padded.reshape(frames, size)), axis=1)
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DBFS / 10))), dtype=np.float64)


def active_frames(samples: Samples) -> npt.NDArray[np.bool_]:
    """Tell of each 10 ms frame whether it is within 26 dB of the loudest; none is, in silence."""
    levels = frame_dbfs(samples)
    return np.asarray(levels >= max(levels.max(initial=FLOOR_DBFS) - ACTIVE_RANGE_DB, FLOOR_DBFS + 1))


def active_dbfs(samples: Samples) -> float:
    """Return the mean power of the 10 ms frames within 26 dB of the loudest; FLOOR_DBFS for silence."""
    return level_in(samples, active_frames(samples))


def level_in(samples: Samples, frames: npt.NDArray[np.bool_]) -> float:
    """Return the mean power in some of the 10 ms frames, as ``active_frames`` has them; FLOOR_DBFS for none."""
    levels = frame_dbfs(samples)[frames]
    if not len(levels) or levels.max() <= FLOOR_DBFS:
        return FLOOR_DBFS
    return _db(float(np.mean(10 ** (levels / 10))))


def gain(samples: Samples, db: float) -> Samples:
    """Return the samples louder by ``db``, clipped at full scale."""
    return to_samples(to_float(samples) * np.float32(10 ** (db / 20)))


def to_level(samples: Samples, target_dbfs: float = -20.0, ceiling_dbfs: float = -3.0) -> Samples:
    """Bring the active level to the target, and hold every peak under the ceiling.

    Silence comes back as it is. Peaks are held by a look-ahead limiter, so nothing is clipped; a sound that
    is all peaks ends below the target rather than above the ceiling.
    """
    level = active_dbfs(samples)
    if level <= FLOOR_DBFS:
        return samples.copy()
    loud = to_float(samples).astype(np.float64) * 10 ** ((target_dbfs - level) / 20)
    ceiling = 10 ** (ceiling_dbfs / 20) - 1 / 32768  # rounding to 16 bits must not lift a peak over it
    over = np.abs(loud)
    if over.max() <= ceiling:
        return to_samples(loud.astype(np.float32))
    need = np.minimum(1.0, ceiling / np.maximum(over, 1e-12))
    reach = _LIMITER_MS * SAMPLES_PER_MS
    # The mean of the smallest gains near a sample is never above what that sample itself needs.
    least = _windows(_windows(need, reach).min(axis=1), reach).mean(axis=1)
    return to_samples((loud * least).astype(np.float32))


def _windows(values: npt.NDArray[np.float64], reach: int) -> npt.NDArray[np.float64]:
    """Return, for each value, the values from ``reach`` before to ``reach`` after it; the ends are drawn out."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, mode="edge"), 2 * reach + 1)
