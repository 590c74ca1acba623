"""Search: every state that some call can come to, exactly, and the shortest walk to the ones that are wrong.

Two passes. Where calls can come to is found row by row, in an order in which most rows are done once. Only where
something is wrong is it searched again in layers, a move at a time, so that a shortest walk can be read back. Both
are bounded: by states before they begin, and by work while they run. It judges nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, TypeVar

from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.space import undo
from nightbell.flow.proof.table import Move

__all__ = ["Budget", "Exhausted", "Limits", "Walk", "order_of", "reach", "walks"]

_PACKED_BITS: Final = 32_768
"""Sets wider than this are kept packed: most of their bits are alike."""
_WORD: Final = 64
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a proof goes before it says that a flow is too large."""

    most_states: int = 1_500_000_000
    """Rows times what is remembered in each; one bit each, twice."""
    most_valuations: int = 20_000_000
    """Combinations of all that is remembered anywhere; one bit for each value of each variable."""
    most_work: int = 60_000_000_000
    """Words of 64 states looked at; a minute or so on one core of 2024."""


class Exhausted(Exception):
    """The search has done its most work; caught by ``prove``, never shown."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A call: what is so when it begins, and the moves of it with the row that each is made in."""

    begins: Mapping[str, str]
    moves: tuple[tuple[str, Move], ...]
    row: str
    """Where it leads."""
    values: Mapping[str, str]
    """What is so then; a variable that nothing reads any more has its first value."""


class Budget:
    """Counts work."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self, edge: Edge, bits: int) -> None:
        """Count one use of an edge. Raises Exhausted."""
        self._left -= (bits.bit_length() // _WORD + 1) * edge.work
        if self._left < 0:
            raise Exhausted


def order_of(graph: Graph) -> Mapping[str, int]:
    """Return the rows in reverse postorder from the start: a row mostly stands after those that lead to it."""
    seen = {graph.start}
    done: list[str] = []
    stack = [(graph.start, iter(graph.bundles[graph.start]))]
    while stack:
        name, edges = stack[-1]
        following = next((edge.target for edge in edges if edge.target not in seen), None)
        if following is None:
            done.append(name)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(graph.bundles[following])))
    return {name: number for number, name in enumerate(reversed(done))}


def reach(graph: Graph, budget: Budget, allow: Callable[[Edge], bool] | None = None) -> dict[str, int]:
    """Return the valuations in which a call can stand in each row.

    Args:
        graph: the flow.
        budget: what the search may do.
        allow: moves that are made; all when left out.
    """
    order = order_of(graph)
    names = sorted(order, key=order.__getitem__)
    reached = dict.fromkeys(graph.rows, 0)
    pending = {graph.start: graph.space.beginnings()}
    heap = [order[graph.start]]
    while heap:
        name = names[heappop(heap)]
        bits = graph.arrive(name, pending.pop(name)) & ~reached[name]
        if not bits:
            continue
        reached[name] |= bits
        edges = graph.bundles[name] if allow is None else graph.out[name]
        known: dict[tuple[int, ...], int] = {}
        for edge in edges:
            if allow is not None and not allow(edge):
                continue
            budget.spend(edge, bits)
            image = edge.image(bits, known)
            if not image:
                continue
            if edge.target in pending:
                pending[edge.target] |= image
            else:
                pending[edge.target] = image
                heappush(heap, order[edge.target])
    return reached


def walks(
    graph: Graph,
    wanted: Mapping[Key, Mapping[str, int]],
    budget: Budget,
    allow: Callable[[Edge], bool] | None = None,
) -> dict[Key, Walk]:
    """Return a shortest walk to each wanted set of states, as far as the budget goes.

    Args:
        graph: the flow.
        wanted: a name for each, with its rows and their valuations; a walk to one of them will do.
        budget: what the search may do; what is not found when it is spent is left out.
        allow: moves that are made; all when left out.
    """
    missing = dict(wanted)
    found: dict[Key, Walk] = {}
    seen: dict[str, int] = {}
    layers: list[dict[str, bytes | int]] = []
    front = {graph.start: graph.arrive(graph.start, graph.space.beginnings())}
    try:
        while front and missing:
            layers.append({name: _packed(bits) for name, bits in front.items()})
            for key, places in list(missing.items()):
                hits = ((row, front.get(row, 0) & bits) for row, bits in places.items())
                hit = next(((row, bits) for row, bits in hits if bits), None)
                if hit is not None:
                    found[key] = _read_back(graph, layers, hit[0], hit[1] & -hit[1], allow)
                    del missing[key]
            for name, bits in front.items():
                seen[name] = seen.get(name, 0) | bits
            front = _next(graph, front, seen, budget, allow)
    except Exhausted:
        return found
    return found


def _next(
    graph: Graph,
    front: Mapping[str, int],
    seen: Mapping[str, int],
    budget: Budget,
    allow: Callable[[Edge], bool] | None,
) -> dict[str, int]:
    images: dict[str, int] = {}
    for name, bits in front.items():
        for edge in graph.bundles[name] if allow is None else graph.out[name]:
            if allow is None or allow(edge):
                budget.spend(edge, bits)
                images[edge.target] = images.get(edge.target, 0) | edge.image(bits)
    fresh = {name: graph.arrive(name, bits) & ~seen.get(name, 0) for name, bits in images.items()}
    return {name: bits for name, bits in fresh.items() if bits}


def _packed(bits: int) -> bytes | int:
    if bits.bit_length() < _PACKED_BITS:
        return bits
    return zlib.compress(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), 1)


def _unpacked(kept: bytes | int) -> int:
    return kept if isinstance(kept, int) else int.from_bytes(zlib.decompress(kept), "little")


def _read_back(
    graph: Graph,
    layers: list[dict[str, bytes | int]],
    row: str,
    bit: int,
    allow: Callable[[Edge], bool] | None,
) -> Walk:
    end, values = row, graph.space.values_of(bit.bit_length() - 1)
    moves: list[tuple[str, Move]] = []
    for layer in reversed(layers[:-1]):
        edge, bit = _came_by(graph, layer, row, bit, allow)
        moves.append((edge.source, edge.move))
        row = edge.source
    return Walk(graph.space.values_of(_begin(graph, bit)), tuple(reversed(moves)), end, values)


def _begin(graph: Graph, bit: int) -> int:
    """Return the number of a valuation that a call can begin with and that the start keeps as this one."""
    for step in reversed(graph.forgets[graph.start]):
        bit = undo(step, bit)
    bit &= graph.space.beginnings()
    return (bit & -bit).bit_length() - 1


def _came_by(
    graph: Graph,
    layer: Mapping[str, bytes | int],
    row: str,
    bit: int,
    allow: Callable[[Edge], bool] | None,
) -> tuple[Edge, int]:
    """Return a move of the layer before that leads to a state, the plainest to play, and where it was made."""
    best: tuple[int, Edge, int] | None = None
    for edge in graph.into[row]:
        if edge.source not in layer or (allow is not None and not allow(edge)):
            continue
        before = graph.before(edge, bit) & _unpacked(layer[edge.source])
        rank = _effort(edge.move)
        if before and (best is None or rank < best[0]):
            best = (rank, edge, before & -before)
    assert best is not None, "a state of a layer has a move into it from the layer before"
    return best[1], best[2]


def _effort(move: Move) -> int:
    """Rank moves of one length: what a person does on purpose with the fewest keys or words first."""
    order = ("press", "wait", "words", "silence", "world", "hang_up", "ears_fail", "unsure", "too_long", "again")
    ranks = {what: rank for rank, what in enumerate(order)}
    return sum(ranks[do.what] + 4 * (do.times - 1) for do in move.do)
