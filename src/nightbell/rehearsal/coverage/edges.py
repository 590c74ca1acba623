"""Edges: every way on that some call can take, and what it takes to have shown it. Exact: the proof's own table.

What holds everywhere - a universal, key 9, a person, a correction - is one edge, wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from nightbell.call.compile import compile_flow
from nightbell.call.proving import table_for
from nightbell.flow.proof.graph import Graph, build
from nightbell.flow.proof.monitor import pages
from nightbell.flow.proof.pointing import path_of
from nightbell.flow.proof.search import Budget, Limits, reach
from nightbell.flow.proof.table import FLOOR, LOOKED_UP

if TYPE_CHECKING:
    from nightbell.document.diagnostic import Place
    from nightbell.flow.load import Loaded
    from nightbell.flow.proof.graph import Edge as ProofEdge
    from nightbell.flow.proof.table import Move

__all__ = ["Edge", "Edges", "Key", "key_of"]

Key: TypeAlias = tuple[str, str]
"""Step and outcome; the step is "" for what holds everywhere."""

_EVERYWHERE: Final = frozenset({"nine", "emergency", "person", "silent", "restart", "unheard", "hangup", "fail"})
_ANYWHERE: Final = ("universal:", "correct:")
_SPOKEN: Final = ("answer:", "universal:", "correct:", "got", "recorded")
_NOBODY: Final = frozenset({LOOKED_UP, "restart", "fail", "asr_error"})
"""Outcomes that no caller and no answer of the world brings about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way on."""

    key: Key
    state: str
    question: str
    place: Place
    spoken: bool
    """It is taken by words; a key shows the key and not the ear."""
    red_flag: bool
    """It is words that raise the floor so far that somebody is paged."""

    @property
    def name(self) -> str:
        """STATE, STATE.QUESTION or "anywhere", and the outcome."""
        where = ".".join(filter(None, (self.state, self.question))) if self.key[0] else "anywhere"
        return f"{where} {self.key[1]}"


class Edges:
    """The edges of a flow, and the graph that they are taken from."""

    def __init__(self, loaded: Loaded) -> None:
        """Work them out; a second for the largest clinic."""
        flow = loaded.flow
        plan = compile_flow(flow)
        self.graph: Graph = build(table_for(flow))
        self.reached: Mapping[str, int] = reach(self.graph, Budget(Limits().most_work))
        self.moves: dict[Key, list[ProofEdge]] = {}
        """How each can be taken."""
        self.all: dict[Key, Edge] = {}
        for name, row in self.graph.rows.items():
            for edge in self.graph.out[name]:
                outcome = edge.move.outcome
                if outcome not in plan.edges.get(name, {}) or outcome in _NOBODY:
                    continue  # what only the proof tells apart, such as words that are said again
                if not self.reached[name] & edge.enabled:
                    continue
                key = key_of(name, outcome)
                self.moves.setdefault(key, []).append(edge)
                if key not in self.all:
                    self.all[key] = Edge(
                        key=key,
                        state=row.state,
                        question=row.question,
                        place=loaded.places.of(*path_of(flow, row, outcome)),
                        spoken=outcome.startswith(_SPOKEN),
                        red_flag=outcome.startswith(_SPOKEN) and _flags(edge.move),
                    )

    @property
    def states(self) -> frozenset[str]:
        """Every state that some call comes to."""
        return frozenset(row.state for name, row in self.graph.rows.items() if row.state and self.reached[name])


def key_of(step: str, outcome: str) -> Key:
    """Return the edge that a move goes over."""
    everywhere = outcome in _EVERYWHERE or outcome.startswith(_ANYWHERE)
    return ("" if everywhere else step, outcome)


def _flags(move: Move) -> bool:
    def raised(changes: Iterable[tuple[str, str]]) -> bool:
        return any(pages(after) and not pages(before) for before, after in changes)

    return any(change.variable == FLOOR and raised(change.to) for change in move.changes)
