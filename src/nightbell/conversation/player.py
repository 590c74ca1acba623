"""Player: one prompt at a time, frame by frame, in step with the line's ticks. It keeps no queue and no time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS, Frame, Samples
from nightbell.call.effects import Play

__all__ = ["Ended", "Player"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A prompt came to its end."""

    effect: int
    played_ms: int


class Player:
    """What the line is saying now."""

    def __init__(self) -> None:
        self._play: Play | None = None
        self._samples: Samples | None = None
        self._at = 0
        self.on_cut: Callable[[], None] = _nothing
        """Told when a prompt is cut: a line that holds what it was given ahead of time lets it go."""

    @property
    def playing(self) -> Play | None:
        """The Play effect under way."""
        return self._play

    @property
    def begins(self) -> bool:
        """Tell whether the next frame is the first of a prompt."""
        return self._play is not None and self._at == 0

    def start(self, play: Play, samples: Samples) -> None:
        """Begin a prompt with the next frame; what was playing is dropped."""
        if self._play is not None:
            self.on_cut()
        self._play, self._samples, self._at = play, samples, 0

    def stop(self) -> Ended | None:
        """Cut what is playing; return where, or None when nothing was."""
        if self._play is None or self._samples is None:
            return None
        ended = Ended(self._play.n, min(self._at, len(self._samples)) // SAMPLES_PER_MS)
        self._play = self._samples = None
        self.on_cut()
        return ended

    @property
    def frames_left(self) -> int | None:
        """Frames until the prompt ends, its last one included; None while nothing plays."""
        if self._samples is None:
            return None
        return max(-(-(len(self._samples) - self._at) // FRAME_SAMPLES), 1)

    def skip(self, frames: int) -> None:
        """Leave out frames that nobody hears; never the last one."""
        self._at += frames * FRAME_SAMPLES

    def next(self) -> tuple[Frame | None, Ended | None]:
        """Return the next frame and, with a prompt's last frame, its end."""
        if self._play is None or self._samples is None:
            return None, None
        piece = self._samples[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        frame = piece
        if len(piece) < FRAME_SAMPLES:
            frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
            frame[: len(piece)] = piece
        if self._at < len(self._samples):
            return frame, None
        ended = Ended(self._play.n, self._at // FRAME_SAMPLES * FRAME_MS)
        self._play = self._samples = None
        return frame, ended


def _nothing() -> None:
    """Nobody holds anything."""
