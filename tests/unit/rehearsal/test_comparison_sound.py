"""Two recognisers or voices under the same callers, by a toy: each kind of regression is told as what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nightbell.rehearsal.comparison.corpus import compare_all, traits_of
from nightbell.rehearsal.comparison.shift import Slack
from nightbell.rehearsal.comparison.verdict import Compared
from nightbell.rehearsal.runner import Stage
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

SIGHT = Script(
    name="sight",
    about="",
    file="sight.yaml",
    answers=(
        ("reason", (Answer(say="worried", pause_ms=600),)),
        ("screen", (Answer(say="yes", red_flag=True, pause_ms=1500),)),
    ),
    expect=Expect(disposition=Disposition.D0),
    tier="audio",
    limit_ms=60_000,
)
BENIGN = replace(
    SIGHT,
    name="benign",
    answers=(("reason", (Answer(say="worried"),)), ("screen", (Answer(say="no", pause_ms=1500),))),
)


async def compared(stage: Stage, toy: Any, **changed: Any) -> dict[str, Compared]:
    """Return the calls under the toy as it is, and as it is when changed."""
    scripts = [SIGHT, BENIGN]
    before = await traits_of(stage, scripts, jobs=2)
    for name, value in changed.items():
        setattr(toy, name, value)
    after = await traits_of(stage, scripts, jobs=2)
    return {call.name: call for call in compare_all(before, after, Slack())}


@pytest.mark.asyncio
async def test_the_same_ears_and_voice_are_the_same(stage: Stage, toy: Any) -> None:
    calls = await compared(stage, toy)
    assert {name: call.shifts for name, call in calls.items()} == {"benign": (), "sight": ()}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"mishears": {"yes": "no"}}, "sight less_safe disposition: D0 before, D5 now"),
        ({"mishears": {"yes": "no"}}, "sight less_safe action: a person is asked for no more"),
        ({"mishears": {"yes": "no"}}, "sight less_safe state: no more: emergency"),
        (
            {"mishears": {"yes": "no"}},
            "sight less_safe result: no more: screen.sight as yes; new: screen.sight as no",
        ),
        ({"mishears": {"no": "yes"}}, "benign safer action: a person is asked for now, and was not before"),
        ({"pause_ms": 800}, "sight less_safe timing: the answer at reason comes 0.5 s later"),
        ({"pause_ms": 800}, "benign less_safe timing: the answer at screen.sight comes 0.5 s later"),
        ({"pause_ms": 400}, "sight same"),
        ({"prompt_ms": 2800}, "sight less_safe prompt: opening takes +1.2 s"),
        ({"prompt_ms": 2800}, "sight less_safe timing: a person is asked for 3.6 s later"),
        ({"silent_prompts": True}, "benign less_safe prompt: no sound any more: opening"),
    ],
)
async def test_a_change_is_told_as_what_it_is(stage: Stage, toy: Any, changed: dict[str, Any], told: str) -> None:
    script, kind, shift = (*told.split(" ", 2), "")[:3]
    call = (await compared(stage, toy, **changed))[script]
    lines = [f"{one.by}: {one.told}" for one in call.shifts]
    assert call.kind == kind, lines
    assert not shift or [line for line in lines if line.startswith(shift)], lines
