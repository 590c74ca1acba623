"""Twenty thousand random calls through accepted flows: none takes longer than its table and the proof say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from scripts.figures import Figure

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.flow.proof.prove import prove
from nightbell.speech.orphan import die_with_parent
from nightbell.testing.generated import random_flow
from nightbell.testing.timed import Measurer

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 3.0
CALLS: Final = 20_000
_GENERATED: Final = 39
_ROSEWOOD: Final = Path(__file__).resolve().parents[2] / "flows" / "rosewood"


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Call on every core; the same calls on every run."""
    began = time.monotonic()
    each = CALLS // (_GENERATED + 1)
    accepted = [seed for seed in range(10 * _GENERATED) if _proved(random_flow(seed))][:_GENERATED]
    say(f"rosewood and {len(accepted)} generated flows are proved; {each} calls through each")
    calls = over = late = open_ = 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=die_with_parent, initargs=(os.getpid(),)) as pool:
        for made, above, slow, unclosed in pool.map(_look, [(None, each), *((seed, each) for seed in accepted)]):
            calls, over, late, open_ = calls + made, over + above, late + slow, open_ + unclosed
    return [
        Figure("random calls", calls, at_least=CALLS),
        Figure("moves longer than the table's", over, at_most=0),
        Figure("calls beyond the proved bounds", late, at_most=0),
        Figure("calls without an end", open_, at_most=0),
        Figure("all of them", time.monotonic() - began, "s", peer=f"{os.cpu_count()} cores"),
    ]


def _proved(flow: Flow) -> bool:
    return prove(table_of(compile_flow(flow))).proved


def _look(part: tuple[int | None, int]) -> tuple[int, int, int, int]:
    """Return calls, moves that were too long, calls beyond a bound, and calls that did not end."""
    seed, calls = part
    flow = load_flow(_ROSEWOOD) if seed is None else random_flow(seed)
    table = table_of(compile_flow(flow))
    worst = prove(table).worst
    measurer = Measurer(flow, table)
    made = [measurer.call(number) for number in range(calls)]
    late = sum(worst is None or each.exceeds(worst) for each in made)
    return len(made), sum(len(each.over) for each in made), late, sum(not each.closed for each in made)
