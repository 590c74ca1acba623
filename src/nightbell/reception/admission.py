"""Admission: whether one more call is taken, and what a call that is not taken is told. It counts, no more.

No caller is ever refused for who they are: what is over a cap goes to the trunk's overflow (486 or 503).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Admission", "Refusal", "Why"]

Why: TypeAlias = Literal[
    "unknown_number", "full", "draining", "unsigned", "no_port", "no_codec", "failed", "rate", "source_rate"
]
"""Why a call was refused: the label of a metric, so a closed list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a call that is not taken is told."""

    code: int
    reason: str
    why: Why
    headers: Sequence[tuple[str, str]] = ()


class Admission:
    """Counts live calls against the cap."""

    def __init__(self, *, most: int, retry_after_s: int) -> None:
        self.most = most
        self.live = 0
        self.draining = False
        self._retry_after_s = retry_after_s

    def enter(self) -> Refusal | None:
        """Take one more call; ``leave`` gives its place back. A refusal takes none."""
        if self.draining:
            return self.elsewhere("draining")
        if self.live >= self.most:
            return Refusal(code=486, reason="Busy Here", why="full")
        self.live += 1
        return None

    def leave(self) -> None:
        """Give a call's place back."""
        self.live -= 1

    def elsewhere(self, why: Why) -> Refusal:
        """Return the refusal that has the trunk try elsewhere at once, and here after a while."""
        headers = (("Retry-After", str(self._retry_after_s)),)
        return Refusal(code=503, reason="Service Unavailable", why=why, headers=headers)

    def unknown(self) -> Refusal:
        """Return the refusal of a number that is no clinic's here."""
        return Refusal(code=404, reason="Not Found", why="unknown_number")

    def unacceptable(self) -> Refusal:
        """Return the refusal of sound that is not spoken here."""
        return Refusal(code=488, reason="Not Acceptable Here", why="no_codec")
