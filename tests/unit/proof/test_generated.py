from __future__ import annotations

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.flow.proof.prove import prove
from nightbell.testing.generated import random_flow
from nightbell.testing.large import large_flow


def test_a_large_flow_is_sound_and_every_counter_is_read() -> None:
    flow = large_flow(states=120, counters=3)
    table = table_of(compile_flow(flow))
    assert len(flow.states) == 120
    assert {each.name for each in table.variables} >= {"count:c0", "count:c1", "count:c2"}
    assert prove(table).proved


def test_a_seed_gives_the_same_flow_again() -> None:
    assert random_flow(7) == random_flow(7)
    assert random_flow(7) != random_flow(8)
