"""Voiced: whether anybody speaks in a recording, by voice activity alone. What is said it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.speech.silero import WINDOW_SAMPLES, SileroActivity

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples

__all__ = ["holds_speech"]

_MAYBE: Final = 0.25
"""A short "no" comes to 0.36 at least, a click, a tone or hiss to 0.19 at most."""
_LEAD: Final = 4 * WINDOW_SAMPLES
"""Quiet before and after it: the model is slow to take the first sound that it hears for speech."""


def holds_speech(samples: Samples) -> bool:
    """Tell whether somebody may be speaking in a recording.

    Raises:
        ModelMissing, ModelCorrupt: the model of voice activity is not there.
    """
    activity = SileroActivity()
    padded = np.pad(samples, _LEAD)
    starts = range(0, len(padded) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES)
    return any(activity.probability(padded[start : start + WINDOW_SAMPLES]) >= _MAYBE for start in starts)
