"""Safe words: what a caller hears when recognition, voice, records or line have failed. A file, and nothing else.

One recording for each emergency number, shipped inside the package and read once when the process starts; no
model, no cache, no flow and no network. The words are in ``SAFE_WORDS``, the emergency number within their first
12 seconds; ``scripts/make-safe-words`` makes the files anew.
"""

from __future__ import annotations

import io
import wave
from importlib import resources
from typing import Final

import numpy as np

from nightbell.audio.frame import RATE, Samples
from nightbell.errors import AudioError

__all__ = ["SAFE_NUMBERS", "SAFE_WORDS", "safe_text", "safe_words"]

SAFE_NUMBERS: Final = ("999", "911", "112", "000", "111")
"""Emergency numbers with a recording of their own."""
SAFE_WORDS: Final = (
    "This line is not working properly. For trouble breathing, pain in the chest, heavy bleeding, "
    "a weak face or arm, or any change in sight, hang up and dial {number} now. "
    "The clinic is being told of your call."
)
"""Chosen by ear and by recogniser: over a telephone, "chest pain" and "rang" were taken for other words."""
_ANY: Final = "the emergency number"
_SAID: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def safe_text(emergency: str) -> str:
    """Return the words of the recording for that emergency number."""
    said = " ".join(_SAID[int(sign)] for sign in emergency) if emergency in SAFE_NUMBERS else _ANY
    return SAFE_WORDS.format(number=said)


def safe_words(emergency: str) -> Samples:
    """Return the recording for that emergency number, 8 kHz mono; for any other number, one that names none.

    Raises:
        AudioError: the package itself is damaged. Call this when the process starts, not when a call has failed.
    """
    name = f"safe-{emergency}.wav" if emergency in SAFE_NUMBERS else "safe-any.wav"
    try:
        data = resources.files("nightbell.speech").joinpath("data", name).read_bytes()
        with wave.open(io.BytesIO(data)) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise AudioError(f"{name} is not 8000 Hz, one channel, 16 bit", hint="install Nightbell again")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    except (OSError, EOFError, wave.Error) as error:
        raise AudioError(f"{name} cannot be read", hint="install Nightbell again") from error
    samples.flags.writeable = False
    return samples
