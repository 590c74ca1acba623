"""Sums: one sha256 for each speech model as it lies on this machine, read from its bytes; it judges none.

A sum is that of the model's files in the form of `sha256sum`: a line `sha256  path` for each, sorted by path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from nightbell.setup.digest import sha256_of, sum_of_sums
from nightbell.setup.manifest import WHEEL_MODELS
from nightbell.setup.vosk_model import vosk_sum_by_bytes

__all__ = ["ModelSum", "model_sums", "sum_of"]


@dataclass(frozen=True, slots=True)
class ModelSum:
    """What a model is, to the byte."""

    name: str
    sha256: str
    """"" where it is not there."""


def sum_of(files: Iterable[tuple[str, Path]]) -> str:
    """Return the sum of files, each by the name that stands for it; "" for none. Raises OSError."""
    return sum_of_sums((name, sha256_of(path)) for name, path in files)


def model_sums(models_dir: Path) -> tuple[ModelSum, ...]:
    """Return the sums of the recognisers, the voice activity and the voice."""
    found = [ModelSum("Vosk, small, American English", vosk_sum_by_bytes(models_dir))]
    for model in WHEEL_MODELS:
        files = [(file.path, path) for file in model.files for path in _installed(model.package, file.path)]
        found.append(ModelSum(model.name, sum_of(files) if len(files) == len(model.files) else ""))
    return tuple(found)


def _installed(package: str, file: str) -> Iterator[Path]:
    try:
        path = Path(str(metadata.distribution(package).locate_file(file)))
    except metadata.PackageNotFoundError:
        return
    if path.is_file():
        yield path
