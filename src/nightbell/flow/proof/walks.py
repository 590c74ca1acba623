"""Walks: the longest walks to help over one graph, in caller turns and seconds.

Where nothing leads back it is exact. In a ring every row that asks counts ``visits`` times, with the longest way
to the next, which is never too little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from nightbell.flow.proof.components import all_components, components
from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.growing import led
from nightbell.flow.proof.monitor import Monitor, tells
from nightbell.flow.proof.span import NONE, Span
from nightbell.flow.proof.table import Move, Row
from nightbell.terms.disposition import Disposition

__all__ = ["Node", "Until", "Walks"]

_D0: Final = Disposition.D0.value

Node = tuple[str, tuple[str, ...]]
Until = Literal["help", "words", "begun", "dialled"]


@dataclass(frozen=True, slots=True)
class Way:
    target: Node
    edge: Edge
    cost: Span


class Walks:
    """Longest walks to help over one graph."""

    def __init__(
        self,
        graph: Graph,
        reached: Mapping[str, int],
        names: tuple[str, ...],
        allow: Callable[[Move], bool] | None = None,
        starts: Iterable[str] | None = None,
    ) -> None:
        """Lay the walks out.

        Args:
            graph: the flow.
            reached: where calls come to.
            names: variables that are kept apart.
            allow: moves that are made; all when left out.
            starts: rows from which walks begin, where not every row is wanted.
        """
        self._graph = graph
        self._allow = allow
        self._tellers = Monitor.of(graph.table).tellers
        self._names = names
        self._moves: dict[str, list[tuple[Edge, tuple[Mapping[str, str], ...]]]] = {}
        wanted = graph.rows.keys() if starts is None else self._after(starts)
        self.ways: dict[Node, list[Way]] = {}
        for name, row in graph.rows.items():
            if name in wanted and reached[name] and row.kind != "closed":
                for values, bits in self._split(reached[name]):
                    self.ways[name, values] = list(self._leaving(row, values, bits))

    def _after(self, starts: Iterable[str]) -> set[str]:
        """Return the rows that some rows lead to by moves that are made."""
        found, waiting = set(starts), list(starts)
        while waiting:
            for edge in self._graph.out[waiting.pop()]:
                if edge.target not in found and (self._allow is None or self._allow(edge.move)):
                    found.add(edge.target)
                    waiting.append(edge.target)
        return found

    def _split(self, bits: int) -> Iterable[tuple[tuple[str, ...], int]]:
        parts: list[tuple[tuple[str, ...], int]] = [((), bits)]
        for name in self._names:
            values = self._graph.space.axes[name].variable.values
            split = [
                ((*had, value), part & self._graph.space.having(name, (value,)))
                for had, part in parts
                for value in values
            ]
            parts = [(had, part) for had, part in split if part]
        return parts

    def _leaving(self, row: Row, values: tuple[str, ...], bits: int) -> Iterable[Way]:
        longest: dict[Node, Way] = {}
        can: dict[int, bool] = {}  # by the tests: many moves have the same
        for edge, changes in self._made(row):
            tests = id(edge.enabled)
            if tests not in can:
                can[tests] = bool(bits & edge.enabled)
            if not can[tests]:
                continue
            move = edge.move
            after = tuple(change.get(value, value) for change, value in zip(changes, values, strict=True))
            if edge.target == row.id and after == values and move.by != "call":
                continue  # stays: the caller's own doing, or the row's own limit
            target = (edge.target, after if self._alive(edge.target) else ())
            cost = Span(move.turns, move.ms)
            if target in longest:
                cost = cost.or_(longest[target].cost)
            longest[target] = Way(target, edge, cost)
        return longest.values()

    def _made(self, row: Row) -> list[tuple[Edge, tuple[Mapping[str, str], ...]]]:
        """Return the moves of a row that are made, with what each does to the variables that are kept apart."""
        if row.id not in self._moves:
            over = {
                edge
                for edge in self._graph.out[row.id]
                if edge.move.by in {"hangup", "failure"} and not self._alive(edge.target)
            }
            self._moves[row.id] = [
                (edge, tuple(led(edge.move, name) for name in self._names))
                for edge in self._graph.out[row.id]
                if edge not in over and (self._allow is None or self._allow(edge.move))
            ]
        return self._moves[row.id]

    def _alive(self, name: str) -> bool:
        return self._graph.rows[name].kind != "closed"

    def floor(self, node: Node) -> str:
        """Return the floor of a node."""
        return node[1][0] if node[1] else ""

    def helps(self, node: Node) -> bool:
        """Tell whether help is there on arriving at a node."""
        return self._graph.rows[node[0]].kind in {"hold", "transfer"}

    def says(self, node: Node) -> bool:
        """Tell whether the emergency words are said at a node, so that help is there at their end."""
        row = self._graph.rows[node[0]]
        return tells(row) and (row.id in self._tellers or self.floor(node) == _D0)

    def words(self, node: Node) -> Span:
        """Return how long the words of a node take."""
        return Span(0, self._graph.rows[node[0]].ms)

    def whole(self) -> Span:
        """Return the flow's limits, with the safe words after them."""
        table = self._graph.table
        return Span(table.most_turns, table.most_seconds * 1000, bounded=False)

    def ends(self, node: Node, until: Until) -> bool:
        """Tell whether a walk is at its end at a node."""
        row = self._graph.rows[node[0]]
        match until:
            case "help":
                return self.says(node) or self.helps(node)
            case "words":
                return self.says(node)
            case "begun":
                return row.nine or row.words
            case "dialled":
                return row.words

    def longest(self, starts: Mapping[Node, Span], until: Until = "help") -> Span:
        """Return the longest walk from some nodes to its end.

        Args:
            starts: nodes and what was spent before them.
            until: ``help`` a person, or the emergency words heard to their end; ``words`` those words alone;
                ``begun`` the beginning of words that name key 9 or the emergency number; ``dialled`` the beginning
                of words that name the emergency number.
        """
        nodes, inner = self._reached_from(starts, until)
        heard = until in {"help", "words"}
        reached: dict[Node, Span] = dict(starts)
        best = NONE
        for part in reversed(list(all_components({node: inner.get(node, []) for node in nodes}))):
            came = [reached[node] for node in part if node in reached]
            if not came:
                continue
            spent = came[0]
            for other in came[1:]:
                spent = spent.or_(other)
            node = next(iter(part))
            if node not in inner:
                best = best.or_(spent.then(self.words(node)) if heard and self.says(node) else spent)
                continue
            ring = len(part) > 1 or node in inner[node]
            if ring:
                spent = spent.then(self._ring(part))
            for member in part:
                for way in self.ways[member]:
                    if way.target in part or way.target not in self.ways:
                        continue
                    total = spent.then(way.cost)
                    had = reached.get(way.target)
                    reached[way.target] = total if had is None else had.or_(total)
        whole = self.whole()
        if best.bounded and best.turns <= whole.turns and best.ms <= whole.ms:
            return best
        return whole

    def _reached_from(
        self, starts: Iterable[Node], until: Until
    ) -> tuple[dict[Node, None], dict[Node, list[Node]]]:
        """Return the nodes that walks from some nodes come to, and where those lead that are no end."""
        inner: dict[Node, list[Node]] = {}
        nodes, waiting = dict.fromkeys(starts), list(starts)
        while waiting:
            at = waiting.pop()
            if not self.ends(at, until):
                inner[at] = [way.target for way in self.ways[at] if way.target in self.ways]
                new = [node for node in inner[at] if node not in nodes]
                nodes |= dict.fromkeys(new)
                waiting += new
        return nodes, inner

    def _visited(self, node: Node) -> bool:
        """Tell whether visits to a node are counted."""
        return self._graph.rows[node[0]].kind in {"ask", "number"}

    def _ring(self, part: frozenset[Node]) -> Span:
        """Return a bound for all that a call can do within a ring before it leaves it."""
        visits = self._graph.table.visits
        rows: dict[str, Span] = {}
        passing: dict[Node, list[Way]] = {}
        for node in part:
            passing[node] = []
            for way in self.ways[node]:
                corrects = way.edge.move.outcome.startswith("correct:")  # each needs an answer no before it
                if not self._visited(node) and not corrects:
                    passing[node] += [way] if way.target in part else []
                    continue
                if way.target not in part:
                    continue
                counted = way.edge.move.outcome if corrects else node[0]
                rows[counted] = rows.get(counted, NONE).or_(way.cost)
                if way.target in part and way.edge.move.by == "call":
                    passing[node].append(Way(way.target, way.edge, NONE))
        targets = {node: [way.target for way in ways] for node, ways in passing.items()}
        if next(components(targets), None) is not None:
            return Span(0, 0, bounded=False)
        chain: dict[Node, Span] = {}
        for found in all_components(targets):
            node = next(iter(found))
            chain[node] = NONE
            for way in passing[node]:
                chain[node] = chain[node].or_(way.cost.then(chain[way.target]))
        between = NONE
        for one in chain.values():
            between = between.or_(one)
        times = visits * len(rows) + 1
        asked = Span(sum(one.turns for one in rows.values()), sum(one.ms for one in rows.values()))
        return Span(
            visits * asked.turns + times * between.turns,
            visits * asked.ms + times * between.ms,
        )
