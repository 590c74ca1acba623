"""Telephone: makes clean caller audio sound as it arrives over a narrow-band line.

300 to 3400 Hz, then G.711 there and back, then a usual level. No packet loss, no codec of mobile networks.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from nightbell.audio.frame import RATE, Samples
from nightbell.audio.g711 import Law, round_trip
from nightbell.audio.level import to_level
from nightbell.audio.resample import to_float, to_samples

__all__ = ["CALLER_DBFS", "band", "over_the_line"]

CALLER_DBFS: Final = -22.0
"""Active level at which a caller usually arrives."""
_LOW_HZ: Final = 300.0
_HIGH_HZ: Final = 3400.0
_EDGE_HZ: Final = 100.0
"""Width of the slope outside each end of the band; a steeper one would ring audibly."""


def band(samples: Samples) -> Samples:
    """Keep 300 to 3400 Hz, without delay; the slopes outside are 100 Hz wide."""
    if not len(samples):
        return samples.copy()
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    away = np.maximum(np.maximum(_LOW_HZ - hertz, hertz - _HIGH_HZ), 0) / _EDGE_HZ
    passed = 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1))
    kept = np.fft.irfft(np.fft.rfft(to_float(samples)) * passed, len(samples))
    return to_samples(kept.astype(np.float32))


def over_the_line(samples: Samples, law: Law = "mulaw", level_dbfs: float | None = CALLER_DBFS) -> Samples:
    """Return the samples as a clinic hears them: band, level (None: as it is), G.711 both ways."""
    narrow = band(samples)
    if level_dbfs is not None:
        narrow = to_level(narrow, level_dbfs)
    return round_trip(narrow, law)
