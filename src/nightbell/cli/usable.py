"""Usable: a folder that a verb will write to is tried first, so that no long run is lost by a wrong name."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from nightbell.errors import SettingsError

__all__ = ["usable"]


def usable(folder: Path, option: str) -> None:
    """Make a folder that is written to, before anything is played.

    Raises:
        SettingsError: it is none, or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            f"the {option} folder {folder} cannot be used ({error.strerror})",
            hint=f"choose another with --{option}",
        ) from error
