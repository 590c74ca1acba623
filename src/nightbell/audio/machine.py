"""Machine: whether a sound is a fax's or a modem's, and nobody's voice.

Such a sound lies in one narrow band above 900 Hz and stays there: 1100 Hz calling, 2100 Hz answering, 1650 to
1850 Hz talking (ITU-T T.30 and V.21), 2225 Hz (Bell 103). A voice has most of its power below that, spreads it
over its harmonics, and moves. What is none of these for certain is no machine: a cry must not be taken for one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from nightbell.audio.frame import RATE, Samples

__all__ = ["is_machine"]

_FRAME: Final = 256
_SHORTEST: Final = 8
"""Frames that must sound: a quarter of a second."""
_ACTIVE: Final = 0.03
"""A frame sounds within 15 dB of the loudest one."""
_LOWEST_HZ: Final = 900
_BAND_HZ: Final = 450
"""Width of the band: V.21 keeps within it."""
_WITHIN: Final = 0.93
"""Part of a frame's power that the band holds."""
_FRAMES: Final = 0.8
"""Part of the frames that are so: the first and the last are cut through."""
_DRIFT_HZ: Final = 200.0
"""How far the frames' middle may lie from their common one, on average."""


def is_machine(samples: Samples) -> bool:
    """Tell whether a sound is a machine's.

    Args:
        samples: the sound, pauses and all, shape (n,).
    """
    count = len(samples) // _FRAME
    if count < _SHORTEST:
        return False
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float32) * np.hanning(_FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    whole = power.sum(axis=1)
    sounding = whole > _ACTIVE * whole.max()
    power, whole = power[sounding], whole[sounding]
    if len(whole) < _SHORTEST:
        return False
    hertz = np.fft.rfftfreq(_FRAME, 1 / RATE)
    middle = (power * hertz).sum(axis=1) / whole
    within = (np.abs(hertz[None, :] - middle[:, None]) <= _BAND_HZ / 2) & (hertz[None, :] >= _LOWEST_HZ)
    held = (power * within).sum(axis=1) / whole >= _WITHIN
    if held.mean() < _FRAMES:
        return False
    drift = np.abs(middle[held] - np.median(middle[held])).mean()
    return bool(drift <= _DRIFT_HZ)
