"""Unpacking: one folder out of a zip or tar archive, and nothing outside the target.

Only regular files are written. A name that leaves the target, a link, a device or an archive that grows beyond all
reason ends the unpacking. Debian 12's Python has no extraction filters for tar, so the names are checked here.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from nightbell.errors import ModelCorrupt
from nightbell.setup.manifest import Archive

__all__ = ["MOST_BYTES", "unpack"]

MOST_BYTES: Final = 400_000_000
"""More than five times the largest model that is used: an archive that unpacks to more is not one of ours."""

_BLOCK: Final = 1 << 20
_BROKEN: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError)


def unpack(archive: Archive, source: Path, target: Path, *, most_bytes: int = MOST_BYTES) -> None:
    """Write the files below `archive.inside` to the folder `target`, which must exist.

    Raises:
        ModelCorrupt: the archive is broken, holds no such folder, or holds a name that is not to be trusted.
        OSError: the target cannot be written (disk full, no permission).
    """
    members = _zip_members if archive.kind == "zip" else _tar_members
    left = most_bytes
    written = 0
    for name, stream in members(archive, source):
        left = _write(stream, _inside(target, name, archive), left, archive)
        written += 1
    if not written:
        raise _corrupt(archive, f"holds no folder {archive.inside}")


def _zip_members(archive: Archive, source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with zipfile.ZipFile(source) as file:
            for info in file.infolist():
                if info.is_dir() or not info.filename.startswith(f"{archive.inside}/"):
                    continue
                kind = stat.S_IFMT(info.external_attr >> 16)
                if kind not in (0, stat.S_IFREG):
                    raise tarfile.TarError(f"{info.filename} is no regular file")
                with file.open(info) as stream:
                    yield info.filename.removeprefix(f"{archive.inside}/"), stream
    except _BROKEN as fault:
        raise _corrupt(archive, f"cannot be unpacked: {fault}") from fault


def _tar_members(archive: Archive, source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with tarfile.open(source, "r:gz") as file:
            for info in file:
                if info.isdir() or not info.name.startswith(f"{archive.inside}/"):
                    continue
                stream = file.extractfile(info) if info.isreg() else None
                if stream is None:
                    raise tarfile.TarError(f"{info.name} is no regular file")
                with stream:
                    yield info.name.removeprefix(f"{archive.inside}/"), stream
    except _BROKEN as fault:
        raise _corrupt(archive, f"cannot be unpacked: {fault}") from fault


def _inside(target: Path, name: str, archive: Archive) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise _corrupt(archive, f"holds the name {name!r}, which leaves its folder")
    return target.joinpath(*parts)


def _write(stream: IO[bytes], path: Path, left: int, archive: Archive) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        while block := _read(stream, archive):
            left -= len(block)
            if left < 0:
                raise _corrupt(archive, "unpacks to more than a model can be")
            out.write(block)
    return left


def _read(stream: IO[bytes], archive: Archive) -> bytes:
    """Read a block; what fails here is the archive, what fails in writing is the disk."""
    try:
        return stream.read(_BLOCK)
    except _BROKEN as fault:
        raise _corrupt(archive, f"cannot be read: {fault}") from fault


def _corrupt(archive: Archive, what: str) -> ModelCorrupt:
    return ModelCorrupt(f"The archive {archive.file_name} {what}.", provider="vosk", hint="Fetch it again.")
