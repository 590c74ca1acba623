"""Random calls through every construct: what is true of every call holds after each event (soak: ``wild``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from nightbell.flow.model import Flow, Limits
from nightbell.testing.flows import changed, prompt, small_flow
from nightbell.testing.generated import random_flow
from nightbell.testing.whole import whole_flow
from nightbell.testing.wild import wild_call

CALLS: Final = 150
WHOLE: Final = changed(whole_flow(), "again_by_key", routes=(("universal:eyes", "same"),))
FLOWS: Final[dict[str, Flow]] = {
    "small": small_flow(),
    "whole": WHOLE,
    "heard out": changed(WHOLE, "code", say=prompt("code", "Your four digits.", must_hear=True)),
    "seldom": replace(WHOLE, limits=Limits(visits=1), hash="2" * 64),
    "short": replace(WHOLE, limits=Limits(turns=3, visits=2), hash="3" * 64),
    **{f"generated {seed}": random_flow(seed) for seed in (0, 1, 5, 6, 10, 11, 15, 16)},
}


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_what_is_true_of_every_call_holds_after_every_event(name: str) -> None:
    faults = [f"seed {seed}: {fault}" for seed in range(CALLS) for fault in wild_call(FLOWS[name], seed).faults]

    assert faults == []
