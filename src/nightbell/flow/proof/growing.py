"""Growing: what beside the floor only ever grows in a graph, and how much of it longest walks can keep apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from nightbell.flow.proof.graph import Graph
from nightbell.flow.proof.table import FLOOR, Change, Move

__all__ = ["growing_of", "kept", "led"]

_MOST_NODES: Final = 6_000
"""Beyond this the longest walks keep rows and floors apart, and nothing else."""


def led(move: Move, name: str) -> Mapping[str, str]:
    """Return what a move does to a variable."""
    return next((dict(change.to) for change in move.changes if change.variable == name), {})


def kept(graph: Graph, reached: Mapping[str, int], growing: Iterable[str]) -> tuple[str, ...]:
    """Return the floor and what else only ever grows, as far as the walks stay small."""
    names = [FLOOR]
    nodes = sum(1 for bits in reached.values() if bits) * graph.space.axes[FLOOR].size
    for name in growing:
        size = graph.space.axes[name].size
        if nodes * size <= _MOST_NODES:
            names.append(name)
            nodes *= size
    return tuple(names)


def growing_of(graph: Graph) -> tuple[str, ...]:
    """Return what beside the floor is remembered everywhere and never goes back; fewest values first."""
    orders = {name: axis.variable.values for name, axis in graph.space.axes.items()}
    steps: dict[str, set[tuple[int, int]]] = {name: set() for name in orders}
    seen: set[tuple[int, frozenset[str] | None]] = set()
    for edges in graph.out.values():
        for edge in edges:
            for change in edge.move.changes:
                if change.variable not in orders:
                    continue
                allowed = _allowed(edge.move, change.variable)
                if (id(change), allowed) not in seen:
                    seen.add((id(change), allowed))
                    steps[change.variable].update(_steps(change, allowed, orders[change.variable]))
    found: list[str] = []
    for name, _ in sorted(graph.space.axes.items(), key=lambda pair: pair[1].size):
        everywhere = all(name in kept for row, kept in graph.live.items() if graph.rows[row].kind != "closed")
        grows = bool(steps[name]) and all(before <= after for before, after in steps[name])
        if name != FLOOR and grows and everywhere:
            found.append(name)
    return tuple(found)


def _allowed(move: Move, name: str) -> frozenset[str] | None:
    """Return the values of a variable with which a move can be made; None where it may have any."""
    allowed: frozenset[str] | None = None
    for test in move.tests:
        if test.variable == name:
            allowed = test.values if allowed is None else allowed & test.values
    return allowed


def _steps(change: Change, allowed: frozenset[str] | None, order: tuple[str, ...]) -> Iterable[tuple[int, int]]:
    """Yield from where to where a change can take a variable, as positions in its values."""
    for before, after in change.to:
        if before in order and after in order and (allowed is None or before in allowed):
            yield order.index(before), order.index(after)
