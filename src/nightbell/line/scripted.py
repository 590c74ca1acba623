"""A line whose caller is a script: recordings in, a two-channel recording of the whole call out.

Unpaced, the next tick comes when it is asked for, so audio time waits for the decoders. Paced, ticks come every
20 ms of the loop's clock, against absolute deadlines, so nothing drifts. Sound goes through G.711 both ways. A
noise bed lies under the whole call. It knows nothing of scripts: the caller's end is ``handset``.

Times: tick ``n`` carries the caller's sound of the 20 ms before its end, so what is played in it is heard by the
caller from ``(n + 1) * 20`` ms on. The recording is laid out as the caller's end would hear it, sample by sample.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS, SILENCE
from nightbell.audio.g711 import round_trip
from nightbell.audio.level import peak_dbfs
from nightbell.audio.wav import write_two_channel_wav
from nightbell.errors import LineFailed
from nightbell.line.handset import Handset
from nightbell.line.opus import OpusTrip
from nightbell.line.port import Tick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import numpy.typing as npt

    from nightbell.audio.frame import Frame, Samples
    from nightbell.line.handset import KeyForm

__all__ = ["CALL_LIMIT_MS", "ECHO_DB", "ECHO_DELAY_MS", "Codec", "ScriptedLine"]

Codec: TypeAlias = Literal["mulaw", "alaw", "opus"]
"""What the caller's sound came through; anything but mu-law was turned into that on its way, by a gateway."""

CALL_LIMIT_MS: Final = 15 * 60_000
"""Audio time after which the line gives up: longer than any call script should take, short of filling memory."""
ECHO_DB: Final = -12.0
"""Level of the line's own echo that must never answer (DESIGN section 5)."""
ECHO_DELAY_MS: Final = 120
"""Round trip of a mobile call."""


class ScriptedLine:
    """The line of rehearsals. See ``line.port.Line`` for the contract it keeps."""

    kind = "scripted"

    def __init__(
        self,
        *,
        caller: str | None = None,
        called: str = "",
        paced: bool = False,
        keys: KeyForm = "event",
        bed: Samples | None = None,
        echo_db: float | None = None,
        echo_ms: int = ECHO_DELAY_MS,
        limit_ms: int = CALL_LIMIT_MS,
        muted: bool = False,
        codec: Codec = "mulaw",
        lost: frozenset[int] = frozenset(),
    ) -> None:
        """Make a line that rings.

        Args:
            caller: the caller's number, E.164; None when withheld.
            called: the number that was dialled.
            paced: real time instead of as fast as it is asked.
            keys: how the handset's keys travel: as events, or as tones in the sound.
            bed: noise under the whole call, at its own level, repeated when it is shorter than the call.
            echo_db: level of the echo of what the line plays; None for no echo.
            echo_ms: how long after the caller heard it the echo comes back.
            limit_ms: audio time after which the line gives up with ``gone="line"``.
            muted: the caller's words make no sound; a rehearsal that still passes proves nothing.
            codec: of the caller's sound; another than mu-law is gone through first.
            lost: numbers of ticks whose packet from the caller never comes; they are silent, or, with Opus, what
                its decoder makes up.

        Raises:
            CodecMissing: there is no such codec here.
        """
        self.caller = caller
        self.called = called
        self.paced = paced
        self.handset = Handset(keys=keys, muted=muted)
        self._bed = bed if bed is not None and len(bed) else None
        self._echo = None if echo_db is None else 10 ** (echo_db / 20)
        self._limit = limit_ms // FRAME_MS
        self._heard: list[Frame] = []
        self._entered: list[Frame] = []
        self._said: list[Frame] = []
        """As they were played; who asks for them gets them as the other end hears them."""
        self._playing: Frame | None = None
        self._answered = False
        self._echo_samples = echo_ms * SAMPLES_PER_MS
        self._alaw = codec == "alaw"
        self._opus = OpusTrip() if codec == "opus" else None
        self._lost = lost
        self._ended = False
        self._us = False

    @property
    def position_ms(self) -> int:
        """Audio time at which a frame played now reaches the caller; also all the sound heard so far."""
        return len(self._heard) * FRAME_MS

    async def answer(self) -> None:
        """Pick up; audio time 0 begins.

        Raises:
            LineFailed: the caller has hung up already.
        """
        if self.handset.is_down:
            raise LineFailed("the caller is gone", provider=self.kind, hint="nothing to do: the call is over")
        self._answered = True

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms until somebody hangs up."""
        if not self._answered:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self._ended:
            number = len(self._heard)
            due = began + (number + 1) * FRAME_MS / 1000
            await asyncio.sleep(max(due - loop.time(), 0) if self.paced else 0)
            gone = self._gone(number)
            self._ended = bool(gone)
            frame, keys = self._hear()
            yield Tick(number=number, frame=frame, keys=keys, gone=gone)
            self._said.append(self._playing if self._playing is not None else SILENCE)
            self._playing = None

    def play(self, frame: Frame) -> None:
        """Send one frame in the current tick.

        Raises:
            LineFailed: it is no frame, or the second one in a tick: a fault of whoever plays, worth stopping for.
        """
        if frame.shape != (FRAME_SAMPLES,) or frame.dtype != np.int16:
            raise LineFailed("what was played is no frame", provider=self.kind, hint="play 160 samples, int16")
        if self._playing is not None:
            raise LineFailed("two frames in one tick", provider=self.kind, hint="call play() once per tick")
        if not self._ended and self._heard:
            self._playing = frame

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self._us = True

    def recording(self) -> tuple[Samples, Samples]:
        """Return the whole call so far as the caller's end heard it: caller, line; both shape (n,)."""
        nothing = [SILENCE]
        heard = np.concatenate(self._heard or nothing)
        return heard, round_trip(np.concatenate([SILENCE, *self._said])[: len(heard)])

    def write(self, path: Path) -> None:
        """Write the recording as a two-channel WAV: caller left, line right."""
        write_two_channel_wav(path, *self.recording())

    def said(self, start_ms: int, end_ms: int) -> Samples:
        """Return what the line said in a stretch of audio time, as it is heard at this end; 8 kHz, int16."""
        frames = self._said[max(start_ms // FRAME_MS - 1, 0) : max(end_ms // FRAME_MS - 1, 0)]
        return round_trip(np.concatenate(frames or [SILENCE]))

    def loudest_dbfs(self, start_ms: int, end_ms: int) -> float:
        """Return the peak of what the line said in a stretch of audio time; -120 for silence."""
        return peak_dbfs(self.said(start_ms, end_ms))

    def bed_under(self, start_ms: int, count: int) -> Samples:
        """Return the noise that so many samples of the caller's sound will fall on; zeros in a quiet room."""
        if self._bed is None:
            return np.zeros(count, dtype=np.int16)
        start = start_ms * SAMPLES_PER_MS
        return np.take(self._bed, np.arange(start, start + count), mode="wrap")

    def entered(self, start_ms: int, count: int) -> Samples:
        """Return the caller's sound as it went into the line: from an audio time, samples, or what there is.

        Words and noise, before the echo, the codec and the losses; kept only where a noise lies under the call.
        """
        first = start_ms // FRAME_MS
        frames = self._entered[first : first + count // FRAME_SAMPLES + 2]
        into = start_ms % FRAME_MS * SAMPLES_PER_MS
        return np.concatenate(frames)[into : into + count] if frames else np.zeros(0, dtype=np.int16)

    def _gone(self, number: int) -> Literal["", "caller", "line", "us"]:
        if self.handset.is_down:
            return "caller"
        if self._us:
            return "us"
        return "line" if number + 1 >= self._limit else ""

    def _hear(self) -> tuple[Frame, tuple[str, ...]]:
        """Return the next frame as it comes off the line: voice, noise, echo, clipped and through G.711."""
        number = len(self._heard)
        mixed, keys = self.handset.advance()
        if self._bed is not None:
            bed = self.bed_under(number * FRAME_MS, FRAME_SAMPLES)
            mixed = bed.astype(np.int32) if mixed is None else mixed + bed
            self._entered.append(_clipped(mixed))
        if self._echo is not None:
            echo = np.rint(self._echo * self._earlier(number)).astype(np.int32)
            mixed = echo if mixed is None else mixed + echo
        frame = SILENCE if mixed is None or not mixed.any() else _clipped(mixed)
        lost = number in self._lost
        if self._opus is not None:
            frame, lost = self._opus.pass_on(frame, lost=lost), False
        elif self._alaw:
            frame = round_trip(frame, "alaw")
        frame = SILENCE if lost or frame is SILENCE else round_trip(frame)
        self._heard.append(frame)
        return frame, keys

    def _earlier(self, number: int) -> Frame:
        """Return what the caller heard one echo delay ago; ``_said[k]`` is heard in frame ``k + 1``."""
        index, into = divmod((number - 1) * FRAME_SAMPLES - self._echo_samples, FRAME_SAMPLES)
        if not into:
            return self._frame_said(index)
        return np.concatenate((self._frame_said(index)[into:], self._frame_said(index + 1)[:into]))

    def _frame_said(self, index: int) -> Frame:
        return round_trip(self._said[index]) if 0 <= index < len(self._said) else SILENCE


def _clipped(mixed: npt.NDArray[np.int32]) -> Frame:
    return np.minimum(np.maximum(mixed, -32768), 32767).astype(np.int16)  # np.clip takes thrice as long
