"""The shared machine: the moves of transitions' own, without what else it does on the way."""

from __future__ import annotations

import pytest
from transitions import Machine

from nightbell.call.compile import compile_flow
from nightbell.call.machine import Cursor, build_machine, edges_of
from nightbell.errors import SessionError
from nightbell.testing.whole import whole_flow


def test_every_edge_leads_where_an_ordinary_machine_of_transitions_leads() -> None:
    plan = compile_flow(whole_flow())
    edges = {name: dict(outcomes) for name, outcomes in plan.edges.items()}
    shared = build_machine(edges, "opening")
    ordinary = Machine(model=None, states=list(edges), initial="opening", auto_transitions=False)
    for source, outcomes in edges.items():
        for outcome, target in outcomes.items():
            ordinary.add_transition(outcome, source, target)

    moves = 0
    for source, outcomes in edges.items():
        for outcome in outcomes:
            ours, theirs = Cursor(source), Cursor(source)
            shared.fire(ours, outcome)
            ordinary.events[outcome].trigger(theirs)
            assert ours == theirs
            moves += 1
    assert moves > 200
    assert edges_of(shared) == {name: outcomes for name, outcomes in edges.items() if outcomes}


@pytest.mark.parametrize(
    ("step", "outcome"), [("opening", "answer:yes"), ("opening", "no such"), ("~closed", "said")]
)
def test_an_outcome_that_a_step_has_not_is_refused_and_moves_nothing(step: str, outcome: str) -> None:
    cursor = Cursor(step)
    with pytest.raises(SessionError, match="has no outcome"):
        compile_flow(whole_flow()).fire(cursor, outcome)

    assert cursor.state == step
