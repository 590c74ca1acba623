"""Graph: a table made ready for the search - its reachable rows, and each move as masks and shifts over the space.

Only what can matter is kept: rows that some move reaches, values that some change gives, variables that some test
or property reads; in each row a variable that nothing later reads is forgotten (made its first value), so that a
result is state only while a later branch can read it. No state is searched here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product as combinations
from typing import Final

from nightbell.flow.proof.living import measure, reachable
from nightbell.flow.proof.monitor import GHOSTS, Monitor
from nightbell.flow.proof.space import Shift, Shifts, Space, apply, undo
from nightbell.flow.proof.table import FLOOR, Change, Move, Row, Table, Variable

__all__ = ["Edge", "Graph", "build", "without"]

_WATCHED: Final = (FLOOR, *GHOSTS)
"""What a move changes together."""
_Three = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One move, ready to be taken by a whole set of valuations."""

    source: str
    target: str
    move: Move
    enabled: int = field(repr=False)
    steps: tuple[Shifts, ...] = field(repr=False)
    work: int = field(init=False, repr=False)
    """Times that a set is looked at when the move is made."""

    def __post_init__(self) -> None:
        """Count the work once: a search asks for it at every use."""
        object.__setattr__(self, "work", 1 + sum(len(step) for step in self.steps))

    def image(self, bits: int, known: dict[tuple[int, ...], int] | None = None) -> int:
        """Return where a set is after the move, before the target forgets anything.

        Args:
            bits: the set.
            known: where tests and changes take this same set, as far as other moves have them too.
        """
        known = {} if known is None else known
        key: tuple[int, ...] = (id(self.enabled),)  # equal tests and changes of one graph are one object
        if key not in known:
            known[key] = bits & self.enabled
        moved = known[key]
        for step in self.steps:
            if not moved:
                return 0
            key = (*key, id(step))
            if key not in known:
                known[key] = apply(step, moved)
            moved = known[key]
        return moved

    def preimage(self, bits: int) -> int:
        """Return every valuation that the move takes into a set."""
        for step in reversed(self.steps):
            bits = undo(step, bits)
        return bits & self.enabled


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Rows, edges and the space they live in."""

    table: Table
    rows: Mapping[str, Row]
    """Those that some call may reach, in the order of the table."""
    space: Space
    out: Mapping[str, tuple[Edge, ...]]
    into: Mapping[str, tuple[Edge, ...]]
    bundles: Mapping[str, tuple[Edge, ...]]
    """One of the edges that do the same, for a search that asks only where calls can come to."""
    forgets: Mapping[str, tuple[Shifts, ...]]
    live: Mapping[str, frozenset[str]]
    start: str = field(default="")

    def arrive(self, row: str, bits: int) -> int:
        """Return a set as the row keeps it: without what nothing later reads."""
        for step in self.forgets[row]:
            bits = apply(step, bits)
        return bits

    def before(self, edge: Edge, bits: int) -> int:
        """Return every valuation of the source that a move takes into a set kept by the target."""
        for step in reversed(self.forgets[edge.target]):
            bits = undo(step, bits)
        return edge.preimage(bits)

    def before_among(self, edge: Edge, bits: int, among: int) -> int:
        """Return those of some valuations of the source that a move takes into a set kept by the target.

        The same as ``before`` with all others taken away; what was forgotten on the way is looked for among these
        alone, and not in all of the space.
        """
        had = among & edge.enabled
        steps = (*edge.steps, *self.forgets[edge.target])
        sets = []
        for step in steps:
            sets.append(had)
            had = apply(step, had)
        bits &= had
        for step, had in zip(reversed(steps), reversed(sets), strict=True):
            if not bits:
                return 0
            bits = undo(step, bits) & had
        return bits


def build(
    table: Table, measured: tuple[tuple[Variable, ...], Mapping[str, frozenset[str]]] | None = None
) -> Graph:
    """Make the graph of a table.

    Args:
        table: a compiled flow.
        measured: its variables and what is live in each row, where ``measure`` found them already.
    """
    rows = reachable(table)
    variables, live = measured or measure(table)[1:]
    space = Space(variables)
    maker = _Maker(rows, space, Monitor.of(table))
    out = {name: tuple(maker.edge(row, move) for move in row.moves) for name, row in rows.items()}
    into: dict[str, list[Edge]] = {name: [] for name in rows}
    for edges in out.values():
        for edge in edges:
            into[edge.target].append(edge)
    return Graph(
        table=table,
        rows=rows,
        space=space,
        out=out,
        into={name: tuple(edges) for name, edges in into.items()},
        bundles={name: _bundle(edges) for name, edges in out.items()},
        forgets={
            name: tuple(
                space.forgotten(one) for one in space.axes if one not in live[name] and _varies(space, one)
            )
            for name in rows
        },
        live=live,
        start=table.start,
    )


def _varies(space: Space, name: str) -> bool:
    return space.axes[name].size > 1


def without(graph: Graph, row: str, outcome: str) -> Graph:
    """Return the graph without the moves that an outcome makes in a row."""
    gone = {edge for edge in graph.out[row] if edge.move.outcome == outcome}
    left = {name: tuple(edge for edge in edges if edge not in gone) for name, edges in graph.out.items()}
    return replace(
        graph,
        out=left,
        into={name: tuple(edge for edge in edges if edge not in gone) for name, edges in graph.into.items()},
        bundles={**graph.bundles, row: _bundle(left[row])},
    )


def _bundle(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    kept: dict[tuple[str, int, tuple[int, ...]], Edge] = {}
    for edge in edges:
        kept.setdefault((edge.target, id(edge.enabled), tuple(id(step) for step in edge.steps)), edge)
    return tuple(kept.values())


class _Maker:
    """Makes edges; equal tests and changes become one object, so that edges that do the same are found."""

    def __init__(self, rows: Mapping[str, Row], space: Space, monitor: Monitor) -> None:
        self._rows = rows
        self._space = space
        self._monitor = monitor
        self._enabled: dict[object, int] = {}
        self._changes: dict[object, Shifts] = {}

    def edge(self, row: Row, move: Move) -> Edge:
        tests = frozenset(test for test in move.tests if test.variable in self._space.axes)
        if tests not in self._enabled:
            self._enabled[tests] = self._space.passing(tests)
        plain = [change for change in move.changes if change.variable in self._space.axes]
        raised = [change for change in plain if change.variable == FLOOR]
        steps = [self._once(change, change) for change in plain if change.variable != FLOOR]
        return Edge(
            row.id,
            move.target,
            move,
            self._enabled[tests],
            tuple(step for step in (self._watched(row, move, raised), *steps) if step),
        )

    def _once(self, key: object, change: Change) -> Shifts:
        if key not in self._changes:
            self._changes[key] = _real(self._space.shifts(change))
        return self._changes[key]

    def _watched(self, row: Row, move: Move, raised: Iterable[Change]) -> Shifts:
        """Return what a move does to floor, told and helped together."""
        target = self._rows[move.target]
        seen = (*self._monitor.looks_at(row, move, target), *raised)
        if seen not in self._changes:
            self._changes[seen] = self._watch(row, move, target, raised)
        return self._changes[seen]

    def _watch(self, row: Row, move: Move, target: Row, raised: Iterable[Change]) -> Shifts:
        axes = [self._space.axes[name] for name in _WATCHED]
        led: list[tuple[_Three, _Three]] = []
        for floor, told, helped in combinations(*(axis.variable.values for axis in axes)):
            after = floor
            for change in raised:
                after = dict(change.to).get(after, after)
            was = (floor, told, helped)
            led.append((was, (after, *self._monitor.after(row, move, target, was, after))))
        key = tuple(led)
        if key not in self._changes:
            self._changes[key] = self._joint(key)
        return self._changes[key]

    def _joint(self, led: Iterable[tuple[_Three, _Three]]) -> Shifts:
        masks: dict[int, int] = {}
        for was, now in led:
            by, mask = 0, self._space.all
            for name, old, new in zip(_WATCHED, was, now, strict=True):
                axis = self._space.axes[name]
                by += (axis.variable.values.index(new) - axis.variable.values.index(old)) * axis.stride
                mask &= self._space.having(name, (old,))
            masks[by] = masks.get(by, 0) | mask
        return _real(tuple(Shift.of(mask, by) for by, mask in masks.items()))


def _real(shifts: Shifts) -> Shifts:
    """Return a change, or nothing where it changes nothing."""
    return shifts if any(shift.by for shift in shifts) else ()
