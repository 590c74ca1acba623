"""Sameness: which mutants are no mutants - every call goes the same way, whatever is done. Path equality, exact.

Two plans are the same when their first steps are: steps are the same that do the same and whose every outcome
leads to the same steps. Found by splitting classes until none splits; a step that no call comes to does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from nightbell.call.step import Decide, Step

if TYPE_CHECKING:
    from collections.abc import Hashable

    from nightbell.call.compile import Plan
    from nightbell.flow.model import Flow

__all__ = ["changed_steps", "does", "same_calls"]

_NOT_CALLS: Final = frozenset({"hash", "states", "universals", "starts_at", "bounds", "spec"})
"""Parts of a flow that are in its steps, or that change no call."""


def same_calls(one: Plan, two: Plan) -> bool:
    """Tell whether no caller could ever find a difference."""
    if _rest(one.flow) != _rest(two.flow):
        return False
    edges = {**_reached(one, "1"), **_reached(two, "2")}
    kinds: dict[str, Hashable] = {
        name: (does(one if name[0] == "1" else two, name[1:]), tuple(sorted(edges[name]))) for name in edges
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
            return classes[f"1{_first(one)}"] == classes[f"2{_first(two)}"]
        classes = finer


def changed_steps(one: Plan, two: Plan) -> frozenset[str]:
    """Return the steps of the first plan that do something else in the second, lead elsewhere, or are gone."""
    return frozenset(
        name
        for name, step in one.steps.items()
        if name not in two.steps
        or does(one, name) != does(two, name)
        or one.edges[name] != two.edges.get(name)
        or (isinstance(step, Decide) and step != two.steps[name])
    )


def _first(plan: Plan) -> str:
    return plan.entry[plan.flow.starts_at]


def _rest(flow: Flow) -> tuple[object, ...]:
    return tuple(getattr(flow, field.name) for field in fields(flow) if field.name not in _NOT_CALLS)


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


def does(plan: Plan, name: str) -> Hashable:
    """Return what a step does, without its own name and without where it leads."""
    step = plan.steps.get(name)
    if step is None:
        return None
    bare: Step = replace(step, id="", state="", question="")
    if isinstance(bare, Decide):
        bare = replace(bare, cases=tuple(replace(case, next="") for case in bare.cases))
    heeds = tuple(replace(universal, next="") for universal in plan.heeds.get(name, ()))
    return bare, heeds, plan.counts.get(name), tuple(sorted(plan.marks.get(name, {}).items()))


def _numbered(kinds: Mapping[str, Hashable]) -> dict[str, int]:
    numbers: dict[Hashable, int] = {}
    return {name: numbers.setdefault(kind, len(numbers)) for name, kind in kinds.items()}
