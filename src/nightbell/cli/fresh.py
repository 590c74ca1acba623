"""Fresh: call scripts that were made are written to a folder; none over one that somebody may have worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.cli.terminal import progress_console
from nightbell.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["write_fresh"]


def write_fresh(scripts: Mapping[str, str], folder: Path) -> int:
    """Write scripts by their names; return how many. Others of those names stay as they are, and it is said.

    Raises:
        SettingsError: the folder cannot be written to.
    """
    stay: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in scripts.items():
            path = folder / f"{name}.yaml"
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                if path.read_bytes() != text.encode():
                    stay.append(path.name)
    except OSError as error:
        raise SettingsError(f"no scripts can be written to {folder} ({error.strerror})") from error
    if stay:
        told = f"not written over, for others are there: {', '.join(stay)}. An empty folder takes them all."
        progress_console().print(told, markup=False)
    return len(scripts) - len(stay)
