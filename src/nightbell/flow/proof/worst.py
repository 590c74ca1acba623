"""Worst: how long it takes at most, in caller turns and seconds, until a person or the emergency words are there.

Longest walks over the states that calls come to, as rows with the floor and, where the flow is small, whatever
else only grows. Where nothing leads back it is exact. In a ring every row that asks counts ``visits`` times, with
the longest way to the next, which is never too little. A caller who stays where he is - has everything said
again, takes a key that changes nothing - is not counted; the flow's limits end that, and a ring of such a
caller's doing takes them as bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.growing import growing_of, kept
from nightbell.flow.proof.monitor import pages
from nightbell.flow.proof.span import NONE, Span, Worst
from nightbell.flow.proof.walks import Node, Until, Walks
from nightbell.terms.disposition import Disposition

__all__ = ["QUIET", "find_worst"]

_D0: Final = Disposition.D0.value
_RED: Final = frozenset(each.value for each in (Disposition.D0, Disposition.D1, Disposition.DM))
"""Floors of red flags; DU is what was not understood, and its page is out at once too."""
_TAKEN: Final = frozenset({"acknowledged", "answered"})
"""Outcomes by which a person has the call."""
QUIET: Final = frozenset({"silence", "garbage", "failure", "call", "world"})
"""Who brings a move about where the caller says nothing that can be understood."""


def find_worst(graph: Graph, reached: Mapping[str, int], quiet: Mapping[str, int]) -> Worst:
    """Return the longest that calls can take.

    Args:
        graph: the flow.
        reached: where calls come to.
        quiet: where calls come to in which nothing is understood.
    """
    growing = growing_of(graph)
    names = kept(graph, reached, growing)
    walks = Walks(graph, reached, names)
    begins = {node: NONE for node in walks.ways if node[0] == graph.start}
    flagged: dict[Node, Span] = {}
    urgent: dict[Node, Edge] = {}
    flags: dict[Node, Edge] = {}
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
    fewer = kept(graph, quiet, growing)  # of fewer rows more can be kept apart
    silent = Walks(graph, quiet, fewer, lambda move: move.by in QUIET, (graph.start,))
    waits = {node[0] for node in flags}
    alone = Walks(graph, reached, names, lambda move: move.by in QUIET and move.outcome not in _TAKEN, waits)
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


def _longest_of(walks: Walks, flags: Mapping[Node, Edge], until: Until) -> tuple[Span, Edge | None]:
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
