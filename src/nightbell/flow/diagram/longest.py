"""Longest: the way that takes a caller who is never understood longest to a person or to the emergency words.

The proof says how long it takes at most; this says which way that is, so that a picture can mark it. Only what
silence, mumbling, a failing recogniser and the world can bring about is taken. Where the way leads through a ring,
the shortest path through the ring is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping
from itertools import product
from typing import Final

from nightbell.flow.proof.components import all_components
from nightbell.flow.proof.table import Move, Table

__all__ = ["longest_way"]

_HELP: Final = frozenset({"hold", "transfer"})
_QUIET: Final = frozenset({"silence", "garbage", "failure", "call", "world"})
"""Who brings a move about where the caller says nothing that can be understood."""
_MOST: Final = 100_000
"""States of a call, with all it remembers, that are looked at; beyond, no way is told. Seconds, not minutes."""
_Led = Mapping[str, Mapping[str, int]]


def longest_way(table: Table, shown: Container[tuple[str, str]] | None = None) -> tuple[str, ...]:
    """Return the states of that way in order, neighbours never the same; empty where no way leads to help.

    Args:
        table: the compiled flow.
        shown: pairs of states with an arrow between them; what jumps from any state, such as the limits of a
            call, has none and is not taken. All ways when left out.
    """
    led = _led(table, shown)
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
        here = [(0, row, "") for row in part if _helps(table, row)]
        if exits or here:
            ms, row, target = max(exits or here)
            best[part] = (ms + ring, row, target)
    rows = _walked(table.start, led, part_of, best)
    states = [state for row in rows if (state := table.rows[row].state)]
    return tuple(state for place, state in enumerate(states) if place == 0 or states[place - 1] != state)


def _led(table: Table, shown: Container[tuple[str, str]] | None) -> _Led:
    """Return where each row that such a caller comes to can lead, and how long that takes at most, in ms."""
    names = [variable.name for variable in table.variables]
    begins = product(*(variable.begins for variable in table.variables))
    fresh = deque((table.start, values) for values in begins)
    seen = set(fresh)
    led: dict[str, dict[str, int]] = {}
    while fresh:
        row, values = fresh.popleft()
        ways = led.setdefault(row, {})
        if _helps(table, row):
            continue
        known = dict(zip(names, values, strict=True))
        for move in table.rows[row].moves:
            if move.by not in _QUIET or not _is_shown(table, row, move, shown):
                continue
            if all(known[test.variable] in test.values for test in move.tests if test.variable in known):
                ways[move.target] = max(move.ms, ways.get(move.target, 0))
                changed = {one.variable: dict(one.to) for one in move.changes}
                after = tuple(changed.get(name, {}).get(known[name], known[name]) for name in names)
                if (move.target, after) not in seen:
                    seen.add((move.target, after))
                    fresh.append((move.target, after))
        if len(seen) > _MOST:
            return {table.start: {}}
    return {row: {target: ms for target, ms in ways.items() if target != row} for row, ways in led.items()}


def _is_shown(table: Table, row: str, move: Move, shown: Container[tuple[str, str]] | None) -> bool:
    ends = (table.rows[row].state, table.rows[move.target].state)
    return table.rows[move.target].kind != "closed" and (shown is None or ends[0] == ends[1] or ends in shown)


def _helps(table: Table, name: str) -> bool:
    """Tell whether a person is being got, or the emergency words are said; the opening's do not count."""
    row = table.rows[name]
    return row.kind in _HELP or (row.words and row.must_hear and name != table.start)


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
