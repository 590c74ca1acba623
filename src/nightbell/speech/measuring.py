"""Measuring: how long a prompt takes as it will be said - the owner's recording, or what the cache holds.

It renders nothing: a piece that nobody has recorded or rendered yet has no length here.
"""

from __future__ import annotations

from collections.abc import Sequence

from nightbell.audio.edges import length_ms, trim
from nightbell.audio.frame import Samples
from nightbell.errors import AudioError
from nightbell.speech.cache import PromptCache
from nightbell.speech.joining import speakable
from nightbell.speech.prompts import LEAD_MS, TAIL_MS, prompt_key
from nightbell.speech.recorded import Recordings

__all__ = ["Measure"]


class Measure:
    """Lengths of one clinic's prompts in one voice."""

    def __init__(self, voice: str, *, country: str, recordings: Recordings, cache: PromptCache) -> None:
        """Take the voice's name, the clinic's country, and where sound is kept."""
        self._voice, self._country = voice, country
        self._recordings, self._cache = recordings, cache

    def recorded_ms(self, name: str, part: int | None = None) -> int | None:
        """Return the length of the owner's recording of a prompt or of its n-th piece of words; None without one.

        A recording that cannot be used is none: the voice speaks instead.
        """
        try:
            samples = self._recordings.prompt(name, part)
        except AudioError:
            return None
        return None if samples is None else _said_ms(samples)

    def rendered_ms(self, text: str) -> int | None:
        """Return how long words take in this voice; 0 for a lone full stop, None where they are not rendered."""
        if not speakable(text):
            return 0
        kept = self._cache.get(prompt_key(self._voice, text, self._country))
        return None if kept is None else length_ms(kept)

    def pieces_ms(self, name: str, words: Sequence[str], *, fixed: bool, spoken: bool = True) -> int | None:
        """Return the length of a prompt's words together; None unless every piece has one.

        Args:
            name: the prompt's name, which is its recording's.
            words: its pieces of fixed words, in order.
            fixed: whether it has no slots.
            spoken: whether the voice speaks its language; if not, recordings alone count.
        """
        whole = self.recorded_ms(name) if fixed else None
        if whole is not None:
            return whole
        total = 0
        for number, text in enumerate(words, start=1):
            found = None if fixed else self.recorded_ms(name, number)
            if found is None and spoken:
                found = self.rendered_ms(text)
            if found is None:
                return None
            total += found
        return total


def _said_ms(samples: Samples) -> int:
    return length_ms(trim(samples, lead_ms=LEAD_MS, tail_ms=TAIL_MS))
