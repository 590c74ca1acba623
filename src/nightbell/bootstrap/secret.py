"""Bootstrap of secrets: what a settings file only names is read from the file that holds it. It keeps nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["secret_in", "secret_of"]

_MOST: Final = 4_096
"""Longest first line; a token of any carrier is shorter."""


def secret_of(value: SecretStr, path: Path | None, name: str) -> str:
    """Return a secret that stands in the settings, or in the file that they name; ``name`` is for the error.

    Raises:
        SettingsError: the file cannot be read, or is empty.
    """
    return value.get_secret_value() or secret_in(path, name)


def secret_in(path: Path | None, name: str) -> str:
    """Return the first line of a file; "" where none is named.

    Args:
        path: the file.
        name: what it is, for the error: ``a trunk's password_file``.

    Raises:
        SettingsError: it cannot be read, or is empty. The error holds neither path nor content.
    """
    if path is None:
        return ""
    try:
        with path.open(encoding="utf-8") as file:
            found = file.readline(_MOST).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} cannot be read", hint="its first line is it; the service reads it") from error
    if not found:
        raise SettingsError(f"{name} is empty", hint="its first line is it")
    return found
