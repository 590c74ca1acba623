"""Verdict: what the proof says of a flow - each violated property, with the shortest call of it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nightbell.flow.proof.evidence import Letter
from nightbell.flow.proof.span import Worst
from nightbell.flow.proof.table import Move

__all__ = ["TOO_LARGE", "TooLarge", "Verdict", "Violation"]

TOO_LARGE = "NB420"
"""Code of a flow that is too large to search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that some call does and no call may."""

    property: Letter
    code: str
    row: str
    """What it is said of."""
    message: str
    hint: str
    blamed: tuple[str, str] = ("", "")
    """Row and outcome of the move that is most likely to be mended; an empty outcome is the row itself."""
    walk: tuple[tuple[str, Move], ...] = ()
    """The shortest call: each row, and the move made there."""
    begins: Mapping[str, str] = field(default_factory=dict)
    """What is so when that call begins."""
    ends: Mapping[str, str] = field(default_factory=dict)
    """What is so when it has come to ``row``."""
    shown: bool = True
    """False: a walk was not found within the limits, or holds a move that nobody can bring about at will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """The flow's states are too many."""

    states: int
    """At most so many; 0 where the search was given up on the way."""
    variables: tuple[tuple[str, int], ...]
    """What multiplies, the largest first: name and number of values."""
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole proof."""

    violations: tuple[Violation, ...] = ()
    worst: Worst | None = None
    states_searched: int = 0
    too_large: TooLarge | None = None

    @property
    def violated(self) -> frozenset[Letter]:
        """Letters of the properties that do not hold."""
        return frozenset(violation.property for violation in self.violations)

    @property
    def proved(self) -> bool:
        """Tell whether every property holds in every call."""
        return not self.violations and self.too_large is None
