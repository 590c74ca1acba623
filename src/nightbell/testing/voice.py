"""A fake voice: one tone a word, its pitch from the word, so two prompts never sound alike."""

from __future__ import annotations

import asyncio
import zlib

import numpy as np

from nightbell.audio.frame import RATE, SAMPLES_PER_MS, Samples
from nightbell.errors import SynthesisFailed

__all__ = ["WORD_MS", "FakeVoice"]

WORD_MS = 250
"""How long each word lasts."""
_GAP_MS = 50


class FakeVoice:
    """A voice for tests: remembers what it was asked to say, and can be told to fail.

    Attributes:
        said: the words of every rendering, in order.
        failing: while True, every rendering raises SynthesisFailed.
    """

    def __init__(self, name: str = "fake-1") -> None:
        self._name = name
        self.said: list[str] = []
        self.failing = False
        self.closed = False

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    async def render(self, words: str) -> Samples:
        """Return 250 ms of tone and 50 ms of silence a word; SynthesisFailed when told to, or without words."""
        self.said.append(words)
        await asyncio.sleep(0)  # as with any voice, others run meanwhile, and it can be cancelled
        if self.failing or not any(sign.isalnum() for sign in words):
            raise SynthesisFailed("the fake voice was told to fail", provider=self._name)
        return np.concatenate([_tone(word) for word in words.split()])

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def _tone(word: str) -> Samples:
    hertz = 300 + zlib.crc32(word.lower().encode()) % 2500
    out = np.zeros((WORD_MS + _GAP_MS) * SAMPLES_PER_MS, dtype=np.int16)
    at = np.arange(WORD_MS * SAMPLES_PER_MS)
    out[: len(at)] = np.rint(8000 * np.sin(2 * np.pi * hertz * at / RATE))
    return out
