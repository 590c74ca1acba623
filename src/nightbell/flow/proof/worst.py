"""Worst: how long it takes at most, in caller turns and seconds, until a person or the emergency words are there.

Longest walks over the states that calls come to, as rows with the floor and, where the flow is small, whatever
else only grows. Where nothing leads back it is exact. In a ring every row that asks counts ``visits`` times, with
the longest way to the next, which is never too little. A caller who stays where he is - has everything said
again, takes a key that changes nothing - is not counted; the flow's limits end that, and a ring of such a
caller's doing takes them as bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from nightbell.flow.proof.components import all_components, components
from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.monitor import Monitor, pages, tells
from nightbell.flow.proof.span import NONE, Span, Worst
from nightbell.flow.proof.table import FLOOR, Change, Move, Row
from nightbell.terms.disposition import Disposition

__all__ = ["QUIET", "find_worst"]

_MOST_NODES: Final = 6_000
"""Beyond this the longest walks keep rows and floors apart, and nothing else."""
_D0: Final = Disposition.D0.value
_RED: Final = frozenset(each.value for each in (Disposition.D0, Disposition.D1, Disposition.DM))
"""Floors of red flags; DU is what was not understood, and its page is out at once too."""
_TAKEN: Final = frozenset({"acknowledged", "answered"})
"""Outcomes by which a person has the call."""
QUIET: Final = frozenset({"silence", "garbage", "failure", "call", "world"})
"""Who brings a move about where the caller says nothing that can be understood."""


_Node = tuple[str, tuple[str, ...]]
Until = Literal["help", "words", "begun", "dialled"]


@dataclass(frozen=True, slots=True)
class _Way:
    target: _Node
    edge: Edge
    cost: Span


class _Walks:
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
        self.ways: dict[_Node, list[_Way]] = {}
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

    def _leaving(self, row: Row, values: tuple[str, ...], bits: int) -> Iterable[_Way]:
        longest: dict[_Node, _Way] = {}
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
            longest[target] = _Way(target, edge, cost)
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
                (edge, tuple(_led(edge.move, name) for name in self._names))
                for edge in self._graph.out[row.id]
                if edge not in over and (self._allow is None or self._allow(edge.move))
            ]
        return self._moves[row.id]

    def _alive(self, name: str) -> bool:
        return self._graph.rows[name].kind != "closed"

    def floor(self, node: _Node) -> str:
        """Return the floor of a node."""
        return node[1][0] if node[1] else ""

    def helps(self, node: _Node) -> bool:
        """Tell whether help is there on arriving at a node."""
        return self._graph.rows[node[0]].kind in {"hold", "transfer"}

    def says(self, node: _Node) -> bool:
        """Tell whether the emergency words are said at a node, so that help is there at their end."""
        row = self._graph.rows[node[0]]
        return tells(row) and (row.id in self._tellers or self.floor(node) == _D0)

    def words(self, node: _Node) -> Span:
        """Return how long the words of a node take."""
        return Span(0, self._graph.rows[node[0]].ms)

    def whole(self) -> Span:
        """Return the flow's limits, with the safe words after them."""
        table = self._graph.table
        return Span(table.most_turns, table.most_seconds * 1000, bounded=False)

    def ends(self, node: _Node, until: Until) -> bool:
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

    def longest(self, starts: Mapping[_Node, Span], until: Until = "help") -> Span:
        """Return the longest walk from some nodes to its end.

        Args:
            starts: nodes and what was spent before them.
            until: ``help`` a person, or the emergency words heard to their end; ``words`` those words alone;
                ``begun`` the beginning of words that name key 9 or the emergency number; ``dialled`` the beginning
                of words that name the emergency number.
        """
        nodes, inner = self._led(starts, until)
        heard = until in {"help", "words"}
        reached: dict[_Node, Span] = dict(starts)
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

    def _led(self, starts: Iterable[_Node], until: Until) -> tuple[dict[_Node, None], dict[_Node, list[_Node]]]:
        """Return the nodes that walks from some nodes come to, and where those lead that are no end."""
        inner: dict[_Node, list[_Node]] = {}
        nodes, waiting = dict.fromkeys(starts), list(starts)
        while waiting:
            at = waiting.pop()
            if not self.ends(at, until):
                inner[at] = [way.target for way in self.ways[at] if way.target in self.ways]
                new = [node for node in inner[at] if node not in nodes]
                nodes |= dict.fromkeys(new)
                waiting += new
        return nodes, inner

    def _visited(self, node: _Node) -> bool:
        """Tell whether visits to a node are counted."""
        return self._graph.rows[node[0]].kind in {"ask", "number"}

    def _ring(self, part: frozenset[_Node]) -> Span:
        """Return a bound for all that a call can do within a ring before it leaves it."""
        visits = self._graph.table.visits
        rows: dict[str, Span] = {}
        passing: dict[_Node, list[_Way]] = {}
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
                    passing[node].append(_Way(way.target, way.edge, NONE))
        targets = {node: [way.target for way in ways] for node, ways in passing.items()}
        if next(components(targets), None) is not None:
            return Span(0, 0, bounded=False)
        chain: dict[_Node, Span] = {}
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


def find_worst(graph: Graph, reached: Mapping[str, int], quiet: Mapping[str, int]) -> Worst:
    """Return the longest that calls can take.

    Args:
        graph: the flow.
        reached: where calls come to.
        quiet: where calls come to in which nothing is understood.
    """
    growing = _growing(graph)
    names = _kept(graph, reached, growing)
    walks = _Walks(graph, reached, names)
    begins = {node: NONE for node in walks.ways if node[0] == graph.start}
    flagged: dict[_Node, Span] = {}
    urgent: dict[_Node, Edge] = {}
    flags: dict[_Node, Edge] = {}
    for node, ways in walks.ways.items():
        for way in ways:
            if way.target not in walks.ways:
                continue
            before, after = walks.floor(node), walks.floor(way.target)
            if pages(after) and after != before:
                flagged[way.target] = NONE
                if after in _RED and not node[0].startswith("~nine"):  # there the words were said already
                    flags.setdefault(way.target, way.edge)
            if (after == _D0 and before != _D0) or way.edge.move.outcome == "nine":
                urgent.setdefault(way.target, way.edge)
    urgent = {
        node: edge
        for node, edge in sorted(urgent.items(), key=lambda pair: not graph.rows[pair[1].source].asks)
        if walks.says(node) or not edge.source.startswith("~nine")  # the words were said before the 9 was meant
    }
    to_words, slowest = _longest_of(walks, urgent, "words")
    fewer = _kept(graph, quiet, growing)  # of fewer rows more can be kept apart
    silent = _Walks(graph, quiet, fewer, lambda move: move.by in QUIET, (graph.start,))
    waits = {node[0] for node in flags}
    alone = _Walks(graph, reached, names, lambda move: move.by in QUIET and move.outcome not in _TAKEN, waits)
    begun, latest = _longest_of(walks, flags, "begun")
    dialled, loneliest = _longest_of(alone, flags, "dialled")
    return Worst(
        to_page=_to_page(graph),
        to_begin=begun,
        unanswered=dialled,
        latest=latest,
        loneliest=loneliest,
        to_help=walks.longest(begins),
        unheard=silent.longest({node: NONE for node in silent.ways if node[0] == graph.start}),
        from_flag=walks.longest(flagged),
        to_words=to_words,
        whole=walks.whole(),
        slowest=slowest,
    )


def _longest_of(walks: _Walks, flags: Mapping[_Node, Edge], until: Until) -> tuple[Span, Edge | None]:
    """Return the longest walk from any of some moves, and one from which it takes so long."""
    nodes = [node for node in flags if node in walks.ways]
    if not nodes:
        return NONE, None
    longest = walks.longest(dict.fromkeys(nodes, NONE), until)
    while len(nodes) > 1:  # the longest of all is that of one half
        half = nodes[: len(nodes) // 2]
        took = walks.longest(dict.fromkeys(half, NONE), until)
        nodes = half if took.ms >= longest.ms else nodes[len(half) :]
    return longest, flags[nodes[0]]


def _to_page(graph: Graph) -> Span:
    """Return how long key 9 is held for who pressed it by mistake; nothing where it cannot be taken back."""
    offer = graph.rows.get("~nine.offer")
    if offer is None or "~nine" not in graph.rows:
        return NONE
    waits = [move.ms for move in offer.moves if move.outcome == "exhausted" and move.by == "silence"]
    return Span(0, graph.rows["~nine"].ms + max(waits, default=0))


def _led(move: Move, name: str) -> Mapping[str, str]:
    """Return what a move does to a variable."""
    return next((dict(change.to) for change in move.changes if change.variable == name), {})


def _kept(graph: Graph, reached: Mapping[str, int], growing: Iterable[str]) -> tuple[str, ...]:
    """Return the floor and what else only ever grows, as far as the walks stay small."""
    names = [FLOOR]
    nodes = sum(1 for bits in reached.values() if bits) * graph.space.axes[FLOOR].size
    for name in growing:
        size = graph.space.axes[name].size
        if nodes * size <= _MOST_NODES:
            names.append(name)
            nodes *= size
    return tuple(names)


def _growing(graph: Graph) -> tuple[str, ...]:
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
