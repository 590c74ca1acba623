"""Ears on a bench: recordings go in frame by frame, what was heard comes out with its place in the audio.

One pair of ears hears many recordings, one after another, as in a long call. Recognisers are wrapped to count what
they were given, and their processes' CPU time is read from the system. Nothing is judged here.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from nightbell.audio.edges import first_sound_ms, last_sound_ms
from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, Samples
from nightbell.call.effects import Listen
from nightbell.conversation.ear_events import Deaf, EarEvent, Utterance
from nightbell.conversation.ears import Ears, EarSettings
from nightbell.errors import RecognitionFailed
from nightbell.speech.port import ClosedRecogniser, ClosedStream, Hypothesis, OpenRecogniser, VoiceActivity
from nightbell.terms.phrase import Phrase

__all__ = ["CountedClosed", "CountedOpen", "Ear", "Said", "cpu_seconds", "ear"]

LEAD_MS: Final = 400
TAIL_MS: Final = 2000
"""Silence behind a recording: longer than any pause that ends an utterance."""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, all its threads, user and system (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class CountedStream:
    """A closed stream; tells its recogniser how much sound it was given."""

    def __init__(self, stream: ClosedStream, owner: CountedClosed) -> None:
        self._stream = stream
        self._owner = owner

    async def feed(self, samples: Samples) -> Hypothesis:
        """Decode more sound."""
        self._owner.samples += samples.size
        return await self._stream.feed(samples)

    async def finish(self) -> Hypothesis:
        """Close the utterance."""
        return await self._stream.finish()

    async def discard(self) -> None:
        """Throw the utterance away."""
        await self._stream.discard()


@dataclass
class CountedClosed:
    """A closed recogniser; counts the samples that it decoded."""

    recogniser: ClosedRecogniser
    samples: int = 0

    async def open(self, phrases: Sequence[Phrase]) -> CountedStream:
        """Begin an utterance."""
        return CountedStream(await self.recogniser.open(phrases), self)

    async def close(self) -> None:
        """Let go of everything."""
        await self.recogniser.close()

    @property
    def seconds(self) -> float:
        """Seconds of sound decoded."""
        return self.samples / RATE


@dataclass
class CountedOpen:
    """An open recogniser; counts the samples that it wrote down."""

    recogniser: OpenRecogniser
    samples: int = 0

    async def transcribe(self, samples: Samples) -> str:
        """Write down an utterance."""
        self.samples += samples.size
        return await self.recogniser.transcribe(samples)

    @property
    def seconds(self) -> float:
        """Seconds of sound written down."""
        return self.samples / RATE


@dataclass(frozen=True, slots=True)
class Said:
    """A recording played to the ears, and what they made of it."""

    first_ms: int
    """First sound of the clean recording, in the ears' audio."""
    last_ms: int
    """Its last sound (DESIGN section 5)."""
    events: tuple[tuple[int, EarEvent], ...]
    """What was told, with the end of the frame in which it was told."""

    @property
    def utterances(self) -> tuple[tuple[int, Utterance], ...]:
        """The utterances alone."""
        return tuple((at, event) for at, event in self.events if isinstance(event, Utterance))


@dataclass
class Ear:
    """One pair of ears and its place in the audio."""

    ears: Ears
    at_ms: int = 0
    listens: int = field(default=0)

    async def say(self, clean: Samples, listen: Listen, heard: Samples | None = None) -> Said:
        """Play one recording between silences.

        Args:
            clean: the recording that the times refer to.
            listen: what is listened for.
            heard: the same as the line brings it, noise included, with ``LEAD_MS`` before and ``TAIL_MS`` behind
                it; the clean recording between silences when left out.

        Raises:
            RecognitionFailed: the ears went deaf.
        """
        if heard is None:
            quiet = np.zeros(LEAD_MS * RATE // 1000, dtype=np.int16)
            heard = np.concatenate((quiet, clean, np.zeros(TAIL_MS * RATE // 1000, dtype=np.int16)))
        self.listens += 1
        self.ears.listen(replace(listen, n=self.listens), self.at_ms)
        begins = self.at_ms + LEAD_MS
        events: list[tuple[int, EarEvent]] = []
        for start in range(0, len(heard), FRAME_SAMPLES):
            frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
            piece = heard[start : start + FRAME_SAMPLES]
            frame[: len(piece)] = piece
            told = await self.ears.hear(frame, None, self.at_ms)
            self.at_ms += FRAME_MS
            events += [(self.at_ms, event) for event in told]
        deaf = next((event for _, event in events if isinstance(event, Deaf)), None)
        if deaf is not None:
            raise RecognitionFailed(f"the ears went deaf: {deaf.reason}", provider="ears")
        return Said(begins + (first_sound_ms(clean) or 0), begins + (last_sound_ms(clean) or 0), tuple(events))


@asynccontextmanager
async def ear(
    closed: ClosedRecogniser | None, open_: OpenRecogniser | None, activity: VoiceActivity
) -> AsyncIterator[Ear]:
    """Open a pair of ears in virtual time, set as those of a live call; closes the closed recogniser too."""
    ears = Ears(closed, open_, activity, EarSettings(), patient=True)
    try:
        yield Ear(ears)
    finally:
        await ears.close()
