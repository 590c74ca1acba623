"""Longest: the way that takes a caller who is never understood longest to a person or to the emergency words.

The proof says how long it takes at most; this says which way that is, so that a picture can mark it. Only what
silence, mumbling, a failing recogniser and the world can bring about is taken. Where the way leads through a ring,
the shortest path through the ring is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping
from typing import Final

from nightbell.flow.proof.components import all_components
from nightbell.flow.proof.graph import Graph, build
from nightbell.flow.proof.monitor import Monitor, tells
from nightbell.flow.proof.search import Budget, Exhausted, Limits, reach
from nightbell.flow.proof.table import Table
from nightbell.flow.proof.worst import QUIET

__all__ = ["longest_way"]

_HELP: Final = frozenset({"hold", "transfer"})
_Led = Mapping[str, Mapping[str, int]]


def longest_way(table: Table, shown: Container[tuple[str, str]] | None = None) -> tuple[str, ...]:
    """Return the states of that way in order, neighbours never the same; empty where no way leads to help.

    Args:
        table: the compiled flow.
        shown: pairs of states with an arrow between them; what jumps from any state, such as the limits of a
            call, has none and is not taken. All ways when left out.
    """
    graph = build(table)
    try:
        led = _led(graph, shown)
    except Exhausted:
        return ()
    parts = list(all_components(led))
    part_of = {row: part for part in parts for row in part}
    best: dict[frozenset[str], tuple[int, str, str]] = {}
    for part in parts:  # each after those it leads to
        exits = [
            (ms + best[part_of[target]][0], row, target)
            for row in part
            for target, ms in led[row].items()
            if target not in part and part_of[target] in best
        ]
        ring = table.visits * sum(max(led[row].values(), default=0) for row in part) if len(part) > 1 else 0
        here = [(0, row, "") for row in part if _helps(graph, row)]
        if exits or here:
            ms, row, target = max(exits or here)
            best[part] = (ms + ring, row, target)
    rows = _walked(graph.start, led, part_of, best)
    states = [state for row in rows if (state := graph.rows[row].state)]
    return tuple(state for place, state in enumerate(states) if place == 0 or states[place - 1] != state)


def _led(graph: Graph, shown: Container[tuple[str, str]] | None) -> _Led:
    """Return where each row that such a caller comes to can lead, and how long that takes at most, in ms."""
    reached = reach(graph, Budget(Limits().most_work), lambda move: move.by in QUIET)
    led: dict[str, dict[str, int]] = {}
    for row, bits in reached.items():
        if not bits or graph.rows[row].kind == "closed":
            continue
        led[row] = {}
        for edge in graph.out[row] if not _helps(graph, row) else ():
            ends = (graph.rows[row].state, graph.rows[edge.target].state)
            seen = shown is None or ends[0] == ends[1] or ends in shown
            if seen and edge.move.by in QUIET and bits & edge.enabled and edge.target != row:
                led[row][edge.target] = max(edge.move.ms, led[row].get(edge.target, 0))
    return {row: {target: ms for target, ms in targets.items() if target in led} for row, targets in led.items()}


def _helps(graph: Graph, name: str) -> bool:
    row = graph.rows[name]
    return row.kind in _HELP or (tells(row) and name in Monitor.of(graph.table).tellers)


def _walked(
    start: str,
    led: _Led,
    part_of: Mapping[str, frozenset[str]],
    best: Mapping[frozenset[str], tuple[int, str, str]],
) -> Iterable[str]:
    row = start
    while row and part_of.get(row, frozenset()) in best:
        part = part_of[row]
        _, leaves, target = best[part]
        yield from _within(row, leaves, part, led)
        row = target


def _within(first: str, last: str, part: frozenset[str], led: _Led) -> list[str]:
    """Return a shortest path inside of a ring."""
    came: dict[str, str] = {first: ""}
    open_rows = deque([first])
    while open_rows and last not in came:
        row = open_rows.popleft()
        for target in led[row]:
            if target in part and target not in came:
                came[target] = row
                open_rows.append(target)
    path = [last]
    while came.get(path[-1]):
        path.append(came[path[-1]])
    return path[::-1]
