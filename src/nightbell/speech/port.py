"""Ports of the speech room: recognisers, voice activity and voices.

Contracts (``tests/contracts/test_recogniser_contract.py``, ``test_voice_contract.py``):

- A closed recogniser opens one stream per utterance. ``feed`` takes any number of samples and returns the
  hypothesis so far; ``finish`` returns the last one, with confidences, and closes. A stream that raises
  ``RecognitionFailed`` is dead; others are not touched by it, whatever happened (exception, hang, killed process).
- The grammar given to ``open`` is checked against the model's own vocabulary by the adapter: unknown words never
  reach the decoder, and a grammar with nothing left raises ``RecognitionFailed``, it never ends the process.
- An open recogniser turns one utterance into text, "" for nothing heard.
- A voice renders words to 8 kHz mono samples, the same bytes for the same words, voice and seed.
- Voice activity looks at 32 ms windows (256 samples) and returns the probability of speech, 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Samples
    from nightbell.terms.phrase import Phrase

__all__ = [
    "ClosedRecogniser",
    "ClosedStream",
    "Hypothesis",
    "OpenRecogniser",
    "SharedActivity",
    "Voice",
    "VoiceActivity",
]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a closed recogniser makes of the audio so far."""

    text: str
    """Raw words, decoys included, as decoded."""
    phrase: str | None = None
    """The grammar phrase (flow spelling) when the whole of ``text`` is exactly one phrase; else None."""
    confidence: float | None = None
    """Lowest word confidence 0..1; None on partials and when the decoder gives none."""


class ClosedStream(Protocol):
    """One utterance being decoded against one grammar."""

    async def feed(self, samples: Samples) -> Hypothesis:
        """Decode more audio; return the hypothesis so far."""

    async def finish(self) -> Hypothesis:
        """Close the utterance; return the last hypothesis with its confidence."""

    async def discard(self) -> None:
        """Throw the utterance away."""


class ClosedRecogniser(Protocol):
    """Streaming recogniser over phrases known beforehand. One per call."""

    async def open(self, phrases: Sequence[Phrase]) -> ClosedStream:
        """Begin an utterance. Raises RecognitionFailed."""

    async def close(self) -> None:
        """Let go of everything; safe to repeat."""


class OpenRecogniser(Protocol):
    """Recogniser of whole utterances, any words."""

    async def transcribe(self, samples: Samples) -> str:
        """Return the words heard, lower case without punctuation, "" for none. Raises RecognitionFailed."""


class VoiceActivity(Protocol):
    """Speech probability, window by window; keeps state between windows of one call."""

    def probability(self, window: Samples) -> float:
        """Take 256 samples; return 0..1."""

    def reset(self) -> None:
        """Forget the past; as new."""


class SharedActivity(Protocol):
    """The same for calls that share one run of a model: the answer comes in the same turn of the loop."""

    async def probability(self, window: Samples) -> float:
        """Take 256 samples; return 0..1."""


class Voice(Protocol):
    """A synthetic voice."""

    @property
    def name(self) -> str:
        """Name, version and seed: part of the cache key."""

    async def render(self, words: str) -> Samples:
        """Speak plain words. Raises SynthesisFailed."""

    async def close(self) -> None:
        """Let go of everything; safe to repeat."""
