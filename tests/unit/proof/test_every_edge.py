"""Deleting any single safety edge of a small line is caught: every one of them.

The clinics' own lines have thousands; what a deletion does there is what it does here.

A safety edge is an outcome of a row that some call can take, with all moves that bring it about, by this rule:

1. ``nine`` and every red flag, in every row that a call can stand in;
2. ``answer:yes`` of every question of a screen and of every question that clears a booking;
3. what leads on from a row that asks when nobody answers;
4. every case of a branch, and of a screen's end, that reads or sets the floor, and its ``otherwise``;
5. ``said`` of every row that says the emergency words;
6. ``acknowledged``, ``exhausted`` and the outcomes of a transfer: how a wait for a person ends;
7. ``mistake``'s end: what follows when a 9 is not taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nightbell.call.proving import table_for
from nightbell.flow.load import load_flow
from nightbell.flow.proof.evidence import Evidence
from nightbell.flow.proof.graph import build, without
from nightbell.flow.proof.monitor import tells
from nightbell.flow.proof.properties import PROPERTIES
from nightbell.flow.proof.prove import search
from nightbell.flow.proof.search import Limits
from nightbell.flow.proof.table import CLEARED, FLOOR, Row, Table

LAKESIDE = Path(__file__).parents[2] / "flows" / "lakeside"
UNANSWERED = ("exhausted", "restart", "silent")
WAITED = ("answered", "busy", "no_answer", "failed")


def safety_edges(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for row in evidence.rows:
        taken = {
            edge.move.outcome for edge in evidence.graph.out[row.id] if evidence.reached[row.id] & edge.enabled
        }
        for outcome in sorted(taken):
            if is_safety_edge(evidence.graph.table, row, outcome):
                yield row.id, outcome


def is_safety_edge(table: Table, row: Row, outcome: str) -> bool:
    moves = [move for move in row.moves if move.outcome == outcome]
    if row.kind != "decide" and (outcome == "nine" or outcome in table.red_flags):
        return True
    if outcome == "answer:yes":
        return row.screen or any(
            after == "gate"
            for move in row.moves
            for change in move.changes
            if change.variable == CLEARED
            for _, after in change.to
        )
    if row.asks:
        return outcome.partition(":")[0] in UNANSWERED and any(move.by == "silence" for move in moves)
    if row.kind == "decide":
        of_floor = [test for move in row.moves for test in move.tests if test.variable == FLOOR]
        sets = any(change.variable == FLOOR for move in row.moves for change in move.changes)
        return bool(of_floor) or sets
    if row.kind == "hold":
        return outcome in {"acknowledged", "exhausted"}
    if row.kind == "transfer":
        return outcome in WAITED
    return outcome == "said" and tells(row)


@pytest.mark.slow
@pytest.mark.timeout(600)  # some 600 proofs of a fifth of a second each, and a loaded machine
def test_every_safety_edge_is_needed() -> None:
    table = table_for(load_flow(LAKESIDE))
    graph = build(table)
    whole = search(graph, Limits())
    assert not [wrong for held in PROPERTIES for wrong in held.find(whole)]
    edges = list(safety_edges(whole))
    assert len(edges) > 500
    kept = []
    for row, outcome in edges:
        evidence = search(without(graph, row, outcome), Limits(), whole.worst)
        if not any(True for held in PROPERTIES for _ in held.find(evidence)):
            kept.append((row, outcome))
    assert kept == [], f"{len(kept)} of {len(edges)} deletions are not caught"
