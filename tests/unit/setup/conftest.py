"""A toy model, the archives it comes in, and sources that take files from this machine alone."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nightbell.errors import SourceUnreachable
from nightbell.setup.manifest import Archive
from nightbell.setup.port import Progress

TOY = {
    "am/final.mdl": b"acoustic model" * 100,
    "conf/mfcc.conf": b"--sample-frequency=16000\n--high-freq=7600",
    "graph/words.txt": b"yes 1\nno 2\n",
}


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own folders out of tests that damage a model on purpose."""
    for name in [name for name in os.environ if name.startswith("NIGHTBELL_") and name.endswith("_DIR")]:
        monkeypatch.delenv(name)


def make_tar(path: Path, inside: str, files: dict[str, bytes]) -> Path:
    """Write a tgz with `files` below `inside`."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{inside}/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def make_zip(path: Path, inside: str, files: dict[str, bytes]) -> Path:
    """Write a zip with `files` below `inside`."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{inside}/{name}", content)
    return path


def describe(path: Path, inside: str, *, resample: bool = False) -> Archive:
    """Return the archive that the file is, sum and all."""
    return Archive(
        name=f"toy {path.name}",
        file_name=path.name,
        kind="zip" if path.suffix == ".zip" else "tgz",
        inside=inside,
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        resample=resample,
    )


@dataclass
class FileSource:
    """A source that copies a file; it counts how often it is asked."""

    archive: Archive
    path: Path
    asked: int = 0

    def fetch(self, target: Path, progress: Progress) -> None:
        self.asked += 1
        shutil.copyfile(self.path, target)
        progress.advance(1, 1)


@dataclass
class DeadSource:
    """A source out of reach; `leaves` is what it had written when it broke off."""

    archive: Archive
    leaves: bytes = b""
    asked: int = 0

    def fetch(self, target: Path, progress: Progress) -> None:
        self.asked += 1
        target.write_bytes(self.leaves)
        raise SourceUnreachable(f"{self.archive.name}: out of reach", provider="vosk")


@dataclass
class Heard:
    """Progress that is written down."""

    steps: list[str] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def advance(self, done: int, total: int) -> None:
        """Bytes are not looked at."""


@dataclass
class Tried:
    """A self-test that counts, and fails when told to."""

    folders: list[Path] = field(default_factory=list)
    error: Exception | None = None

    def __call__(self, folder: Path) -> None:
        self.folders.append(folder)
        assert (folder / "am" / "final.mdl").is_file()
        if self.error:
            raise self.error


@pytest.fixture
def toy(tmp_path: Path) -> FileSource:
    """The toy model as a tgz that must be told to resample."""
    path = make_tar(tmp_path / "toy.tgz", "package/model/english", TOY)
    return FileSource(describe(path, "package/model/english", resample=True), path)


@pytest.fixture
def toy_zip(tmp_path: Path) -> FileSource:
    """The toy model as a zip."""
    path = make_zip(tmp_path / "toy.zip", "toy-model", TOY)
    return FileSource(describe(path, "toy-model"), path)


@pytest.fixture
def wrong_sum() -> Callable[[FileSource], FileSource]:
    """Make a source whose archive has another sum than it should."""
    return lambda source: FileSource(replace(source.archive, sha256="0" * 64), source.path)
