"""Importing: callers' recordings become caller audio - 8 kHz, mono, under a name that is nobody's.

Everything is looked at before anything is written: with one fault among many files nothing is kept, and the files
that were given are never touched. What a WAV file says about itself (title, artist, place) is not taken over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.audio.edges import last_sound_ms, length_ms
from nightbell.audio.wav import read_wav, wav_bytes, write_wav
from nightbell.errors import AudioError, CaptureRefused
from nightbell.rehearsal.capture.consent import (
    FOLDER,
    MANIFEST,
    Captured,
    How,
    alone,
    captured_in,
    keep_list,
)
from nightbell.rehearsal.capture.wording import file_name, tells_whom

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples

__all__ = ["Given", "Terms", "capture", "forget"]

_LONGEST_MS: Final = 60_000
"""An answer on the telephone; what is longer is a call, and holds more than was asked for."""
_LICENCE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.+-]{1,39}")


@dataclass(frozen=True, slots=True)
class Given:
    """A recording as it was brought, and what is said in it."""

    file: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the caller agreed to."""

    consent: How
    licence: str
    until: date
    speaker: str = ""


def capture(audio: Path, given: Sequence[Given], terms: Terms, today: date) -> tuple[Captured, ...]:
    """Take recordings into the caller audio.

    Args:
        audio: folder of the caller audio.
        given: the recordings.
        terms: what their callers agreed to.
        today: the last day must not lie before it.

    Raises:
        CaptureRefused: with what is wrong; nothing was written.
        AudioError: a file that cannot be read; nothing was written.
        OSError: the folder cannot be written to.
    """
    _look(terms, today)
    had, new = dict(captured_in(audio)), dict[str, Captured]()
    sounds: dict[str, Samples] = {}
    for index, each in enumerate(given, start=1):
        what = _number(index, given)
        sound = _usable(each, what)
        sha256 = hashlib.sha256(wav_bytes(sound)).hexdigest()
        known = next((entry.id for entry in (*had.values(), *new.values()) if entry.sha256 == sha256), "")
        if known:
            raise CaptureRefused(f"{what} is there already: {known}", hint=f"nightbell capture --forget {known}")
        name = file_name(sha256)
        sounds[name] = sound
        new[name] = Captured(
            id=name,
            text=" ".join(each.text.split()),
            speaker=terms.speaker,
            consent=terms.consent,
            licence=terms.licence,
            until=terms.until,
            sha256=sha256,
        )
    if not (
        audio / MANIFEST
    ).is_file():  # a slip in its name must not leave somebody's voice in a place of its own
        raise CaptureRefused(
            f"{audio} is no caller audio: there is no {MANIFEST} in it",
            hint=f"correct --audio; to begin one there, make the folder and a file {MANIFEST} with [] in it",
        )
    (audio / FOLDER).mkdir(exist_ok=True)
    with alone(audio):
        had = dict(captured_in(audio))  # somebody may have added to it since
        if there := sorted(had.keys() & new.keys()):
            raise CaptureRefused(f"{there[0]} is there already", hint=f"nightbell capture --forget {there[0]}")
        try:
            for name, sound in sounds.items():
                write_wav(audio / FOLDER / f"{name}.wav", sound)
            keep_list(audio, had | new)
        except BaseException:  # none is kept without the paper that says who allowed it
            for name in sounds:
                (audio / FOLDER / f"{name}.wav").unlink(missing_ok=True)
            raise
    return tuple(new.values())


def _usable(given: Given, what: str) -> Samples:
    """Return the sound of a recording that can be used."""
    if why := tells_whom(given.text):
        raise CaptureRefused(
            f"the words of {what} hold {why}", hint="cut it out of the recording and of the words"
        )
    if not re.search(r"[a-zA-Z]", given.text):
        raise CaptureRefused(f"nobody wrote down what {what} says", hint="--says, or a .txt file beside it")
    sound = read_wav(given.file, name=what)
    if last_sound_ms(sound) is None:
        raise AudioError(f"{what} is silent", hint="a caller who makes no sound tests nothing")
    if length_ms(sound) > _LONGEST_MS:
        raise CaptureRefused(
            f"{what} takes {length_ms(sound) // 1000} s, and an answer {_LONGEST_MS // 1000} at most",
            hint="cut out the one answer that is to be tested",
        )
    return sound


def forget(audio: Path, name: str) -> None:
    """Take a recording out again, sound and all: its caller asked for that, or its time is over.

    Raises:
        CaptureRefused: there is none of that name.
        OSError: the folder cannot be written to.
    """
    had = captured_in(audio)
    path = audio / FOLDER / f"{name}.wav"
    if name not in had and not (re.fullmatch(r"[a-z-]+", name) and path.is_file()):
        raise CaptureRefused(f"there is no captured recording {name!r}", hint=f"they lie in {audio / FOLDER}")
    path.unlink(missing_ok=True)
    with alone(audio):
        keep_list(audio, {other: entry for other, entry in captured_in(audio).items() if other != name})


def _look(terms: Terms, today: date) -> None:
    if terms.until < today:
        raise CaptureRefused(f"{terms.until} is over", hint="--until: the last day that the caller agreed to")
    if not _LICENCE.fullmatch(terms.licence) or re.search(r"\d{4}", terms.licence):
        raise CaptureRefused(
            f"{terms.licence!r} is no licence", hint="its short name, such as CC0-1.0, or internal-testing"
        )
    if not re.fullmatch(r"[a-z]{0,2}", terms.speaker):
        raise CaptureRefused("a speaker is a letter or two", hint="--speaker a: enough to tell voices apart")


def _number(index: int, given: Sequence[Given]) -> str:
    """Name a recording by its place: its file's name may be somebody's, and errors are kept in logs."""
    return "the recording" if len(given) == 1 else f"recording {index} of {len(given)}"
