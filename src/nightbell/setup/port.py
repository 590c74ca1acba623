"""Ports of the set-up: where archives come from, and who is told how far it is.

Contract of `Source.fetch`: either the whole archive lies at the target when it returns, or it raises
`SourceUnreachable` and says why in words for a person. It does not check sums; `vosk_model` does, always.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from nightbell.setup.manifest import Archive

__all__ = ["PARTIAL", "Progress", "Silent", "Source"]

PARTIAL: Final = ".fetching-"
"""Beginning of the names that unfinished things have in the download cache; set-up sweeps them away."""


class Progress(Protocol):
    """Someone who is told how a long step goes."""

    def step(self, text: str) -> None:
        """Say that a step begins."""

    def advance(self, done: int, total: int) -> None:
        """Say how many bytes of the step are done; `total` is 0 when unknown."""


class Silent:
    """Progress that nobody hears."""

    def step(self, text: str) -> None:
        """Drop it."""

    def advance(self, done: int, total: int) -> None:
        """Drop it."""


class Source(Protocol):
    """One place that an archive can be had from."""

    archive: Archive

    def fetch(self, target: Path, progress: Progress) -> None:
        """Bring the archive to the file `target`, whose folder exists. Raises SourceUnreachable."""
