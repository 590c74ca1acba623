"""Decoder: feeds the utterances of one call to the recognisers, in order, and never faster than they take it.

Each recogniser call has a time limit; the first failure of a take is answered by one fresh try, the second is
raised as ``DecodingFailed``.

It does not know where utterances begin and end, nor when a phrase counts: that is ``ears``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nightbell.audio.frame import RATE
from nightbell.errors import ModelMissing, ProviderError
from nightbell.speech.port import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from nightbell.conversation.ear_events import Reason
    from nightbell.conversation.take import Take
    from nightbell.speech.port import ClosedRecogniser, OpenRecogniser

__all__ = ["Decoder", "DecodingFailed", "DecodingLimits"]

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
