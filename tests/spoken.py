"""Words in the voice of the line, rendered once in a run: to load it takes longer than most tests that need it."""

from __future__ import annotations

import asyncio
import functools

import numpy as np

from nightbell.audio.frame import Samples
from nightbell.speech.hibari import HibariVoice

__all__ = ["spoken"]

_QUIET = np.zeros(2400, dtype=np.int16)


async def spoken(words: str) -> Samples:
    """Return the words with 300 ms of silence before them and 600 ms after them; nobody may change the samples."""
    return await asyncio.to_thread(_spoken, words)


@functools.cache
def _spoken(words: str) -> Samples:
    async def rendered() -> Samples:
        voice = HibariVoice()
        try:
            return await voice.render(words)
        finally:
            await voice.close()

    found = np.concatenate((_QUIET, asyncio.run(rendered()), _QUIET, _QUIET))
    found.flags.writeable = False
    return found
