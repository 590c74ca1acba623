"""Living: what of a table can matter - rows reached, values come to, variables that are read later.

What no later row reads is forgotten, so that a result is state only while a branch can read it. It makes no graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nightbell.flow.proof.monitor import GHOSTS, HELPED, TOLD, ghost
from nightbell.flow.proof.table import CLEARED, FLOOR, Change, Row, Table, Variable

__all__ = ["measure", "reachable"]


def measure(table: Table) -> tuple[int, tuple[Variable, ...], Mapping[str, frozenset[str]]]:
    """Return how many states a search would have at most, its variables, and what is live in each row."""
    rows = reachable(table)
    variables = _variables(table, rows)
    varied = _varied(rows, table.start, variables)
    live = {name: kept & varied[name] for name, kept in _live(rows, variables).items()}
    sizes = {variable.name: len(variable.values) for variable in variables}
    states = 0
    for name in rows:
        here = 1
        for one in live[name]:
            here *= sizes[one]
        states += here
    often = {name: sum(name in kept for kept in live.values()) for name in sizes}
    ordered = sorted(variables, key=lambda variable: -often[variable.name])
    return states, tuple(ordered), live


def reachable(table: Table) -> dict[str, Row]:
    """Return the rows that some move reaches."""
    seen = {table.start}
    waiting = [table.start]
    while waiting:
        for move in table.rows[waiting.pop()].moves:
            if move.target not in seen:
                seen.add(move.target)
                waiting.append(move.target)
    return {name: row for name, row in table.rows.items() if name in seen}


def _variables(table: Table, rows: Mapping[str, Row]) -> tuple[Variable, ...]:
    """Return what is read, each with the values it can come to have."""
    moves = [move for row in rows.values() for move in row.moves]
    read = {test.variable for move in moves for test in move.tests} | {FLOOR, CLEARED}
    found = {variable.name: variable for variable in table.variables if variable.name in read}
    for name in (FLOOR, CLEARED):
        found.setdefault(name, Variable(name=name, values=("",), begins=("",)))
    changes = {change for move in moves for change in move.changes if change.variable in found}
    kept = [
        _narrowed(one, [change for change in changes if change.variable == one.name]) for one in found.values()
    ]
    return (*kept, *(ghost(name) for name in GHOSTS))


def _narrowed(variable: Variable, changes: Iterable[Change]) -> Variable:
    had = set(variable.begins)
    grows = True
    while grows:
        more = {after for change in changes for before, after in change.to if before in had} - had
        had |= more
        grows = bool(more)
    return replace(variable, values=tuple(value for value in variable.values if value in had))


def _live(rows: Mapping[str, Row], variables: Iterable[Variable]) -> dict[str, frozenset[str]]:
    """Return what each row has to keep: what it, or a row after it, reads before it is overwritten."""
    values = {variable.name: variable.values for variable in variables}
    live: dict[str, set[str]] = {}
    for name, row in rows.items():
        live[name] = {FLOOR, TOLD} | {test.variable for move in row.moves for test in move.tests}
        if row.kind == "finish" or row.deflects:
            live[name] |= {CLEARED, HELPED}
        if row.kind == "closed":
            live[name] = set()
        live[name] &= set(values)
    from_rows = _sources(rows, values)
    waiting = set(rows)
    while waiting:
        target = waiting.pop()
        for source, gone in from_rows[target]:
            more = live[target] - gone - live[source]
            if more:
                live[source] |= more
                waiting.add(source)
    return {name: frozenset(kept) for name, kept in live.items()}


def _sources(
    rows: Mapping[str, Row], values: Mapping[str, tuple[str, ...]]
) -> Mapping[str, set[tuple[str, frozenset[str]]]]:
    """Return the rows that lead to each row, with what is overwritten on the way."""
    found: dict[str, set[tuple[str, frozenset[str]]]] = {name: set() for name in rows}
    known: dict[int, bool] = {}
    for name, row in rows.items():
        for move in row.moves:
            for change in move.changes:
                if id(change) not in known:
                    known[id(change)] = _overwrites(change, values)
            gone = frozenset(change.variable for change in move.changes if known[id(change)])
            found[move.target].add((name, gone))
    return found


def _varied(rows: Mapping[str, Row], start: str, variables: Iterable[Variable]) -> dict[str, frozenset[str]]:
    """Return what may differ in each row from its first value: what no way to it has set is no state there."""
    values = {variable.name: variable.values for variable in variables}
    varied: dict[str, set[str]] = {name: set() for name in rows}
    varied[start] = {one.name for one in variables if one.begins != one.values[:1]}
    waiting = {start}
    seen = {start}
    known: dict[tuple[int, bool], bool] = {}
    while waiting:
        row = rows[waiting.pop()]
        for move in row.moves:
            led = varied[row.id] | {FLOOR, *GHOSTS}
            for change in move.changes:
                name = change.variable
                if name not in values:
                    continue
                key = (id(change), name in led)
                if key not in known:
                    known[key] = _leaves_first(change, values[name] if name in led else values[name][:1])
                if known[key]:
                    led.add(name)
                else:
                    led.discard(name)
            if led - varied[move.target] or move.target not in seen:
                varied[move.target] |= led
                seen.add(move.target)
                waiting.add(move.target)
    return {name: frozenset(kept & set(values)) for name, kept in varied.items()}


def _leaves_first(change: Change, before: tuple[str, ...]) -> bool:
    """Tell whether a change can give some values anything but the first, where the first is one of them."""
    to = dict(change.to)
    return any(to.get(value, value) != before[0] for value in before)


def _overwrites(change: Change, values: Mapping[str, tuple[str, ...]]) -> bool:
    to = dict(change.to)
    before = values.get(change.variable, ())
    return change.variable not in {FLOOR, CLEARED} and len({to.get(value, value) for value in before}) <= 1
