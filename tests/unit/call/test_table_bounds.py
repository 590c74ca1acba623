"""No call takes longer than the table says of each of its moves, or than the proof says of the whole."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.flow.proof.prove import prove
from nightbell.testing.generated import random_flow
from nightbell.testing.timed import Measurer

ROSEWOOD = Path(__file__).resolve().parents[3] / "flows" / "rosewood"
CALLS = 200
"""Through each of ten flows; scripts/soak bounds makes twenty thousand."""


@functools.cache
def flows() -> dict[str, Flow]:
    sound = [seed for seed in range(60) if seed % 5 in {0, 1}]
    proved = [seed for seed in sound if prove(table_of(compile_flow(random_flow(seed)))).proved][:9]
    return {"rosewood": load_flow(ROSEWOOD)} | {str(seed): random_flow(seed) for seed in proved}


@pytest.mark.parametrize("name", flows())
def test_no_call_exceeds_what_is_proved(name: str) -> None:
    flow = flows()[name]
    table = table_of(compile_flow(flow))
    worst = prove(table).worst
    assert worst is not None
    measurer = Measurer(flow, table)
    made = [measurer.call(seed) for seed in range(CALLS)]

    assert [each.over for each in made if each.over] == []
    assert [each for each in made if each.exceeds(worst)] == []
    assert all(each.closed for each in made)
    assert any(each.help_ms > 0 for each in made)


def test_a_bound_that_is_too_small_is_seen() -> None:
    """The measure can fail: halve what every move may take."""
    flow = random_flow(0)
    table = table_of(compile_flow(flow))
    rows = {
        name: replace(row, moves=tuple(replace(move, ms=move.ms // 3) for move in row.moves))
        for name, row in table.rows.items()
    }
    measurer = Measurer(flow, replace(table, rows=rows))
    assert any(measurer.call(seed).over for seed in range(50))
