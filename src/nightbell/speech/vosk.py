"""Vosk: the closed recogniser, one decoding process per call.

Streams phrases of a grammar from telephone sound. It never loads the engine into this process: a decoder that
raises, hangs or dies costs its own call one utterance. It keeps no sound and logs no words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import RecognitionFailed
from nightbell.speech.decoys import DECOYS
from nightbell.speech.grammar import PHRASE_WEIGHT, Grammar, build_grammar, words_asked
from nightbell.speech.port import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Samples
    from nightbell.speech.decoder_process import DecoderHost, DecoderLink
    from nightbell.speech.decoder_wire import Message
    from nightbell.terms.phrase import Phrase

__all__ = ["VoskRecogniser", "VoskStream"]

_log = structlog.get_logger(__name__)

_PROVIDER: Final = "vosk"


class VoskStream:
    """One utterance being decoded against one grammar."""

    def __init__(self, link: DecoderLink, grammar: Grammar, answer_s: float) -> None:
        self._link = link
        self._grammar = grammar
        self._answer_s = answer_s
        self._open = True

    async def feed(self, samples: Samples) -> Hypothesis:
        """Decode more sound; return the hypothesis so far.

        Args:
            samples: 8 kHz int16, shape (n,), any n, none included.

        Raises:
            RecognitionFailed: The decoder raised, hung or died, or the stream is closed.
        """
        self._must_be_open()
        sound = samples.astype("<i2", copy=False).tobytes()
        answer = await self._ask({"kind": "feed"}, sound)
        text = str(answer["text"])
        return Hypothesis(text, self._grammar.match(text))

    async def finish(self) -> Hypothesis:
        """Close the utterance; return the last hypothesis, with the lowest word confidence where there is one.

        Raises:
            RecognitionFailed: As ``feed``.
        """
        self._must_be_open()
        self._open = False
        answer = await self._ask({"kind": "finish"})
        text = str(answer["text"])
        sure = [float(word["conf"]) for word in answer["words"] if "conf" in word]
        confidence = min(max(min(sure), 0.0), 1.0) if sure else None
        return Hypothesis(text, self._grammar.match(text), confidence)

    async def discard(self) -> None:
        """Throw the utterance away; safe on one that is closed or dead."""
        if self._open:
            self._open = False
            if self._link.alive:
                await self._ask({"kind": "discard"})

    def close(self) -> None:
        """Refuse more sound; the recogniser calls it when another utterance begins."""
        self._open = False

    def _must_be_open(self) -> None:
        if not self._open:
            raise RecognitionFailed("this utterance is closed", provider=_PROVIDER)

    async def _ask(self, message: Message, sound: bytes = b"") -> Message:
        try:
            return await self._link.ask(message, sound, limit_s=self._answer_s)
        except RecognitionFailed:
            self._open = False
            raise


class VoskRecogniser:
    """The closed recogniser of one call. Opening an utterance ends the one before.

    Args:
        host: The process that holds the model, shared by all calls.
        weight: Odds of a phrase against one decoy.
        decoys: Words that stand beside the phrases.
    """

    def __init__(self, host: DecoderHost, *, weight: int = PHRASE_WEIGHT, decoys: Sequence[str] = DECOYS) -> None:
        self._host = host
        self._weight = weight
        self._decoys = decoys
        self._link: DecoderLink | None = None
        self._stream: VoskStream | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id of this call's decoder, else None."""
        return self._link.pid if self._link and self._link.alive else None

    async def open(self, phrases: Sequence[Phrase]) -> VoskStream:
        """Begin an utterance, on a fresh decoder where the last one is gone.

        Raises:
            RecognitionFailed: Nothing of the grammar is known to the model, or no decoder comes up.
            ModelMissing, ModelCorrupt: There is no model to decode with.
        """
        if self._closed:
            raise RecognitionFailed("this recogniser is closed", provider=_PROVIDER)
        if self._stream is not None:
            self._stream.close()
        link = self._link
        if link is None or link.gone:
            if link is not None:
                await link.end()
            link = self._link = await self._host.link()
        known = await self._host.known(words_asked(phrases, self._decoys), link)
        grammar = build_grammar(phrases, known, decoys=self._decoys, weight=self._weight)
        if grammar.left_out:
            _log.warning("phrases_not_recognisable", phrases=len(grammar.left_out))
        await link.ask(
            {
                "kind": "open",
                "phrases": list(grammar.spellings),
                "decoys": list(grammar.decoys),
                "weight": grammar.weight,
            },
            limit_s=self._host.limits.open_s,
        )
        self._stream = VoskStream(link, grammar, self._host.limits.answer_s)
        return self._stream

    async def close(self) -> None:
        """Let go of the decoder; safe to repeat."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()
        if self._link is not None:
            await self._link.end()
