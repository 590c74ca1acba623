"""Handset: the caller's end of a scripted line - what is said, pressed and when it is put down.

Everything is laid out beforehand on the line's own audio time, so the place of each sound is known to the sample
the moment it is asked for. It decides nothing: the scripted caller does (``rehearsal.caller``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from nightbell.audio.dtmf import tone
from nightbell.audio.edges import last_sound_ms
from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS
from nightbell.errors import AudioError, TermError
from nightbell.terms.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from nightbell.audio.frame import Samples

__all__ = ["KEY_GAP_MS", "Given", "Handset", "KeyForm"]

KeyForm = Literal["event", "inband"]

KEY_GAP_MS: Final = 240
"""From one key to the next: a person keying a number; an in-band tone takes the first 100 ms of it."""
_TONE_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Given:
    """Where something that the caller did lies in the call's audio, in milliseconds."""

    start_ms: int
    """Its first sample, or the first key."""
    last_sound_ms: int
    """End of the last 10 ms frame of the clean words within 26 dB of their peak; for keys, the last key."""
    end_ms: int
    """After its last sample."""
    louder_db: float = 0.0
    """By how much the words were made louder than recorded, to lie as far over the noise as was asked."""


class Handset:
    """What the caller does, queued in audio time."""

    def __init__(self, *, keys: KeyForm = "event", muted: bool = False) -> None:
        self._form = keys
        self._muted = muted
        self._sounds: list[tuple[int, Samples]] = []
        self._keys: dict[int, list[str]] = {}
        self._free_at = 0
        self._down_at: int | None = None
        self.now = 0
        """Number of the tick that comes next."""

    @property
    def is_down(self) -> bool:
        """Tell whether the caller has hung up by now."""
        return self._down_at is not None and self.now >= self._down_at

    def begins_ms(self, at_ms: int | None = None) -> int:
        """Return where words that are said now, or at ``at_ms``, will begin."""
        return self._tick(at_ms) * FRAME_MS

    def say(self, samples: Samples, *, at_ms: int | None = None) -> Given:
        """Say recorded words from the next tick on, or from ``at_ms``, after what is being said already.

        Raises:
            AudioError: there is no sound in them; a caller who says nothing must be written as silence.
        """
        last = last_sound_ms(samples)
        if last is None:
            raise AudioError(
                "the caller's words are silent", hint="give a recording with sound, or say silence: true"
            )
        tick = self._tick(at_ms)
        start = tick * FRAME_MS
        if not self._muted:
            self._sounds.append((tick * FRAME_SAMPLES, samples))
        self._free_at = tick + -(-len(samples) // FRAME_SAMPLES)
        return Given(start, start + last, start + -(-len(samples) // SAMPLES_PER_MS))

    def press(self, keys: str, *, at_ms: int | None = None) -> Given:
        """Press keys one after another, as signalled events or as tones in the sound.

        Raises:
            TermError: there is no such key.
        """
        if not keys or any(key not in KEYS for key in keys):
            raise TermError(f"{keys!r} cannot be pressed", hint="keys are 0 to 9, * and #")
        first = self._tick(at_ms)
        step = KEY_GAP_MS // FRAME_MS
        for index, key in enumerate(keys):
            tick = first + index * step
            if self._form == "inband":
                self._sounds.append((tick * FRAME_SAMPLES, tone(key, _TONE_MS)))
            else:
                self._keys.setdefault(tick, []).append(key)
        last = first + (len(keys) - 1) * step
        self._free_at = last + step
        sounding = _TONE_MS if self._form == "inband" else 0
        return Given(first * FRAME_MS, last * FRAME_MS, last * FRAME_MS + sounding)

    def replay(self, sound: Samples, keys: Iterable[tuple[int, str]], hang_up_ms: int | None) -> None:
        """Lay down a whole call from audio time 0 on: what was heard, keys and the hang-up at their times."""
        if not self._muted:
            self._sounds.append((0, sound))
        for at_ms, key in keys:
            self._keys.setdefault(at_ms // FRAME_MS, []).append(key)
        if hang_up_ms is not None:
            self._down_at = hang_up_ms // FRAME_MS

    def hang_up(self, *, at_ms: int | None = None) -> int:
        """Put the handset down, at the earliest after what is being said; return when, in audio ms."""
        tick = self._tick(at_ms)
        self._down_at = tick if self._down_at is None else min(self._down_at, tick)
        return self._down_at * FRAME_MS

    def advance(self) -> tuple[npt.NDArray[np.int32] | None, tuple[str, ...]]:
        """Give the line the next tick: its clean sound, shape (160,), not yet clipped, or None; and its keys."""
        frame = self._sound() if self._sounds else None
        keys = tuple(self._keys.pop(self.now, ()))
        self.now += 1
        return frame, keys

    def _sound(self) -> npt.NDArray[np.int32]:
        begin = self.now * FRAME_SAMPLES
        frame = np.zeros(FRAME_SAMPLES, dtype=np.int32)
        for start, samples in self._sounds:
            offset = begin - start
            piece = samples[max(offset, 0) : max(offset + FRAME_SAMPLES, 0)]
            place = max(-offset, 0)
            frame[place : place + len(piece)] += piece
        self._sounds = [
            (start, samples) for start, samples in self._sounds if start + len(samples) > begin + FRAME_SAMPLES
        ]
        return frame

    def next_tick(self) -> int | None:
        """Return the tick of the next key or of the hang-up; None while neither is to come."""
        ticks = [*self._keys, *([] if self._down_at is None else [self._down_at])]
        return min(ticks, default=None)

    def _tick(self, at_ms: int | None) -> int:
        """Return the tick at which something asked for now can begin."""
        asked = 0 if at_ms is None else -(-at_ms // FRAME_MS)
        return max(asked, self.now, self._free_at)
