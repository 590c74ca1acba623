"""Fake recognisers: they hear what a script says, whatever the sound is, and fail when it says so.

They hold the same contract as the real ones (``tests/contracts/test_recogniser_contract.py``): phrases whose words
they do not know are dropped, a grammar with nothing left fails, one utterance is open at a time. They decode no
sound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nightbell.audio.frame import SAMPLES_PER_MS, Samples
from nightbell.errors import RecognitionFailed
from nightbell.speech.grammar import Grammar, build_grammar, words_asked
from nightbell.speech.port import Hypothesis
from nightbell.terms.phrase import Phrase

__all__ = ["Heard", "ScriptedOpenRecogniser", "ScriptedRecogniser", "ScriptedStream"]

_PROVIDER = "scripted"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one utterance is taken for."""

    text: str = ""
    """Raw words; "" for nothing."""
    after_ms: int = 0
    """Sound that must have been fed before the words stand."""
    confidence: float | None = 1.0
    """Lowest word confidence of the last hypothesis; None for none."""
    breaks_at_ms: int | None = None
    """Fed sound at which the decoder dies; None for never."""


class ScriptedStream:
    """One utterance of a ScriptedRecogniser."""

    def __init__(self, heard: Heard, grammar: Grammar) -> None:
        self.fed_ms = 0.0
        """Sound fed so far."""
        self._heard = heard
        self._grammar = grammar
        self._open = True

    async def feed(self, samples: Samples) -> Hypothesis:
        """Count the sound; return the words when enough was fed. Raises RecognitionFailed where scripted."""
        self._must_be_open()
        await asyncio.sleep(0)  # a real one waits for its decoder: others run meanwhile
        self.fed_ms += len(samples) / SAMPLES_PER_MS
        if self._heard.breaks_at_ms is not None and self.fed_ms >= self._heard.breaks_at_ms:
            self._open = False
            raise RecognitionFailed("the decoder died", provider=_PROVIDER)
        return self._hypothesis(None)

    async def finish(self) -> Hypothesis:
        """Close the utterance; return the words with their confidence."""
        self._must_be_open()
        self._open = False
        await asyncio.sleep(0)
        return self._hypothesis(self._heard.confidence)

    async def discard(self) -> None:
        """Throw the utterance away; safe to repeat."""
        self._open = False

    def _hypothesis(self, confidence: float | None) -> Hypothesis:
        text = self._heard.text if self.fed_ms >= self._heard.after_ms else ""
        return Hypothesis(text, self._grammar.match(text), confidence if text else None)

    def _must_be_open(self) -> None:
        if not self._open:
            raise RecognitionFailed("this utterance is closed", provider=_PROVIDER)


class ScriptedRecogniser:
    """A closed recogniser that takes each utterance for the next thing in its script, then for silence.

    Args:
        script: One item per utterance, in order.
        unknown: Words that it does not know; it knows all others.
    """

    def __init__(self, script: Iterable[Heard | str] = (), *, unknown: Iterable[str] = ()) -> None:
        self.opened: list[tuple[Phrase, ...]] = []
        """The phrases of every utterance, in order."""
        self.closed = False
        self._script = deque(Heard(item) if isinstance(item, str) else item for item in script)
        self._unknown = frozenset(unknown)
        self._stream: ScriptedStream | None = None

    def hear(self, *heard: Heard | str) -> None:
        """Add to the end of the script."""
        self._script.extend(Heard(item) if isinstance(item, str) else item for item in heard)

    async def open(self, phrases: Sequence[Phrase]) -> ScriptedStream:
        """Begin the next utterance. Raises RecognitionFailed for a grammar of unknown words, and when closed."""
        if self.closed:
            raise RecognitionFailed("this recogniser is closed", provider=_PROVIDER)
        if self._stream is not None:
            await self._stream.discard()
        grammar = build_grammar(phrases, words_asked(phrases) - self._unknown)
        self.opened.append(tuple(phrases))
        self._stream = ScriptedStream(self._script.popleft() if self._script else Heard(), grammar)
        return self._stream

    async def close(self) -> None:
        """Let go; safe to repeat."""
        self.closed = True
        if self._stream is not None:
            await self._stream.discard()


class ScriptedOpenRecogniser:
    """An open recogniser that returns the texts of its script, then "".

    Args:
        script: One item per utterance: the text, or the error to raise.
    """

    def __init__(self, script: Iterable[str | RecognitionFailed] = ()) -> None:
        self.asked: list[int] = []
        """Samples of every utterance, in order."""
        self._script = deque(script)

    def hear(self, *texts: str | RecognitionFailed) -> None:
        """Add to the end of the script."""
        self._script.extend(texts)

    async def transcribe(self, samples: Samples) -> str:
        """Return the next text of the script. Raises RecognitionFailed where scripted."""
        self.asked.append(len(samples))
        await asyncio.sleep(0)
        heard = self._script.popleft() if self._script else ""
        if isinstance(heard, RecognitionFailed):
            raise heard
        return heard
