"""A sound card that is none: what is used of ``sounddevice``, looped back, for tests of lines and recordings.

The microphone hears what a test gives it, or what the loudspeaker said one block before. Time passes only when a
test asks for it; ``run`` passes it in a thread, as PortAudio does. It makes no sound.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LoopbackSoundcard", "LoopbackStream"]

_BLOCK_S = 0.02


class LoopbackError(Exception):
    """What stands for PortAudioError."""


class LoopbackStream:
    """One duplex or recording stream."""

    def __init__(self, card: LoopbackSoundcard, options: dict[str, Any]) -> None:
        self.options = options
        self.state = "open"
        self._card = card
        self._callback: Callable[..., None] = options["callback"]
        self._block = int(options["blocksize"])
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = np.zeros(self._block, dtype=np.float32)

    def start(self) -> None:
        """Begin; in a running card a thread calls the callback from here on."""
        if self._card.broken == "start":
            raise LoopbackError("device unavailable")
        self.state = "started"
        if self._card.running:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop calling back."""
        self._ending.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)
        self.state = "stopped"

    def close(self) -> None:
        """Let go."""
        self.state = "closed"

    def pass_block(self) -> npt.NDArray[np.float32]:
        """Let one block pass; return what the loudspeaker was given."""
        heard = self._card.hear(self._block)
        heard = self._last if heard is None else heard
        said = np.zeros((self._block, 1), dtype=np.float32)
        if self.options.get("both", True):
            self._callback(heard[:, None], said, self._block, None, None)
        else:
            self._callback(heard[:, None], self._block, None, None)
        self._last = said[:, 0]
        self._card.said.append(self._last)
        return self._last

    def _run(self) -> None:
        while not self._ending.wait(_BLOCK_S):
            self.pass_block()


class LoopbackSoundcard:
    """Stands in for the ``sounddevice`` module."""

    PortAudioError: type[Exception] = LoopbackError

    def __init__(self, *, rate: int = 48_000, broken: str = "", running: bool = False) -> None:
        """Make a card.

        Args:
            rate: samples a second of its devices.
            broken: "" works; ``none`` has no devices; ``open`` and ``start`` fail at that.
            running: a thread passes a block every 20 ms from ``start`` on.
        """
        self.rate = rate
        self.broken = broken
        self.running = running
        self.streams: list[LoopbackStream] = []
        self.said: list[npt.NDArray[np.float32]] = []
        """Every block that the loudspeaker was given."""
        self._given = np.zeros(0, dtype=np.float32)

    def query_devices(self, device: Any = None, kind: str | None = None) -> dict[str, Any]:
        """Tell about the one device."""
        del device
        if self.broken == "none":
            raise LoopbackError("Error querying device -1")
        return {"name": f"loopback {kind}", "default_samplerate": float(self.rate)}

    def Stream(self, **options: Any) -> LoopbackStream:  # noqa: N802 - sounddevice's own name
        """Open a stream both ways."""
        return self._open(options | {"both": True})

    def InputStream(self, **options: Any) -> LoopbackStream:  # noqa: N802 - the same
        """Open a stream from the microphone alone."""
        return self._open(options | {"both": False})

    def speak(self, sound: npt.NDArray[np.float32]) -> None:
        """Give the microphone something to hear, at the card's rate, after what it has been given already."""
        self._given = np.concatenate([self._given, sound.astype(np.float32)])

    def hear(self, samples: int) -> npt.NDArray[np.float32] | None:
        """Return the next block of what was given; None when nothing was, and the loudspeaker is heard."""
        if not len(self._given):
            return None
        block, self._given = self._given[:samples], self._given[samples:]
        return np.pad(block, (0, samples - len(block)))

    def _open(self, options: dict[str, Any]) -> LoopbackStream:
        if self.broken == "open":
            raise LoopbackError("Invalid sample rate")
        stream = LoopbackStream(self, options)
        self.streams.append(stream)
        return stream
