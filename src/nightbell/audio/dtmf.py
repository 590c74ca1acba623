"""DTMF: the two-tone sounds of telephone keys, as samples (ITU-T Q.23). Finding them is the ears' work."""

from __future__ import annotations

from typing import Final

import numpy as np

from nightbell.audio.frame import RATE, SAMPLES_PER_MS, Samples
from nightbell.errors import TermError

__all__ = ["HIGH_HZ", "LOW_HZ", "tone"]

LOW_HZ: Final = {
    key: hertz
    for row, hertz in zip(("123", "456", "789", "*0#"), (697, 770, 852, 941), strict=True)
    for key in row
}
"""Key to its lower tone: the row of the key pad."""
HIGH_HZ: Final = {
    key: hertz
    for column, hertz in zip(("147*", "2580", "369#"), (1209, 1336, 1477), strict=True)
    for key in column
}
"""Key to its higher tone: the column of the key pad."""

_RAMP_MS: Final = 3
"""Ramp at both ends, so that the tone does not click."""


def tone(key: str, ms: int = 100, dbfs: float = -10.0) -> Samples:
    """Return the sound of a key: two sines of equal level, together at ``dbfs`` RMS.

    Raises:
        TermError: there is no such key.
    """
    if key not in LOW_HZ:
        raise TermError(f"{key!r} is no key of a telephone", hint="keys are 0 to 9, * and #")
    time = np.arange(ms * SAMPLES_PER_MS) / RATE
    both = np.sin(2 * np.pi * LOW_HZ[key] * time) + np.sin(2 * np.pi * HIGH_HZ[key] * time)
    ramp = np.minimum(1.0, np.arange(1, len(time) + 1) / (_RAMP_MS * SAMPLES_PER_MS))
    shaped = both * ramp * ramp[::-1] * 32767 * 10 ** (dbfs / 20)
    return np.clip(np.rint(shaped), -32768, 32767).astype(np.int16)
