"""Archives: a verified archive of the Vosk model, from a person's hand, the download cache or a source.

What leaves this module has the sha256 that the manifest says. A download lies under a temporary name until its sum
is right, so that a half-finished one is never found in the cache.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nightbell.errors import ModelCorrupt, ModelMissing, SourceUnreachable
from nightbell.setup.digest import sha256_of
from nightbell.setup.lock import alone
from nightbell.setup.manifest import Archive
from nightbell.setup.port import PARTIAL, Progress, Source

__all__ = ["given_archive", "obtain"]


def given_archive(path: Path, archives: Sequence[Archive]) -> Archive:
    """Return which archive the file `path` is.

    Raises:
        ModelMissing: there is no such file.
        ModelCorrupt: its sum is none of those known.
    """
    if not path.is_file():
        raise ModelMissing(f"{path} is no file.", provider="vosk", hint=_by_hand(archives))
    digest = sha256_of(path)
    for archive in archives:
        if archive.sha256 == digest:
            return archive
    raise ModelCorrupt(
        f"{path} is none of the archives that are known (sha256 {digest}).",
        provider="vosk",
        hint=_by_hand(archives),
    )


def obtain(sources: Sequence[Source], cache: Path, progress: Progress, *, offline: bool) -> tuple[Archive, Path]:
    """Return an archive and the file in the cache that holds it.

    Raises:
        ModelMissing: no source could give one; the message says why for each.
        OSError: the cache cannot be written.
    """
    kept = _kept(sources, cache, progress)
    if kept:
        return kept
    if offline:
        raise _not_to_be_had(["not in the download cache"], sources)
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache):
        kept = _kept(sources, cache, progress)  # another checkout may have fetched it while we waited
        if kept:
            return kept
        _sweep(cache)
        reasons = []
        for source in sources:
            progress.step(f"fetching {source.archive.name}")
            try:
                return source.archive, _fetch(source, cache, progress)
            except (SourceUnreachable, ModelCorrupt) as fault:
                progress.step(fault.message)
                reasons.append(fault.message)
    raise _not_to_be_had(reasons, sources)


def _kept(sources: Sequence[Source], cache: Path, progress: Progress) -> tuple[Archive, Path] | None:
    for source in sources:
        path = cache / source.archive.file_name
        if path.is_file():
            progress.step(f"checking {path}")
            if sha256_of(path) == source.archive.sha256:
                return source.archive, path
            path.unlink()
    return None


def _sweep(cache: Path) -> None:
    """Remove what fetches that were killed have left; we are alone here."""
    for left in cache.glob(f"{PARTIAL}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()


def _not_to_be_had(reasons: Sequence[str], sources: Sequence[Source]) -> ModelMissing:
    return ModelMissing(
        f"The Vosk model cannot be had: {'; '.join(reasons)}.",
        provider="vosk",
        hint=_by_hand([source.archive for source in sources]),
    )


def _fetch(source: Source, cache: Path, progress: Progress) -> Path:
    handle, name = tempfile.mkstemp(dir=cache, prefix=PARTIAL)
    os.close(handle)
    partial = Path(name)
    try:
        source.fetch(partial, progress)
        digest = sha256_of(partial)
        if digest != source.archive.sha256:
            raise ModelCorrupt(
                f"{source.archive.name}: what came has sha256 {digest}, not {source.archive.sha256}",
                provider="vosk",
            )
        return partial.replace(cache / source.archive.file_name)
    finally:
        partial.unlink(missing_ok=True)


def _by_hand(archives: Sequence[Archive]) -> str:
    names = " or ".join(archive.file_name for archive in archives)
    return f"Bring {names} to this machine by other means, then: nightbell setup --from FILE"
