"""Recordings: the caller audio of a project - words by name, and noise to lay under them. It only reads.

What `nightbell capture` took in may be used as long as its caller agreed to, and not a day longer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.frame import RATE
from nightbell.audio.level import FLOOR_DBFS, active_dbfs, frame_dbfs, gain, rms_dbfs
from nightbell.audio.noise import babble, fit, pink, white
from nightbell.audio.wav import read_wav
from nightbell.errors import AudioError, CaptureRefused
from nightbell.rehearsal.capture.consent import FOLDER, SOON_DAYS, captured_in, why_barred

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nightbell.audio.frame import Samples
    from nightbell.rehearsal.script import Impair

__all__ = ["MADE_NOISES", "Recorded", "Recordings", "audio_beside"]

MADE_NOISES: Final = ("white", "pink", "babble")
"""Noises that are made by seed; any other name is a file in the noise folder."""
_BED_SECONDS: Final = 30
"""Length of a noise bed; the line repeats it. Longer than any prompt and its answer."""
_COMPANY: Final = "callers"
"""Folder of the recordings that come from flows/*/callers; babble is not made of them, so it stays what it was."""
_BABBLE_CLIPS: Final = 24
_UNDER_NOISE_DB: Final = 30.0
"""So far under a noise's level a frame of it still sounds."""
_SOUNDING: Final = 0.1
"""Share of a noise that must sound: a click in silence has a level, and nothing to be heard through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the manifest says of a recording."""

    name: str
    group: str
    text: str
    """What is said; "" for a sound without words."""
    caller: str
    """Whose voice; "" for a sound without one."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """A folder of WAV files; in it ``noise``, ``callers`` who ring the clinics, and who was ``captured``."""

    folder: Path
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    """What people agreed to is held against it."""

    def path(self, name: str) -> Path:
        """Return where a recording is or would be."""
        for folder in (_COMPANY, FOLDER):
            own = self.folder / folder / f"{name}.wav"
            if own.is_file():
                return own
        return self.folder / f"{name}.wav"

    def barred(self, name: str) -> str:
        """Return why a person's recording may not be used; "" where it may, and for any other recording."""
        if self.path(name).parent != self.folder / FOLDER:
            return ""
        return why_barred(self.folder, name, self.today)

    def ending(self, names: Iterable[str]) -> dict[str, date]:
        """Return those of the names that may soon not be used any more, with their last day."""
        captured = captured_in(self.folder)
        soon = self.today + timedelta(days=SOON_DAYS)
        return {name: captured[name].until for name in names if name in captured and captured[name].until <= soon}

    def has(self, name: str) -> bool:
        """Tell whether there is a recording of that name."""
        return self.path(name).is_file()

    def has_noise(self, name: str) -> bool:
        """Tell whether there is a noise of that name."""
        return name in self.noises()

    def noises(self) -> tuple[str, ...]:
        """Return the names of all noises: those that are made, then those of the noise folder."""
        return (*MADE_NOISES, *sorted(path.stem for path in (self.folder / "noise").glob("*.wav")))

    def words(self, name: str) -> Samples:
        """Read a recording.

        Raises:
            AudioError: it cannot be read.
            CaptureRefused: it is a person's, and may not be used.
        """
        if why := self.barred(name):
            raise CaptureRefused(f"{name} may not be used: {why}", hint="nightbell explain NB215")
        return read_wav(self.path(name))

    def texts(self) -> dict[str, str]:
        """Return what each recording says, as far as the folder's ``manifest.json`` tells; empty without one.

        Raises:
            AudioError: the manifest cannot be read.
        """
        return {entry.name: entry.text for entry in self.entries()}

    def entries(self) -> tuple[Recorded, ...]:
        """Return what the folder's lists say of the recordings with a text; none without one.

        Raises:
            AudioError: the manifest cannot be read.
        """
        return (*self._listed(), *self._captured())

    def _captured(self) -> Iterator[Recorded]:
        for entry in captured_in(self.folder).values():
            caller = f"{FOLDER}-{entry.speaker}".rstrip("-")
            yield Recorded(name=entry.id, group=FOLDER, text=entry.text, caller=caller)

    def _listed(self) -> tuple[Recorded, ...]:
        path = self.folder / "manifest.json"
        if not path.is_file():
            return ()
        try:
            return tuple(
                Recorded(
                    name=entry["id"],
                    group=entry.get("group", ""),
                    text=entry["text"],
                    caller=entry.get("caller") or "",
                )
                for entry in json.loads(path.read_text(encoding="utf-8"))
                if "text" in entry
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AudioError(f"{path} cannot be read", hint="it lists recordings, with id and text") from error

    def bed(self, impair: Impair, words: Iterable[Samples], *, but: Iterable[str] = ()) -> Samples:
        """Make the noise under a call: its level is the ratio below the words' active level.

        Args:
            impair: which noise, how far below, and its seed.
            words: the caller's words; the ratio holds for the median of their active levels.
            but: names that must not be heard in babble: the caller's own words.

        Raises:
            AudioError: the caller says nothing, or the noise is silent or missing.
        """
        levels = [active_dbfs(samples) for samples in words]
        if not levels:
            raise AudioError("noise at a ratio to words that are not there", hint="the script must say something")
        noise = self._noise(impair.noise, impair.seed, frozenset(but))
        if impair.exact and impair.noise not in MADE_NOISES:
            # A script's own noise begins where its file does; in a sweep each seed is another piece.
            noise = np.roll(noise, -int(np.random.default_rng(impair.seed).integers(len(noise))))
        _must_sound(noise, impair.noise)
        return gain(noise, median(levels) - impair.snr_db - rms_dbfs(noise))

    def check_noise(self, name: str) -> None:
        """See that a noise of the noise folder is one; what is made by a seed is.

        Raises:
            AudioError: it is silent, or cannot be read.
        """
        if name not in MADE_NOISES:
            (path,) = self.noise_files(name, frozenset())
            _must_sound(read_wav(path), name)

    def _noise(self, name: str, seed: int, but: frozenset[str]) -> Samples:
        count = _BED_SECONDS * RATE
        if name == "white":
            return white(count, seed)
        if name == "pink":
            return pink(count, seed)
        sounds = [read_wav(path) for path in self.noise_files(name, but)]
        return babble(sounds, count, seed) if name == "babble" else fit(sounds[0], count, seed)

    def noise_files(self, name: str, but: frozenset[str]) -> tuple[Path, ...]:
        """Return the files that a noise is made of; none where its seed alone makes it.

        Args:
            name: of the noise.
            but: names that must not be heard in babble.
        """
        if name in {"white", "pink"}:
            return ()
        if name != "babble":
            return (self.folder / "noise" / f"{name}.wav",)
        others = [path for path in sorted(self.folder.glob("*.wav")) if path.stem not in but]
        return tuple(others[:: max(len(others) // _BABBLE_CLIPS, 1)][:_BABBLE_CLIPS])


def _must_sound(noise: Samples, name: str) -> None:
    level = rms_dbfs(noise)
    if level <= FLOOR_DBFS or np.mean(frame_dbfs(noise) > level - _UNDER_NOISE_DB) < _SOUNDING:
        raise AudioError(f"the noise {name} is silent", hint="callers under it are in no noise: record it again")


def audio_beside(flow: Path) -> Path:
    """Return the caller audio of a project: ``audio`` beside its flows, or in the clinic's own folder."""
    places = (flow / "audio", flow.resolve().parent / "audio", flow.resolve().parent.parent / "audio")
    return next((place for place in places if place.is_dir()), places[-1])
