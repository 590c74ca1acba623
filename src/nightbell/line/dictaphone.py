"""Dictaphone: records from this machine's microphone until it is stopped, by PortAudio (sounddevice).

The sound is kept at the card's own rate, so that whoever judges it sees what was recorded. It judges nothing.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nightbell.errors import LineFailed
from nightbell.line.microphone import open_soundcard

if TYPE_CHECKING:
    from nightbell.audio.resample import Sound
    from nightbell.line.microphone import Soundcard

__all__ = ["LONGEST_S", "Dictaphone"]

LONGEST_S: Final = 90
"""Longest take, in seconds; what comes after is dropped. The longest prompt of the clinics so far takes 22."""
_BLOCK_MS: Final = 20
_HINT: Final = "plug in a microphone, or give files with --from or --folder"


class Dictaphone:
    """The machine's default microphone."""

    def __init__(self, card: Soundcard | None = None) -> None:
        """Look for the microphone.

        Args:
            card: the sounddevice module, or what stands in for it.

        Raises:
            LineFailed: there is no PortAudio or no microphone.
        """
        self._card = card or open_soundcard()
        try:
            self.rate = round(float(self._card.query_devices(kind="input")["default_samplerate"]))
        except (self._card.PortAudioError, ValueError, KeyError, OSError) as error:
            raise LineFailed("there is no microphone", provider="microphone", hint=_HINT) from error
        self._lock = threading.Lock()
        self._blocks: list[Sound] = []
        self._samples = 0
        self._stream: Any = None

    def start(self) -> None:
        """Begin a take; one that was under way is dropped.

        Raises:
            LineFailed: the microphone cannot be opened.
        """
        self._close()
        with self._lock:
            self._blocks, self._samples = [], 0
        try:
            self._stream = self._card.InputStream(
                samplerate=self.rate,
                blocksize=self.rate * _BLOCK_MS // 1000,
                channels=1,
                dtype="float32",
                callback=self._hear,
            )
            self._stream.start()
        except (self._card.PortAudioError, ValueError, OSError) as error:
            self._close()
            raise LineFailed("the microphone cannot be opened", provider="microphone", hint=_HINT) from error

    def stop(self) -> Sound:
        """End the take and return it, mono, shape (n,), at ``rate``; empty when none was under way."""
        self._close()
        with self._lock:
            blocks, self._blocks, self._samples = self._blocks, [], 0
        return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)

    def _hear(self, heard: Any, frames: int, when: Any, status: Any) -> None:
        """Keep one block; ``heard`` has shape (frames, 1) and is used again by PortAudio."""
        del when, status
        with self._lock:
            if self._samples < LONGEST_S * self.rate:
                self._blocks.append(np.array(heard[:, 0], dtype=np.float32))
                self._samples += frames

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            stream.stop()
            stream.close()
        except (self._card.PortAudioError, OSError):
            return  # it is gone already: a microphone that was unplugged
