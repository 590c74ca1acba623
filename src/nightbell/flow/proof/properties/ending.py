"""Property f: every call ends, and with exactly one disposition.

A call left to itself - nobody answers, nothing breaks - must not go round for ever. A row that asks is passed as
exhausted once it was arrived at ``visits`` times, so a ring is endless where its rows that ask are left by their
exhausted or skip moves only and all others by what the call, silence or the world does; a counter that a branch
reads can end it, so the ring is looked for among states, not rows. A caller who keeps pressing keys is ended by
the flow's limits. A call is closed by its end, by a hang-up or by the safe words, and by nothing else. Rule 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.proof.components import components
from nightbell.flow.proof.evidence import Evidence, Property, Wrong, goes_on_alone, place_of
from nightbell.flow.proof.graph import Edge, Graph
from nightbell.flow.proof.table import LOOKED_UP, Move, Row

__all__ = ["PROPERTY", "passes"]

_PASSED: Final = frozenset(
    {"exhausted", "skip", "noinput", "nomatch", "low_confidence", "dtmf_invalid", "max_speech"}
)
"""How a row that asks is left without an answer."""


def passes(row: Row, move: Move) -> bool:
    """Tell whether a move can be made again and again though nobody answers."""
    if move.outcome == LOOKED_UP:
        return False  # what is known only grows, so no ring goes on by it
    if row.kind in {"ask", "number"}:
        often = move.outcome == "exhausted"  # whoever came round to it so often, then nobody is asked any more
        return move.outcome.partition(":")[0] in _PASSED and (often or move.by in {"call", "silence", "garbage"})
    if row.kind == "message":
        return move.by in {"call", "silence", "world"}
    if row.kind in {"world", "transfer"} and move.by == "failure":
        return move.outcome not in {"fail", "asr_error"}  # what the world did not do once it may never do
    return goes_on_alone(move)


def _find(evidence: Evidence) -> Iterator[Wrong]:
    yield from _rings(evidence)
    yield from _closings(evidence)


def _closings(evidence: Evidence) -> Iterator[Wrong]:
    for row in evidence.rows:
        if row.kind == "finish":
            continue
        for edge in evidence.graph.out[row.id]:
            closes = evidence.graph.rows[edge.target].kind == "closed" and edge.move.by not in {
                "hangup",
                "failure",
            }
            if closes and evidence.reached[row.id] & edge.enabled:
                yield Wrong(
                    row=row.id,
                    message=f"the call is over at {place_of(row)} without an end",
                    hint="lead every way to a state of kind end: it gives the call its disposition",
                    places={row.id: evidence.reached[row.id] & edge.enabled},
                    last=edge,
                )


def _rings(evidence: Evidence) -> Iterator[Wrong]:
    graph = evidence.graph
    led = {
        name: [edge for edge in graph.out[name] if passes(row, edge.move)]
        for name, row in graph.rows.items()
        if evidence.reached[name]
    }
    for ring in components({name: [edge.target for edge in edges] for name, edges in led.items()}):
        endless = _endless(
            graph, {name: [edge for edge in led[name] if edge.target in ring] for name in ring}, evidence
        )
        if not endless:
            continue
        named = ", ".join(dict.fromkeys(place_of(row) for name, row in graph.rows.items() if name in endless))
        yield Wrong(
            row=next(name for name in graph.rows if name in endless),
            message=f"a call can go round for ever: {named}",
            hint="lead one of these states out of the ring when nothing comes, or end it with a counter",
            places=endless,
            round=lambda row, bit, led=led, endless=endless: _once_round(graph, led, endless, row, bit),  # type: ignore[misc]
        )


def _endless(graph: Graph, led: dict[str, list[Edge]], evidence: Evidence) -> dict[str, int]:
    """Return the states of a ring of rows from which a call can stay in it for ever: the greatest fixed point."""
    kept = {name: evidence.reached[name] for name in led}
    into: dict[str, set[str]] = {name: set() for name in led}
    for name, edges in led.items():
        for edge in edges:
            into[edge.target].add(name)
    fewer: set[str] = set()
    waiting = set(led)
    while waiting:
        name = waiting.pop()
        leave = kept[name]
        for edge in sorted(led[name], key=lambda edge: edge.target in fewer):
            if not leave:
                break
            if edge.target in fewer:
                leave &= ~graph.before_among(edge, kept[edge.target], leave)
            else:  # every move leads to where calls come to, and of those all are kept still
                leave &= ~edge.enabled
        if leave:
            kept[name] &= ~leave
            fewer.add(name)
            waiting |= into[name]
    return {name: bits for name, bits in kept.items() if bits}


def _once_round(
    graph: Graph, led: dict[str, list[Edge]], endless: dict[str, int], row: str, bit: int
) -> tuple[tuple[str, Move], ...]:
    """Return the moves from a state of a ring until it comes to a state for the second time."""
    seen: set[tuple[str, int]] = set()
    moves: list[tuple[str, Move]] = []
    while (row, bit) not in seen:
        seen.add((row, bit))
        for edge in led[row]:
            after = graph.arrive(edge.target, edge.image(bit)) & endless.get(edge.target, 0)
            if after:
                moves.append((row, edge.move))
                row, bit = edge.target, after & -after
                break
    return tuple(moves)


PROPERTY = Property(
    letter="f",
    code="NB405",
    about=Code(
        "A call that does not end",
        "If the caller says nothing more, every call must still come to an end of its own, with one "
        "disposition. Here some states lead to each other in a ring that silence never leaves: the caller "
        "would hear the same words until the call is cut off by its limits. The call below goes round once.",
    ),
    find=_find,
)
