"""Window: 32 ms of a call's audio as the endpointer takes it - how likely it is speech, and how loud.

Levels are in dB below full scale, taken every 8 ms. It does not say what is speech, and keeps no sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples

__all__ = ["BLOCK_MS", "QUIETEST_DB", "Window", "decibels_of", "levels", "power_of"]

BLOCK_MS: Final = 8
BLOCK_SAMPLES: Final = 64
"""Levels are taken every 8 ms: four to a window of 256 samples."""
QUIETEST_DB: Final = -96.0
"""Level of digital silence, dB below full scale: what 16 bits can tell."""
FULL_SCALE: Final = 32768.0


@dataclass(frozen=True, slots=True)
class Window:
    """One step of audio."""

    end_ms: int
    """Position of its end in the call's audio."""
    probability: float
    levels_db: tuple[float, ...]
    """Level of each 8 ms block, dB below full scale; the last block ends at ``end_ms``."""
    playing: bool = False
    """A prompt was being played."""

    @property
    def mean_power(self) -> float:
        """Return the mean power of its blocks, full scale 1."""
        return sum(map(power_of, self.levels_db)) / len(self.levels_db)

    @property
    def mean_db(self) -> float:
        """Return the level of that mean, dB below full scale."""
        return decibels_of(self.mean_power)


def levels(samples: Samples) -> tuple[float, ...]:
    """Return the level of each whole 8 ms block, dB below full scale. Pure.

    Args:
        samples: shape (n,); what is left over behind the last whole block is not looked at.
    """
    blocks = samples[: samples.size // BLOCK_SAMPLES * BLOCK_SAMPLES].astype(np.float64).reshape(-1, BLOCK_SAMPLES)
    powers = np.square(blocks / FULL_SCALE).mean(axis=1)
    return tuple(decibels_of(float(power)) for power in powers)


def decibels_of(power: float) -> float:
    """Return a power, full scale 1, in dB; ``QUIETEST_DB`` at least."""
    return max(QUIETEST_DB, 10 * math.log10(power)) if power > 0 else QUIETEST_DB


def power_of(decibels: float) -> float:
    """Return the power, full scale 1, of a level in dB."""
    return float(10 ** (decibels / 10))
