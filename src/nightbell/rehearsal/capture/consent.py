"""Consent: what is written down of a caller's recording - how it was agreed to, for what and until when.

A recording without this, or another one than was agreed to, may not be used. It reads and writes the list; what is
said in a recording it cannot know.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from nightbell.errors import CaptureRefused

__all__ = [
    "FOLDER",
    "LIST_NAME",
    "MANIFEST",
    "SOON_DAYS",
    "Captured",
    "How",
    "alone",
    "captured_in",
    "keep_list",
    "why_barred",
]

FOLDER: Final = "captured"
"""Folder of these recordings in the caller audio: babble is made of what lies beside it, and never of them."""
MANIFEST: Final = "manifest.json"
"""By this file a folder is a caller audio."""
LIST_NAME: Final = "consent.json"
SOON_DAYS: Final = 30
"""So long before its last day a recording is spoken of."""

How: TypeAlias = Literal["written", "recorded"]
"""A paper that was signed, or a yes that was recorded."""


class Captured(BaseModel):
    """One recording. Nothing here says who it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    text: str
    """What is said, without names and numbers."""
    speaker: Annotated[str, Field(pattern=r"^[a-z]{0,2}$")] = ""
    """A letter or two that tell voices apart; "" for any."""
    consent: How
    licence: str
    until: date
    """Last day on which it may be used."""
    sha256: str


_LIST: Final = TypeAdapter(tuple[Captured, ...])


def captured_in(audio: Path) -> Mapping[str, Captured]:
    """Return what is written down, by name; nothing where there is no list.

    Raises:
        CaptureRefused: the list cannot be read.
    """
    path = audio / FOLDER / LIST_NAME
    if not path.is_file():
        return {}
    try:
        return {entry.id: entry for entry in _LIST.validate_json(path.read_bytes())}
    except (OSError, ValidationError) as error:
        raise CaptureRefused(
            f"{path} cannot be read, and without it no recording beside it may be used",
            hint="put back the one that nightbell capture wrote",
        ) from error


@contextmanager
def alone(audio: Path) -> Iterator[None]:
    """Have nobody else write the list meanwhile: what two add at once would be what the later one has read.

    Raises:
        OSError: there is no such folder.
    """
    folder = os.open(audio, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # let go when it is closed, whatever becomes of the process
        yield
    finally:
        os.close(folder)


def keep_list(audio: Path, entries: Mapping[str, Captured]) -> None:
    """Write the list; it appears whole or not at all. Raises OSError."""
    folder = audio / FOLDER
    handle, part = tempfile.mkstemp(prefix=f".{LIST_NAME}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_LIST.dump_json(tuple(entries[name] for name in sorted(entries)), indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)
        Path(part).replace(folder / LIST_NAME)
    except BaseException:
        with suppress(OSError):
            Path(part).unlink()
        raise


def why_barred(audio: Path, name: str, today: date) -> str:
    """Return why a recording of this folder may not be used; "" where it may.

    Args:
        audio: the caller audio.
        name: of a recording that is there.
        today: the day of the rehearsal.

    Raises:
        CaptureRefused: the list cannot be read.
        OSError: the recording cannot be read.
    """
    entry = captured_in(audio).get(name)
    if entry is None:
        return "nobody wrote down that the caller agreed to it"
    if entry.until < today:
        return f"the caller agreed to it until {entry.until}"
    if hashlib.sha256((audio / FOLDER / f"{name}.wav").read_bytes()).hexdigest() != entry.sha256:
        return "it is not the recording that the caller agreed to"
    return ""
