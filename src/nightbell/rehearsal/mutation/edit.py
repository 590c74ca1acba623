"""Edit: one change of one file of a clinic, and the ways in which a file can be changed. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["EDGES", "Edit", "Operator"]

Operator: TypeAlias = Literal[
    "redirect-edge",
    "drop-edge",
    "remove-universal",
    "lower-floor",
    "drop-not-sure",
    "open-to-barge-in",
    "swap-prompts",
    "weaken-threshold",
    "lengthen-timer",
    "delete-phrase",
]

EDGES: Final[tuple[Operator, ...]] = (
    "redirect-edge",
    "drop-edge",
    "remove-universal",
    "lower-floor",
    "drop-not-sure",
)
"""What changes where a call goes or how urgent it is; the others change what is said, heard and waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change."""

    operator: Operator
    file: str
    """As the reader names it: ``rosewood/flow.yaml``, ``shared/promises.yaml``."""
    line: int
    column: int
    path: tuple[str | int, ...]
    """Keys of what is changed."""
    what: str
    """The change in words."""
    pieces: tuple[tuple[int, int, str], ...]
    """Characters from and to, and what stands there instead; in rising order, none over another."""

    @property
    def id(self) -> str:
        """Name it, the same on every run: operator, file, keys and what becomes of them."""
        return f"{self.operator} {self.file}:{'.'.join(map(str, self.path))} {self.what}"

    def applied(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return the files with the change made."""
        text = texts[self.file]
        for start, end, new in reversed(self.pieces):
            text = text[:start] + new + text[end:]
        return {**texts, self.file: text}
