"""Sums: the sha256 of a file and of a list of files, and what is wrong with a folder whose files are known.

It reads only. A file counts as looked at when size and modification time are those of the last look; with
`thorough` its bytes are read whatever the times say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nightbell.setup.manifest import ModelFile

__all__ = ["Fault", "faults", "sha256_of", "sum_of_sums"]

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One file that is not as it should be."""

    path: str
    what: Literal["missing", "wrong size", "wrong sha256"]

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sum_of_sums(sums: Iterable[tuple[str, str]]) -> str:
    """Return one sum for files that have theirs: that of their list as `sha256sum` writes it, sorted by name.

    Args:
        sums: the name that stands for each file, and its sha256.

    Returns:
        The sum; "" for no file.
    """
    lines = [f"{sha256}  {name}\n" for name, sha256 in sorted(sums)]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def faults(
    folder: Path, files: Iterable[ModelFile], *, seen: Mapping[str, int] | None = None, thorough: bool = True
) -> list[Fault]:
    """Return what is wrong with the files of a folder, in their order.

    Args:
        folder: where the files should lie.
        files: what should lie there.
        seen: modification times (ns) at the last thorough look, by path.
        thorough: read every byte, also of files that look untouched.
    """
    found: list[Fault] = []
    for file in files:
        path = folder / file.path
        if not path.is_file():
            found.append(Fault(file.path, "missing"))
            continue
        state = path.stat()
        if state.st_size != file.size:
            found.append(Fault(file.path, "wrong size"))
            continue
        untouched = seen is not None and seen.get(file.path) == state.st_mtime_ns
        if (thorough or not untouched) and sha256_of(path) != file.sha256:
            found.append(Fault(file.path, "wrong sha256"))
    return found
