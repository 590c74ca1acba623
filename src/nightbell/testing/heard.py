"""Heard: a caller and a world that note what left the house: prompts that sound, pages, notes, ring-backs.

What is noted is what somebody outside can know of, so after a crash the records must know it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, Frame, Samples
from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.world import Escalated, Past, Transferred
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise
from nightbell.terms.segment import Segment
from nightbell.testing.line import FakeLine

__all__ = ["Heard", "Marked", "Notes", "Outside", "Quiet"]


class Notes(Protocol):
    """Where it is noted."""

    def note(self, *what: object) -> None:
        """Note one thing: its kind, and more about it."""


class Marked:
    """A voice whose samples tell which prompt they belong to: their value is its number."""

    def __init__(self) -> None:
        self.known: list[tuple[str, str]] = []

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """See the port."""
        return self._mark(prompt, " ".join(segment.text for segment in segments))

    def safe_words(self) -> Samples:
        """See the port."""
        return self._mark("safe_words", "")

    def _mark(self, prompt: str, words: str) -> Samples:
        self.known.append((prompt, words))
        samples = np.zeros(5 * FRAME_SAMPLES, dtype=np.int16)
        samples[0] = len(self.known)
        return samples


class Heard(FakeLine):
    """A caller who notes each prompt that begins to sound."""

    def __init__(self, side: Notes, prompts: Marked, **laid_down: Any) -> None:
        super().__init__(**laid_down)
        self._side = side
        self._prompts = prompts

    def play(self, frame: Frame) -> None:
        """See the port."""
        super().play(frame)
        if frame[0]:
            self._side.note("said", *self._prompts.known[int(frame[0]) - 1])


class Outside:
    """A world that notes what it was asked for before it does anything."""

    def __init__(self, side: Notes) -> None:
        self._side = side

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """See the port."""
        del clinic, caller, before
        return Past()

    async def hours(self, now: Instant) -> Any:
        """See the port."""
        del now
        return "closed"

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """See the port."""
        del disposition
        by = now.plus(ms=1_800_000)
        return Promise(who="a clinician", from_number="+442079460123", by=by, by_spoken="ten past eleven")

    async def notify(self, effect: Notify) -> bool:
        """See the port."""
        self._side.note("note", effect.n)
        return True

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the port."""
        self._side.note("page", effect.n)
        return Escalated()

    async def transfer(self, effect: Transfer) -> Transferred:
        """See the port."""
        self._side.note("transfer", effect.n)
        return Transferred(outcome="failed")

    async def ring_back(self, effect: RingBack) -> None:
        """See the port."""
        self._side.note("ring_back", effect.n)


class Quiet:
    """Voice activity of a caller who never speaks."""

    def probability(self, window: Samples) -> float:
        """See the port."""
        del window
        return 0.0

    def reset(self) -> None:
        """See the port."""
