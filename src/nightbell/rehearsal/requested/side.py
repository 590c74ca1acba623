"""Side: the caller's side of a call by requests, in the call's own time: words, keys and hang-up as laid down.

It gives what the caller does next, and remembers what was played to them, sample for sample. It decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from nightbell.audio.frame import FRAME_MS, SAMPLES_PER_MS
from nightbell.audio.level import peak_dbfs
from nightbell.audio.wav import write_wav
from nightbell.line.handset import Given, Handset
from nightbell.rehearsal.written import SPOKEN_WORD_MS

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.rehearsal.script import Answer

__all__ = ["CallerSide", "Did"]

_NOTHING: Final = np.zeros(1, np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """One thing that the caller does."""

    kind: Literal["key", "words", "down"]
    at_ms: int
    end_ms: int
    what: str = ""
    confidence: float = 1.0


class CallerSide:
    """One call's."""

    def __init__(self, *, muted: bool = False) -> None:
        """Take up the handset; ``muted`` callers say nothing, whatever they are told to."""
        self.handset = Handset()
        self._muted = muted
        self._words: list[Did] = []
        self._keys: list[Did] = []
        self._down: int | None = None
        self._played: list[tuple[int, Samples]] = []

    def set(self, at_ms: int) -> None:
        """Take what time it is."""
        self._look()
        self.handset.now = max(self.handset.now, at_ms // FRAME_MS)

    def say(self, answer: Answer, at_ms: int) -> Given:
        """Say an answer's words from a place on; see ``rehearsal.caller.Mouth``."""
        start = max(at_ms, max((said.end_ms for said in self._words), default=0))
        end = start + max(len(answer.words.split()), 1) * SPOKEN_WORD_MS
        if not self._muted:
            self._words.append(
                Did(kind="words", at_ms=start, end_ms=end, what=answer.words, confidence=answer.confidence)
            )
        return Given(start, end, end)

    def next(self, until_ms: int) -> Did | None:
        """Return what the caller does next, and forget it; None where that is later."""
        self._look()
        coming = [*self._words[:1], *self._keys[:1]]
        if self._down is not None:
            coming.append(Did(kind="down", at_ms=self._down, end_ms=self._down))
        found = min(coming, key=lambda did: did.at_ms, default=None)
        if found is None or found.at_ms > until_ms:
            return None
        if found.kind == "words":
            self._words.pop(0)
        elif found.kind == "key":
            self._keys.pop(0)
        return found

    def play(self, samples: Samples, at_ms: int, for_ms: int) -> None:
        """Have the caller hear a sound for so long."""
        self._played.append((at_ms * SAMPLES_PER_MS, samples[: for_ms * SAMPLES_PER_MS]))

    def heard(self, start_ms: int, end_ms: int) -> Samples:
        """Return what was played in a stretch of the call."""
        first, last = start_ms * SAMPLES_PER_MS, max(end_ms, start_ms) * SAMPLES_PER_MS
        found = np.zeros(last - first, np.int16)
        for at, samples in self._played:
            begin, end = max(at, first), min(at + len(samples), last)
            if begin < end:
                found[begin - first : end - first] = samples[begin - at : end - at]
        return found

    def loudest_dbfs(self, start_ms: int, end_ms: int) -> float:
        """Return the peak of what was played in a stretch of the call."""
        return peak_dbfs(self.heard(start_ms, end_ms))

    def write(self, path: Path) -> None:
        """Write what was played as a WAV."""
        last = max((at + len(samples) for at, samples in self._played), default=0)
        write_wav(path, self.heard(0, -(-last // SAMPLES_PER_MS)) if last else _NOTHING)

    def _look(self) -> None:
        """Take over what was laid down on the handset, whose own time stands still meanwhile."""
        now = self.handset.now
        while (tick := self.handset.next_tick()) is not None:
            self.handset.now = tick
            if self.handset.is_down:
                self._down = tick * FRAME_MS
                break
            keys = self.handset.advance()[1]
            self._keys += [
                Did(kind="key", at_ms=tick * FRAME_MS, end_ms=tick * FRAME_MS, what=key) for key in keys
            ]
        self.handset.now = now
