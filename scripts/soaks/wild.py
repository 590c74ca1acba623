"""Thirty thousand wild calls: whatever comes, at whatever moment, what is true of every call stays true."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from scripts.figures import Figure

from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, Limits
from nightbell.speech.orphan import die_with_parent
from nightbell.testing.flows import changed, small_flow
from nightbell.testing.generated import random_flow
from nightbell.testing.whole import whole_flow
from nightbell.testing.wild import wild_call

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 3.0
CALLS: Final = 30_000
_GENERATED: Final = 60
_ROSEWOOD: Final = Path(__file__).resolve().parents[2] / "flows" / "rosewood"


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Call on every core; the same calls on every run."""
    began = time.monotonic()
    parts = range(4 + _GENERATED)
    each = -(-CALLS // len(parts))
    events, faults = 0, 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=die_with_parent, initargs=(os.getpid(),)) as pool:
        for happened, found in pool.map(_look, [(part, each) for part in parts]):
            events, faults = events + happened, faults + len(found)
            for fault in found[:3]:
                say(fault)
    return [
        Figure("wild calls", each * len(parts), at_least=CALLS),
        Figure("events", events),
        Figure("untrue", faults, at_most=0),
        Figure("all of them", time.monotonic() - began, "s", peer=f"{os.cpu_count()} cores"),
    ]


def _look(part: tuple[int, int]) -> tuple[int, list[str]]:
    """Return how many events there were, and what was not true after one."""
    number, calls = part
    flow = _flow(number)
    watched = [wild_call(flow, 1000 * number + seed) for seed in range(calls)]
    return sum(each.events for each in watched), [
        f"flow {number}, seed {1000 * number + seed}: {fault}"
        for seed, each in enumerate(watched)
        for fault in each.faults
    ]


def _flow(number: int) -> Flow:
    """Return the flow of a number; some of them with few visits, or few turns."""
    whole = changed(whole_flow(), "again_by_key", routes=(("universal:eyes", "same"),))
    given: dict[int, Flow] = {0: small_flow(), 1: whole, 2: load_flow(_ROSEWOOD)}
    given[3] = replace(whole, limits=Limits(visits=1), hash="2" * 64)
    if number in given:
        return given[number]
    seed = 5 * (number // 2) + number % 2  # those that are meant to be sound
    limits = Limits(visits=1 + number % 3, turns=100 if number % 4 else 5)
    return replace(random_flow(seed), limits=limits)
