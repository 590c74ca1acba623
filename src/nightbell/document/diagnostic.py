"""Diagnostic: one fault in a file, with its place, what is wrong and what to do.

A value that can be compared and sorted in the order of the file; it is not raised and does not print itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Diagnostic", "Place", "in_order"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column count from 1, and 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One fault."""

    place: Place
    code: str
    """A key of ``document.codes.CODES``."""
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.place} {self.code} {self.message}"


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return them sorted by file, line and column, each once."""
    return tuple(sorted(set(diagnostics)))
