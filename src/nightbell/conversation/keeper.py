"""Keeper: what keeps a call's audio, as far as the caller allows. A port that the records' recordings fit."""

from __future__ import annotations

from typing import Protocol

from nightbell.audio.frame import Samples

__all__ = ["Keeper"]


class Keeper(Protocol):
    """Keeps the call's audio while the caller allows it (rule 13)."""

    def keep(self, *, on: bool) -> None:
        """Begin or stop keeping."""

    def feed(self, caller: Samples, line: Samples, *, at_ms: int) -> None:
        """Offer one frame of each side; kept only while keeping."""

    def discard(self) -> None:
        """Drop what was kept: the caller declined."""

    def close(self) -> None:
        """Seal what is kept; safe to repeat."""
