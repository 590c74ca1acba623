"""Sameness: which mutants are no mutants - every call goes the same way, whatever is done. Path equality, exact.

Two plans are the same when their first steps are: steps are the same that do the same and whose every outcome
leads to the same steps. Found by splitting classes until none splits; a step that no call comes to does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from nightbell.call.step import Decide, Finish, Step

if TYPE_CHECKING:
    from nightbell.call.compile import Plan
    from nightbell.flow.model import Flow

__all__ = ["NOT_CALLS", "Doings", "alike_elsewhere", "changed_steps", "doings", "rest_of", "same_calls"]

NOT_CALLS: Final = frozenset({"hash", "states", "universals", "starts_at", "bounds", "spec"})
"""Parts of a flow that are in its steps, or that change no call."""
_numbers: Final[dict[Hashable, int]] = {}
"""A number for all that a step was ever found to do here: plans are compared by numbers, exactly and cheaply."""


@dataclass(frozen=True, slots=True)
class Doings:
    """What the steps of a plan do, without their own names and without where they lead."""

    plan: Plan
    steps: Mapping[str, int]
    """Steps that do the same have the same number, in every plan."""


def doings(plan: Plan) -> Doings:
    """Return what the steps of a plan do."""
    bare = {each.name: _number(replace(each, next="")) for each in plan.universals}
    return Doings(plan, {name: _does(plan, name, bare) for name in plan.steps})


def same_calls(one: Doings, two: Doings) -> bool:
    """Tell whether no caller could ever find a difference."""
    if not alike_elsewhere(one, two):
        return False
    edges = {**_reached(one.plan, "1"), **_reached(two.plan, "2")}
    kinds: dict[str, Hashable] = {
        name: ((one if name[0] == "1" else two).steps.get(name[1:]), tuple(sorted(edges[name]))) for name in edges
    }
    classes = _numbered(kinds)
    while True:
        finer = _numbered(
            {
                name: (classes[name], tuple((by, classes[to]) for by, to in sorted(edges[name].items())))
                for name in edges
            }
        )
        if len(set(finer.values())) == len(set(classes.values())):
            return classes[f"1{_first(one.plan)}"] == classes[f"2{_first(two.plan)}"]
        classes = finer


def alike_elsewhere(one: Doings, two: Doings) -> bool:
    """Tell whether the flows are the same but for their steps, their universals, and what changes no call."""
    return rest_of(one.plan.flow, NOT_CALLS) == rest_of(two.plan.flow, NOT_CALLS)


def changed_steps(one: Doings, two: Doings) -> frozenset[str]:
    """Return the steps of the first plan that do something else in the second, lead elsewhere, or are gone."""
    before, after = one.plan, two.plan
    return frozenset(
        name
        for name, step in before.steps.items()
        if one.steps[name] != two.steps.get(name)
        or before.edges[name] != after.edges.get(name)
        or (isinstance(step, Decide) and step != after.steps[name])
    )


def _first(plan: Plan) -> str:
    return plan.entry[plan.flow.starts_at]


def rest_of(flow: Flow, but: Collection[str]) -> tuple[object, ...]:
    """Return the parts of a flow but some, by their names."""
    return tuple(getattr(flow, field.name) for field in fields(flow) if field.name not in but)


def _reached(plan: Plan, mark: str) -> dict[str, Mapping[str, str]]:
    """Return the edges of every step that some outcome leads to, its names marked."""
    found: dict[str, Mapping[str, str]] = {}
    waiting = [_first(plan)]
    while waiting:
        name = waiting.pop()
        if f"{mark}{name}" in found:
            continue
        edges = plan.edges.get(name, {})
        found[f"{mark}{name}"] = {by: f"{mark}{to}" for by, to in edges.items()}
        waiting.extend(edges.values())
    return found


def _does(plan: Plan, name: str, universals: Mapping[str, int]) -> int:
    bare: Step = replace(plan.steps[name], id="", state="", question="")
    if isinstance(bare, Decide):
        bare = replace(bare, cases=tuple(replace(case, next="") for case in bare.cases))
    elif isinstance(bare, Finish):  # the last words are heard out, whatever the flow says of them
        last = replace(bare.fallback, must_hear=True) if bare.fallback is not None else None
        bare = replace(bare, prompt=replace(bare.prompt, must_hear=True), fallback=last)
    heeds = tuple(universals[each.name] for each in plan.heeds.get(name, ()))
    return _number((bare, heeds, plan.counts.get(name), tuple(sorted(plan.marks.get(name, {}).items()))))


def _number(what: Hashable) -> int:
    return _numbers.setdefault(what, len(_numbers))


def _numbered(kinds: Mapping[str, Hashable]) -> dict[str, int]:
    numbers: dict[Hashable, int] = {}
    return {name: numbers.setdefault(kind, len(numbers)) for name, kind in kinds.items()}
