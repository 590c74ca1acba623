"""Frame: 20 ms of telephone audio, the unit in which a line hears and speaks."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["FRAME_MS", "FRAME_SAMPLES", "RATE", "SAMPLES_PER_MS", "SILENCE", "Frame", "Samples"]

RATE: Final = 8000
"""Samples a second: narrow-band telephony (ITU-T G.711)."""
SAMPLES_PER_MS: Final = RATE // 1000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = RATE * FRAME_MS // 1000

Samples: TypeAlias = npt.NDArray[np.int16]
"""Mono linear PCM at 8 kHz, shape (n,), dtype int16."""
Frame: TypeAlias = npt.NDArray[np.int16]
"""Samples of shape (160,)."""

SILENCE: Final[Frame] = np.zeros(FRAME_SAMPLES, dtype=np.int16)
SILENCE.flags.writeable = False
