"""Ways: the moves of each script through the flow as it is, and which scripts a mutant can change.

A script that comes to no step that does something else, and takes no outcome that leads elsewhere, makes the same
call on the mutant: it is not asked. Nor is one that says none of the words, where only words differ. First come
those that take an outcome which leads elsewhere: most notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nightbell.rehearsal.mutation.phrases import reworded

if TYPE_CHECKING:
    from nightbell.call.compile import Plan
    from nightbell.rehearsal.mutation.sameness import Doings
    from nightbell.rehearsal.script import Script

__all__ = ["Way", "affected", "way_of"]


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one script."""

    script: Script
    moves: frozenset[tuple[str, str]]
    """Steps with the outcomes by which they were left."""
    steps: frozenset[str]
    """Every step it came to, the last one too."""


@dataclass(frozen=True, slots=True)
class _Change:
    steps: frozenset[str]
    """Do something else."""
    moves: frozenset[tuple[str, str]]
    """Lead elsewhere, or are gone."""


def way_of(script: Script, moves: Iterable[tuple[str, str]], plan: Plan) -> Way:
    """Return a script's way, from the moves that it made with a plan."""
    made = frozenset(moves)
    after = {plan.edges[step][outcome] for step, outcome in made if outcome in plan.edges.get(step, {})}
    return Way(script, made, frozenset({step for step, _ in made} | after | {plan.entry[plan.flow.starts_at]}))


def affected(ways: Iterable[Way], one: Doings, two: Doings) -> tuple[Script, ...]:
    """Return the scripts that a second plan can change, the likeliest and then the shortest first.

    The likeliest take an outcome that leads elsewhere; where none does, they watch the time or what is said whole,
    or their callers are hard to hear.
    """
    change = _change(one, two)
    everywhere = _of_all(one.plan) != _of_all(two.plan)
    words = reworded(one.plan, two.plan)
    found = [
        (not way.moves & change.moves, not _watches(way.script), len(way.moves), way.script)
        for way in ways
        if (everywhere or way.moves & change.moves or way.steps & change.steps)
        and (words is None or words.is_said_in(way.script))
    ]
    return tuple(script for *_, script in sorted(found, key=lambda each: each[:3]))


def _watches(script: Script) -> bool:
    return bool(script.expect.eventually) or any(one.confidence < 1 or one.too_long for one in script.spoken)


def _of_all(plan: Plan) -> tuple[object, ...]:
    """Return what holds on every step."""
    flow = plan.flow
    start = plan.entry[flow.starts_at]
    roles = flow.emergency, flow.silent, flow.person, flow.after_mistake, flow.mistake
    return start, flow.universals, *roles, flow.yes, flow.again


def _change(one: Doings, two: Doings) -> _Change:
    before, after = one.plan, two.plan
    moves = frozenset(
        (name, outcome)
        for name, edges in before.edges.items()
        if edges != after.edges.get(name)
        for outcome, target in edges.items()
        if after.edges.get(name, {}).get(outcome) != target
    )
    safe = {step for step, _ in before.safe_answers ^ after.safe_answers}
    steps = frozenset(
        name
        for name in before.steps
        if one.steps[name] != two.steps.get(name)
        or before.ahead.get(name) != after.ahead.get(name)
        or before.edges[name].keys() != after.edges[name].keys()
    )
    return _Change(steps | safe, moves)
