"""Decoder: feeds the utterances of one call to the recognisers, in order, and never faster than they take it.

A ``Take`` is one utterance: its sound so far, the listen it belongs to, and what has been made of it. The sound is
kept, so that it can be decoded anew: with another grammar, after a failure, or when the caller spoke on after the
stream was closed. Each recogniser call has a time limit; the first failure of a take is answered by one fresh try,
the second is raised as ``DecodingFailed``.

It does not know where utterances begin and end, nor when a phrase counts: that is ``ears``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nightbell.audio.frame import RATE, SAMPLES_PER_MS
from nightbell.conversation.ear_events import Utterance
from nightbell.errors import ModelMissing, ProviderError
from nightbell.speech.endpoint import snr_db
from nightbell.speech.port import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Listen
    from nightbell.conversation.ear_events import Cause, Reason
    from nightbell.speech.endpoint import Endpoint
    from nightbell.speech.port import ClosedRecogniser, ClosedStream, OpenRecogniser

__all__ = ["Decoder", "DecodingFailed", "DecodingLimits", "Take"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """How long a recogniser may take. Seconds of wall time.

    The second line of defence: an adapter has limits of its own, a little shorter, and ends what hung when they
    pass; when these here pass, the adapter itself has hung.
    """

    open_s: float = 4.0
    """To begin an utterance (measured: 30 ms for a new decoding process)."""
    feed_s: float = 2.5
    """To take more sound (measured: 3 ms for 20 ms of sound)."""
    finish_s: float = 2.5
    """To close an utterance (measured: 34 ms at p99)."""
    transcribe_s: float = 6.0
    """To write down a whole utterance (measured: 200 ms)."""


class DecodingFailed(Exception):
    """The recognisers failed twice on one utterance. Stays inside the conversation."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(slots=True)
class Take:
    """One utterance on its way through the recognisers."""

    listen: Listen
    sound: list[Samples] = field(default_factory=list)
    fed: int = 0
    """Pieces of ``sound`` that the stream has had."""
    epoch: int = 0
    """Counts the beginnings anew; what belongs to an older one is thrown away."""
    stream: ClosedStream | None = None
    stream_epoch: int = 0
    hypothesis: Hypothesis = field(default_factory=lambda: Hypothesis(text=""))
    closing: bool = False
    """The stream is to be finished."""
    upto: int = 0
    """Pieces of ``sound`` when ``closing`` was asked for: silence that comes later is not waited for."""
    final: Hypothesis | None = None
    """The last hypothesis; the stream is gone."""
    asked_ms: int = 0
    """Last sound of the utterance when ``closing`` was asked for."""
    cause: Cause | None = None
    """Set when the utterance is over and only the open recogniser is still to be asked."""
    open_text: str | None = None
    transcribed: bool = False
    abandoned: bool = False
    """Nobody waits for its words any more; its stream is to be thrown away."""
    told: bool = False
    """That it began was told, so that it ends must be told too, whatever it held."""
    failures: int = 0
    decode_ms: float = 0.0
    start_ms: int = 0
    end_ms: int = 0
    snr_db: float | None = None

    @property
    def waiting_ms(self) -> int:
        """Sound not decoded yet."""
        return sum(piece.size for piece in self.sound[self.fed :]) // SAMPLES_PER_MS

    @property
    def unheard(self) -> bool:
        """True when nobody waits for its words: only its stream is to be thrown away."""
        return self.abandoned or self.listen.mode == "off"

    @property
    def decoded(self) -> bool:
        """True when the closed recogniser has nothing left to do at this moment."""
        if self.unheard:
            return self.stream is None
        return self.final is not None or (self.fed >= self.wanted and not self.closing)

    @property
    def done(self) -> bool:
        """True when nothing is left to do at this moment."""
        return self.decoded and (self.unheard or self.cause is None or self.transcribed)

    @property
    def wanted(self) -> int:
        """Pieces of ``sound`` that the stream is to have."""
        return self.upto if self.closing else len(self.sound)

    def close(self, last_ms: int) -> None:
        """Ask for the last hypothesis of what was said until now; ``last_ms`` is its last sound."""
        self.closing, self.upto, self.asked_ms = True, len(self.sound), last_ms

    def pause_ms(self, hypothesis: Hypothesis) -> int:
        """Return the silence that must follow what was heard before the utterance is over."""
        if self.listen.mode == "closed" and hypothesis.phrase is not None:
            for phrase in self.listen.phrases:
                if phrase.text == hypothesis.phrase:
                    return phrase.pause_ms
        return self.listen.pause_ms

    def ended(self, endpoint: Endpoint) -> Take:
        """Note where the utterance lay and how clear it stood; return the take itself."""
        self.start_ms, self.end_ms, self.snr_db = endpoint.start_ms, endpoint.last_ms, snr_db(endpoint)
        return self

    def utterance(self) -> Utterance:
        """Return what is told of a take that is done; an abandoned one held no words."""
        final = Hypothesis(text="") if self.abandoned or self.final is None else self.final
        return Utterance(
            listen=self.listen.n,
            cause="rejected" if self.abandoned or self.cause is None else self.cause,
            phrase=final.phrase if self.listen.mode == "closed" and self.cause != "too_long" else None,
            text=final.text,
            confidence=final.confidence,
            open_text=self.open_text,
            suspected=final.phrase if self.listen.mode == "open" else None,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            snr_db=self.snr_db,
            decode_ms=self.decode_ms,
        )

    @property
    def held_words(self) -> bool:
        """Tell whether anything was understood; a closed recogniser's decoys are no words."""
        phrase = self.cause == "phrase"
        return not self.abandoned and (phrase or bool(self.open_text))

    def begin_anew(self) -> None:
        """Forget what was decoded, keep the sound."""
        self.epoch += 1
        self.fed = 0
        self.hypothesis = Hypothesis(text="")
        self.closing = False
        self.final = None


class Decoder:
    """The recognisers of one call at work on its takes."""

    def __init__(
        self, closed: ClosedRecogniser | None, open_: OpenRecogniser | None, limits: DecodingLimits
    ) -> None:
        self._closed = closed
        self._open = open_
        self._limits = limits

    async def work(self, take: Take) -> None:
        """Bring one take up to date: decode what came in, finish it, ask the open recogniser, as it says.

        Raises:
            DecodingFailed: for the second time on this take.
        """
        while not take.done:
            await self._try(take)

    async def decode(self, take: Take) -> None:
        """The same without the open recogniser.

        Raises:
            DecodingFailed: for the second time on this take.
        """
        while not take.decoded:
            await self._try(take)

    async def _try(self, take: Take) -> None:
        epoch = take.epoch
        try:
            await self._step(take)
        except (ProviderError, TimeoutError) as error:
            if take.epoch != epoch:
                return  # it failed on what nobody waits for any more
            take.failures += 1
            reason = _reason(error)
            if take.failures > 1 or reason == "missing":
                await self.drop(take)
                raise DecodingFailed(reason) from error
            await self._again(take)

    async def drop(self, take: Take) -> None:
        """Throw away the stream of a take; never raises but on cancellation."""
        stream, take.stream = take.stream, None
        if stream is not None:
            with contextlib.suppress(ProviderError, TimeoutError):
                await _within(self._limits.finish_s, stream.discard())

    async def _again(self, take: Take) -> None:
        closing = take.closing
        if take.final is None:
            take.begin_anew()
            take.closing = closing
        await self.drop(take)

    async def _step(self, take: Take) -> None:
        stale = take.unheard or take.stream_epoch != take.epoch
        if take.stream is not None and stale:
            await self.drop(take)
        elif take.final is None and take.fed < take.wanted:
            await self._feed(take)
        elif take.final is None and take.closing:
            await self._finish(take)
        elif take.cause is not None:
            await self._transcribe(take)

    async def _feed(self, take: Take) -> None:
        epoch, upto = take.epoch, take.wanted
        if self._closed is None or not take.listen.phrases:
            take.fed = upto
            return
        if take.stream is None:
            take.stream = await _within(self._limits.open_s, self._closed.open(take.listen.phrases))
            take.stream_epoch = epoch
        piece = np.concatenate(take.sound[take.fed : upto])
        hypothesis = await _within(self._limits.feed_s + piece.size / RATE, take.stream.feed(piece))
        if take.epoch == epoch:
            take.fed, take.hypothesis = upto, hypothesis

    async def _finish(self, take: Take) -> None:
        epoch, began = take.epoch, time.perf_counter()
        if take.stream is None:
            take.final, take.closing = Hypothesis(text=""), False
            return
        final = await _within(self._limits.finish_s, take.stream.finish())
        take.stream = None
        if take.epoch == epoch:
            take.final, take.closing = final, False
            take.decode_ms += (time.perf_counter() - began) * 1000

    async def _transcribe(self, take: Take) -> None:
        began = time.perf_counter()
        if self._open is not None and take.sound:
            take.open_text = await _within(
                self._limits.transcribe_s, self._open.transcribe(np.concatenate(take.sound))
            )
            take.decode_ms += (time.perf_counter() - began) * 1000
        take.transcribed = True

    async def close(self) -> None:
        """Let go of the closed recogniser; the open one belongs to the process."""
        if self._closed is not None:
            with contextlib.suppress(ProviderError, TimeoutError):
                await _within(self._limits.finish_s, self._closed.close())


async def _within(seconds: float, work: Awaitable[T]) -> T:
    async with asyncio.timeout(seconds):
        return await work


def _reason(error: Exception) -> Reason:
    if isinstance(error, TimeoutError):
        return "hung"
    if isinstance(error, ModelMissing):
        return "missing"
    if isinstance(error.__cause__, TimeoutError):
        return "hung"
    if isinstance(error.__cause__, (OSError, EOFError)):
        return "died"
    return "raised"
