"""A line over this machine's microphone and loudspeaker, by PortAudio (sounddevice). Keys come from the keyboard.

The sound card runs at its own rate and by its own clock; the call runs at 8 kHz by the loop's. Between them stand
two resamplers (soxr) and two short queues: what comes too late is concealed, what piles up is dropped, so the
delay never grows. It has no echo canceller: with a loudspeaker instead of headphones the ears' own guard is all.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import soxr
import structlog

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, RATE, SILENCE
from nightbell.audio.resample import to_float, to_samples
from nightbell.errors import LineFailed
from nightbell.line.port import Tick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import numpy.typing as npt

    from nightbell.audio.frame import Frame
    from nightbell.audio.resample import Sound
    from nightbell.line.keyboard import Keyboard

__all__ = ["MicrophoneLine", "Soundcard", "open_soundcard"]

_log = structlog.get_logger(__name__)

_LEAD_MS: Final = 60
"""Sound that is queued before any is given to the loudspeaker: the loop wakes a few milliseconds late at times."""
_MOST_MS: Final = 240
"""Sound that may wait in either queue; beyond it the oldest is dropped: a longer delay feels like a bad line."""
_HINT: Final = "plug in a microphone, or type: leave out --mic. nightbell doctor looks for PortAudio"


class Soundcard(Protocol):
    """What is used of the ``sounddevice`` module."""

    @property
    def PortAudioError(self) -> type[Exception]:  # noqa: N802 - sounddevice's own name
        """What everything that goes wrong with a device raises."""

    def query_devices(self, device: Any = None, kind: str | None = None) -> Any:
        """Tell about the default device of a kind; ``default_samplerate`` is in it."""

    def InputStream(self, **options: Any) -> Any:  # noqa: N802 - the same
        """Open a stream from the microphone alone."""

    def Stream(self, **options: Any) -> Any:  # noqa: N802 - the same
        """Open a stream; it has start(), stop() and close()."""


def open_soundcard() -> Soundcard:
    """Return the sound card's module.

    Raises:
        LineFailed: PortAudio is not installed.
    """
    try:
        module: Soundcard = import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise LineFailed(
            "there is no PortAudio on this machine",
            provider="microphone",
            hint="apt-get install libportaudio2; until then leave out --mic, or record with --from FILE",
        ) from error
    return module


class MicrophoneLine:
    """The line of ``nightbell talk --mic``. See ``line.port.Line`` for the contract it keeps."""

    kind = "microphone"
    paced = True

    def __init__(
        self, keyboard: Keyboard, *, card: Soundcard | None = None, caller: str | None = None, called: str = ""
    ) -> None:
        """Open the microphone and the loudspeaker that the machine uses by default.

        Args:
            keyboard: where keys are typed, and where the end of the input hangs up; typed words are dropped.
            card: the sounddevice module, or what stands in for it.
            caller: the caller's number, E.164; None when withheld.
            called: the number that was dialled.

        Raises:
            LineFailed: there is no PortAudio, no microphone, no loudspeaker, or they cannot be opened.
        """
        self.caller = caller
        self.called = called
        self._keyboard = keyboard
        self._answered = False
        self._us = False
        self._played = False
        self._heard: deque[npt.NDArray[np.int16]] = deque()
        self._heard_samples = 0
        self._wire = _Wire(card or open_soundcard())

    async def answer(self) -> None:
        """Pick up: the sound begins to flow.

        Raises:
            LineFailed: the sound card cannot be started.
        """
        if self._answered:
            return
        self._wire.start(asyncio.get_running_loop(), self._hear)
        self._answered = True
        self._keyboard.begin()

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms of the loop's clock until somebody hangs up."""
        if not self._answered:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        loop = asyncio.get_running_loop()
        began = loop.time()
        number, gone = 0, False
        try:
            while not gone:
                await asyncio.sleep(max(began + (number + 1) * FRAME_MS / 1000 - loop.time(), 0))
                tick = self._tick(number)
                gone = bool(tick.gone)
                self._played = False
                yield tick
                if not self._played:
                    self._wire.play(SILENCE)  # so that the resampler gives out its last samples
                number += 1
        finally:
            self._wire.close()

    def play(self, frame: Frame) -> None:
        """Send one frame to the loudspeaker; it never waits."""
        self._played = True
        self._wire.play(frame)

    async def hang_up(self) -> None:
        """Put the phone down; safe to repeat."""
        self._us = True

    def close(self) -> None:
        """Let go of the sound card; safe to repeat. The end of the ticks does it too."""
        self._wire.close()

    def _tick(self, number: int) -> Tick:
        frame, concealed = self._next_frame()
        if self._us:
            return Tick(number=number, frame=frame, concealed=concealed, gone="us")
        typed = self._keyboard.next()
        keys = (typed.key,) if typed.key else ()
        return Tick(
            number=number, frame=frame, keys=keys, concealed=concealed, gone="caller" if typed.gone else ""
        )

    def _hear(self, samples: npt.NDArray[np.int16]) -> None:
        """Take what the microphone brought; drop the oldest of too much."""
        self._heard.append(samples)
        self._heard_samples += len(samples)
        while self._heard_samples - len(self._heard[0]) > _MOST_MS * RATE // 1000:
            self._heard_samples -= len(self._heard.popleft())

    def _next_frame(self) -> tuple[Frame, bool]:
        if self._heard_samples < FRAME_SAMPLES:
            return SILENCE, True
        sound = np.concatenate(self._heard)
        self._heard = deque([sound[FRAME_SAMPLES:]])
        self._heard_samples -= FRAME_SAMPLES
        return sound[:FRAME_SAMPLES], False


class _Wire:
    """The sound card: resampled both ways. Its callback runs in a thread of PortAudio's."""

    def __init__(self, card: Soundcard) -> None:
        self._card = card
        self._lock = threading.Lock()
        self._queued: deque[Sound] = deque()
        self._queued_samples = 0
        self._flowing = False
        self._open = False
        try:
            self._rate = round(float(card.query_devices(kind="input")["default_samplerate"]))
            card.query_devices(kind="output")
            self._stream = card.Stream(
                samplerate=self._rate,
                blocksize=self._rate * FRAME_MS // 1000,
                channels=1,
                dtype="float32",
                latency="low",
                callback=self._callback,
            )
        except (card.PortAudioError, ValueError, KeyError, OSError) as error:
            raise LineFailed(
                "no microphone and loudspeaker could be opened", provider="microphone", hint=_HINT
            ) from error
        self._open = True
        self._in = soxr.ResampleStream(self._rate, RATE, 1, dtype="float32")
        self._out = soxr.ResampleStream(RATE, self._rate, 1, dtype="float32")

    def start(self, loop: asyncio.AbstractEventLoop, hear: Any) -> None:
        self._loop, self._hear = loop, hear
        try:
            self._stream.start()
        except (self._card.PortAudioError, OSError) as error:
            self.close()
            raise LineFailed("the sound card does not start", provider="microphone", hint=_HINT) from error

    def play(self, frame: Frame) -> None:
        sound = np.asarray(self._out.resample_chunk(to_float(frame)), dtype=np.float32)
        with self._lock:
            self._queued.append(sound)
            self._queued_samples += len(sound)
            while self._queued_samples - len(self._queued[0]) > _MOST_MS * self._rate // 1000:
                self._queued_samples -= len(self._queued.popleft())

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._stream.stop()
            self._stream.close()
        except (self._card.PortAudioError, OSError):
            _log.warning("soundcard_not_closed")

    def _callback(self, heard: Any, said: Any, frames: int, when: Any, status: Any) -> None:
        """Exchange one block with the sound card: ``heard`` and ``said`` have shape (frames, 1)."""
        del when, status  # a block that was lost shows as a concealed frame
        said[:, 0] = self._take(frames)
        sound = np.asarray(self._in.resample_chunk(np.ascontiguousarray(heard[:, 0])), dtype=np.float32)
        try:
            self._loop.call_soon_threadsafe(self._hear, to_samples(sound))
        except RuntimeError:
            return  # the loop was closed: the call is over

    def _take(self, frames: int) -> Sound:
        """Return the next samples for the loudspeaker; silence until enough is queued to go on without a gap."""
        out = np.zeros(frames, dtype=np.float32)
        with self._lock:
            if not self._flowing and self._queued_samples < _LEAD_MS * self._rate // 1000:
                return out
            self._flowing, filled = True, 0
            while filled < frames and self._queued:
                piece = self._queued.popleft()
                part = piece[: frames - filled]
                out[filled : filled + len(part)] = part
                filled += len(part)
                if len(part) < len(piece):
                    self._queued.appendleft(piece[len(part) :])
            self._queued_samples -= filled
            self._flowing = filled == frames
        return out
