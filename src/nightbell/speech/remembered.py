"""Remembered: recognisers that are asked only for sound they have not heard before; what they wrote is looked up.

What an utterance's answer depends on is the recogniser itself (its name says which: model, package, processor),
the grammar, and every piece of sound so far as it came. So the words are those that the recogniser would write,
partial ones too. The first piece that is new wakes the recogniser: it hears the utterance from its beginning, and
must write what was remembered of it. Failures are never remembered.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from nightbell.errors import RecognitionFailed
from nightbell.speech.port import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Samples
    from nightbell.speech.port import ClosedRecogniser, ClosedStream, OpenRecogniser
    from nightbell.speech.transcripts import Transcripts
    from nightbell.terms.phrase import Phrase

__all__ = ["RememberedOpen", "RememberedRecogniser", "RememberedStream"]

_PROVIDER: Final = "remembered"
_KEY_BYTES: Final = 20


class RememberedRecogniser:
    """The closed recogniser of one call, with a memory that calls share."""

    def __init__(self, real: ClosedRecogniser, transcripts: Transcripts, name: str) -> None:
        """Take who is asked for what is new.

        Args:
            real: the recogniser; closed with this one.
            transcripts: the memory.
            name: all that its answers depend on but grammar and sound.
        """
        self._real = real
        self._transcripts = transcripts
        self._name = name
        self._stream: RememberedStream | None = None
        self._closed = False

    async def open(self, phrases: Sequence[Phrase]) -> RememberedStream:
        """Begin an utterance. Raises RecognitionFailed."""
        if self._closed:
            raise RecognitionFailed("this recogniser is closed", provider=_PROVIDER)
        if self._stream is not None:
            self._stream.close()
        words = [[phrase.text, *phrase.says] for phrase in phrases]
        key = _key(json.dumps([self._name, words]).encode(), b"")
        known = self._transcripts.find(key) is not None
        stream = None if known else await self._real.open(phrases)
        self._transcripts.keep(key, b"")
        self._stream = RememberedStream(self._real, phrases, self._transcripts, key, stream)
        return self._stream

    async def close(self) -> None:
        """Let go of the recogniser; safe to repeat."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()
        await self._real.close()


class RememberedStream:
    """One utterance, looked up piece by piece until something is new."""

    def __init__(
        self,
        real: ClosedRecogniser,
        phrases: Sequence[Phrase],
        transcripts: Transcripts,
        key: bytes,
        stream: ClosedStream | None,
    ) -> None:
        self._real = real
        self._phrases = phrases
        self._transcripts = transcripts
        self._key = key
        self._stream = stream
        self._heard: list[tuple[Samples, bytes]] = []
        """What the recogniser has not heard yet, and what it wrote for it."""
        self._open = True

    async def feed(self, samples: Samples) -> Hypothesis:
        """Take more sound; return the hypothesis so far. Raises RecognitionFailed."""
        self._must_be_open()
        self._key = _key(self._key, samples.astype("<i2", copy=False).tobytes())
        known = self._transcripts.find(self._key)
        if known is not None and self._stream is None:
            self._heard.append((samples.copy(), known))
            self._transcripts.taken += 1
            return _read(known)
        stream = await self._awake()
        return self._written(self._key, await stream.feed(samples), known)

    async def finish(self) -> Hypothesis:
        """Close the utterance; return the last hypothesis. Raises RecognitionFailed."""
        self._must_be_open()
        key = _key(self._key, b"finish")
        known = self._transcripts.find(key)
        if known is not None and self._stream is None:
            self._open = False
            self._transcripts.taken += 1
            return _read(known)
        stream = await self._awake()
        self._open = False
        return self._written(key, await stream.finish(), known)

    async def discard(self) -> None:
        """Throw the utterance away."""
        self._open = False
        if self._stream is not None:
            await self._stream.discard()

    def close(self) -> None:
        """Refuse more sound: another utterance begins."""
        self._open = False

    async def _awake(self) -> ClosedStream:
        """Return the recogniser's own stream, which has heard all that came before."""
        if self._stream is None:
            stream = await self._real.open(self._phrases)
            for samples, known in self._heard:
                self._same(await stream.feed(samples), known)
            self._stream, self._heard = stream, []
        return self._stream

    def _written(self, key: bytes, hypothesis: Hypothesis, known: bytes | None) -> Hypothesis:
        self._transcripts.decoded += 1
        if known is not None:
            self._same(hypothesis, known)
        self._transcripts.keep(key, _write(hypothesis))
        return hypothesis

    def _same(self, hypothesis: Hypothesis, known: bytes) -> None:
        if hypothesis != _read(known):
            raise self._transcripts.distrust("a recogniser writes something else than was remembered of it")

    def _must_be_open(self) -> None:
        if not self._open:
            raise RecognitionFailed("this utterance is closed", provider=_PROVIDER)


class RememberedOpen:
    """The open recogniser with a memory."""

    def __init__(self, real: OpenRecogniser, transcripts: Transcripts, name: str) -> None:
        """Take who is asked for what is new; arguments as ``RememberedRecogniser``, but it is not closed here."""
        self._real = real
        self._transcripts = transcripts
        self._name = name.encode()

    async def transcribe(self, samples: Samples) -> str:
        """Return the words heard. Raises RecognitionFailed."""
        key = _key(_key(b"open", self._name), samples.astype("<i2", copy=False).tobytes())
        known = self._transcripts.find(key)
        if known is not None:
            self._transcripts.taken += 1
            return known.decode()
        words = await self._real.transcribe(samples)
        self._transcripts.decoded += 1
        self._transcripts.keep(key, words.encode())
        return words


def _key(before: bytes, more: bytes) -> bytes:
    return hashlib.blake2b(len(before).to_bytes(4, "big") + before + more, digest_size=_KEY_BYTES).digest()


def _write(hypothesis: Hypothesis) -> bytes:
    return json.dumps([hypothesis.text, hypothesis.phrase, hypothesis.confidence]).encode()


def _read(written: bytes) -> Hypothesis:
    text, phrase, confidence = json.loads(written)
    return Hypothesis(text, phrase, confidence)
