"""Evidence: what the search found, as the properties read it, and what a property says is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from nightbell.document.codes import Code
from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.monitor import pages
from nightbell.flow.proof.span import Worst
from nightbell.flow.proof.table import FLOOR, LOOKED_UP, Move, Row
from nightbell.terms.disposition import Disposition

__all__ = ["Evidence", "Letter", "Property", "Wrong", "can_be_played", "goes_on_alone", "is_plain", "place_of"]

OWED: Final = "owed"
"""Variable of the table: what was said under must-hear words leads away when they are over (rule 11)."""

Letter = Literal["a", "b", "c", "d", "e", "f", "g"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Calls that a property forbids, before one of them is looked for."""

    row: str
    """What it is said of."""
    message: str
    """``{place}`` in it is where the call comes to."""
    hint: str
    places: Mapping[str, int]
    """Rows and valuations; a call that comes to one of them is such a call."""
    last: Edge | None = None
    """The move that must follow to show it."""
    at: str = ""
    """State whose own words are to be mended, where it is not the last move."""
    blames: bool = True
    """Whether it is the way to the row that is wrong, rather than the row itself."""
    quiet: bool = False
    """The call is made without anything the caller does on purpose."""
    round: Callable[[str, int], tuple[tuple[str, Move], ...]] | None = None
    """From a row and a valuation: the moves that go on from there for ever."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that calls can come to."""

    graph: Graph
    reached: Mapping[str, int]
    quiet: Mapping[str, int]
    """The same for callers who are silent, mumble or are not heard."""
    worst: Worst
    _standing: dict[str, int] = field(default_factory=dict)
    _before: dict[tuple[object, ...], int] = field(default_factory=dict)
    _below: dict[Disposition | None, int] = field(default_factory=dict)

    @property
    def rows(self) -> Iterator[Row]:
        """Rows that calls come to, but for the one after the end."""
        return (row for name, row in self.graph.rows.items() if self.reached[name] and row.kind != "closed")

    def standing(self, row: Row) -> int:
        """Return the valuations in which a call waits in a row; a screen leaves some questions out."""
        if row.kind in {"decide", "closed"}:
            return 0
        if row.id not in self._standing:
            bits = self.reached[row.id]
            if row.screen:
                bits &= ~self.enabled(row, lambda move: move.outcome == "skip")
            self._standing[row.id] = bits
        return self._standing[row.id]

    def settled(self, row: Row) -> int:
        """Return the valuations in which a call waits in a row and nothing is owed that leads it away."""
        return self.standing(row) & self.unowed

    @property
    def unowed(self) -> int:
        """Return the valuations in which nothing said under must-hear words still leads away at their end."""
        return self.having(OWED, "") if OWED in self.graph.space.axes else self.graph.space.all

    def enabled(self, row: Row, which: Callable[[Move], bool]) -> int:
        """Return the valuations in which one of some moves can be made."""
        bits = 0
        for edge in self.graph.out[row.id]:
            if which(edge.move):
                bits |= edge.enabled
        return bits

    def having(self, name: str, *values: str) -> int:
        """Return the valuations in which a variable has one of the values."""
        return self.graph.space.having(name, values)

    def below(self, floor: Disposition | None) -> int:
        """Return the valuations whose floor is less urgent than one; with None, those without a floor."""
        if floor not in self._below:
            self._below[floor] = self.floors(
                lambda now: now == "" or (floor is not None and not Disposition(now).at_least(floor))
            )
        return self._below[floor]

    def leading_below(self, edge: Edge, floor: Disposition | None) -> int:
        """Return where a move can be made that leaves the floor less urgent than one."""
        key = (id(edge.enabled), *(id(step) for step in edge.steps), floor)
        if key not in self._before:
            self._before[key] = edge.preimage(self.below(floor))
        return self._before[key]

    def floors(self, which: Callable[[str], bool] = pages) -> int:
        """Return the valuations whose floor is such."""
        values = self.graph.space.axes[FLOOR].variable.values
        return self.having(FLOOR, *(value for value in values if which(value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """Something that holds in every call of a flow, or the flow is refused."""

    letter: Letter
    code: str
    about: Code
    find: Callable[[Evidence], Iterator[Wrong]]


def place_of(row: Row) -> str:
    """Name a row as an owner knows it."""
    if row.id.startswith("~nine"):
        return "the emergency words after key 9"
    return f"{row.state}.{row.question}" if row.question else row.state


def goes_on_alone(move: Move) -> bool:
    """Tell whether a move takes a call on though the caller does nothing and nothing breaks."""
    if move.outcome == LOOKED_UP:
        return False
    waits = bool(move.do) and all(do.what == "wait" for do in move.do)
    return waits or move.by in {"call", "silence", "world"}


def is_plain(row: Row, move: Move) -> bool:
    """Tell whether a script can bring a move about for sure: one thing is said in one prompt."""
    stays = move.target == row.id and move.by == "caller" and row.kind in {"say", "finish"}
    return can_be_played(row, move) and not stays


def can_be_played(row: Row, move: Move) -> bool:
    """Tell whether a scripted caller can bring a move about: no prompt is said while the world is asked."""
    return not any(do.what == "again" for do in move.do) and not (row.kind == "world" and move.by == "caller")
