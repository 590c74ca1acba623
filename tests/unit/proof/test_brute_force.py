"""The proof, over the table, and brute force, over the session itself, say the same of small flows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.flow.model import Flow, Limits
from nightbell.flow.proof.prove import prove
from nightbell.testing.brute import brute_force
from nightbell.testing.flows import small_flow
from nightbell.testing.generated import random_flow

FLOWS = 200
PARTS = 8
"""So that a failure names its part, and the slowest can be seen."""


@lru_cache(maxsize=FLOWS + 1)
def proved(flow: Flow) -> set[str]:
    """Return the violated letters; g is about seconds, which brute force does not count."""
    return {str(letter) for letter in prove(table_of(compile_flow(flow))).violated if letter != "g"}


@pytest.mark.parametrize("part", range(PARTS))
def test_the_proof_agrees_with_brute_force(part: int) -> None:
    apart = {}
    for seed in range(part, FLOWS, PARTS):
        flow = random_flow(seed)
        by_table, by_force = proved(flow), brute_force(flow, depth=len(flow.states) + 2)
        if by_table != by_force:
            apart[seed] = (sorted(by_table), sorted(by_force))
    assert apart == {}


def test_the_generated_flows_are_of_every_kind() -> None:
    found = [proved(random_flow(seed)) for seed in range(FLOWS)]
    assert 50 < sum(not letters for letters in found) < FLOWS - 50
    assert set().union(*found) == set("abcdef")


def test_the_small_flow_too() -> None:
    flow = replace(small_flow(), limits=Limits(turns=100_000))
    assert brute_force(flow, depth=25) == proved(flow)
