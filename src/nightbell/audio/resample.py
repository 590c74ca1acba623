"""Resampling between the telephone's 8 kHz and the rates of models and recordings, by soxr.

Also the two number formats: int16 samples inside Nightbell, float32 in -1..1 for models. It reads no files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from nightbell.audio.frame import RATE, Samples

__all__ = ["Sound", "from_telephone", "to_float", "to_samples", "to_telephone"]

Sound = npt.NDArray[np.float32]
"""Mono sound of any rate, shape (n,), full scale -1..1."""


def to_float(samples: Samples) -> Sound:
    """Return samples as float32 in -1..1."""
    return samples.astype(np.float32) / np.float32(32768)


def to_samples(sound: Sound) -> Samples:
    """Return 8 kHz float sound as int16; what is beyond full scale is clipped."""
    return np.asarray(np.clip(np.rint(sound * np.float32(32768)), -32768, 32767), dtype=np.int16)


def to_telephone(sound: Sound, rate: int) -> Samples:
    """Resample mono sound from ``rate`` Hz to 8 kHz int16."""
    mono = np.ascontiguousarray(sound, dtype=np.float32)
    if rate != RATE and len(mono):
        mono = np.asarray(soxr.resample(mono, rate, RATE, quality="HQ"), dtype=np.float32)
    return to_samples(mono)


def from_telephone(samples: Samples, rate: int) -> Sound:
    """Resample 8 kHz samples to ``rate`` Hz float32, as models want it."""
    sound = to_float(samples)
    if rate == RATE or not len(sound):
        return sound
    return np.asarray(soxr.resample(sound, RATE, rate, quality="HQ"), dtype=np.float32)
