"""Recorded: the owner's own recordings of prompts, which win over any voice.

``<folder>/<prompt>.wav`` is a whole prompt, ``<folder>/<prompt>.part-1.wav`` the first piece of one with a number
or a time in it, ``<folder>/clips/forty-five.wav`` a clip. A recording that cannot be used is a fault to show to
the owner, never a hole in a call: the voice speaks instead. It does not check what is said in a recording.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nightbell.audio.frame import Samples
from nightbell.audio.level import active_dbfs
from nightbell.audio.wav import read_wav
from nightbell.errors import AudioError

__all__ = ["Recordings"]

_FAINT_DBFS: Final = -55.0
"""Below this a recording is a closed microphone; bringing it up would play the room."""


class Recordings:
    """A folder of the owner's recordings; ``None`` or a folder that is not there holds none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def prompt(self, name: str, part: int | None = None) -> Samples | None:
        """Return the recording of a prompt or of its n-th piece of words (from 1); None when there is none.

        Raises:
            AudioError: there is one, and it cannot be used.
        """
        return self._find(name if part is None else f"{name}.part-{part}")

    def clip(self, words: str) -> Samples | None:
        """Return the recording of a clip ("forty five", "p.m."); None when there is none.

        Raises:
            AudioError: there is one, and it cannot be used.
        """
        return self._find("clips/" + words.replace(".", "").replace("'", "").replace(" ", "-"))

    def faults(self) -> tuple[tuple[Path, AudioError], ...]:
        """Look at every recording of the folder; return those that cannot be used, and why."""
        found: list[tuple[Path, AudioError]] = []
        for path in sorted(self._folder.rglob("*.wav")) if self._folder is not None else ():
            try:
                _read(path)
            except AudioError as error:
                found.append((path, error))
        return tuple(found)

    def _find(self, name: str) -> Samples | None:
        if self._folder is None:
            return None
        path = (self._folder / f"{name}.wav").resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        return _read(path)


def _read(path: Path) -> Samples:
    samples = read_wav(path)
    if active_dbfs(samples) < _FAINT_DBFS:
        raise AudioError(f"{path} is silent or far too quiet", hint="record it again, closer to the microphone")
    return samples
