"""Compile: a checked flow becomes a plan - its steps and where each outcome leads - and a shared machine.

The session and the proof know only steps and edges. The plan is the same for the same flow, step for step, and is
shared by all its calls. How a state kind becomes steps stands in ``kinds``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nightbell.call.kinds import BUILDERS, Built, Edges, build_nine
from nightbell.call.lexicon import Lexicon, lexicon_of
from nightbell.call.machine import Cursor, build_machine, edges_of
from nightbell.call.step import CLOSED, Ask, Decide, Outcome, Say, Step, answer
from nightbell.call.words import normal
from nightbell.errors import SessionError
from nightbell.flow.model import Flow, Screen, Universal

__all__ = ["SAME", "Plan", "compile_flow"]

SAME: Final = "same"
"""As a universal's ``next``: stay where the call stands."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A flow ready to take calls."""

    flow: Flow
    steps: Mapping[str, Step]
    entry: Mapping[str, str]
    """State name to its first step."""
    edges: Mapping[str, Mapping[Outcome, str]]
    """Read back from the machine, so that table and machine are one."""
    fire: Callable[[Cursor, Outcome], None]
    """Move a cursor over the machine. Raises SessionError when the step has no such outcome."""
    universals: tuple[Universal, ...]
    """Most important first."""
    lexicons: Mapping[str, Lexicon]
    """Ask steps to their words."""
    again: frozenset[str]
    """Normal phrases that ask for the prompt again."""
    ahead: Mapping[str, str]
    """Say steps to the question that usually follows them; the ears listen for it already."""

    def safe(self, step: Step, category: str) -> bool:
        """Tell whether an answer leads where being unclear would: it may be taken on weak evidence."""
        edges = self.edges[step.id]
        return edges.get(answer(category)) == edges.get("exhausted")


def _build(flow: Flow) -> tuple[dict[str, Step], dict[str, str], dict[str, Edges]]:
    steps: dict[str, Step] = {}
    entry: dict[str, str] = {}
    loose: dict[str, Edges] = {}

    def add(built: Built) -> None:
        for step, edges in built:
            steps[step.id] = step
            loose[step.id] = dict(edges)

    for state in flow.states:
        built = BUILDERS[type(state)](state, flow)
        entry[state.name] = built[0][0].id
        add(built)
    add(build_nine(flow))
    for edges in loose.values():
        for outcome, target in edges.items():
            edges[outcome] = entry.get(target, target)
    everywhere = _everywhere(flow, entry, loose)
    for edges in loose.values():
        for outcome, target in everywhere.items():
            edges.setdefault(outcome, target)
    loose[CLOSED] = {}
    return steps, entry, loose


def _everywhere(flow: Flow, entry: Mapping[str, str], loose: Mapping[str, Edges]) -> Edges:
    """Return the outcomes that every step has."""
    edges: Edges = {
        "hangup": CLOSED,
        "fail": CLOSED,
        "nine": "~nine",
        "emergency": entry[flow.emergency],
        "person": entry[flow.person],
        "silent": entry[flow.silent],
        "restart": entry[flow.starts_at],
    }
    for universal in flow.universals:
        if universal.next != SAME:
            edges[f"universal:{universal.name}"] = entry[universal.next]
    for state in flow.states:
        if isinstance(state, Screen):
            for question in state.questions:
                asked = f"{state.name}.{question.name}"
                edges[f"correct:{asked}"] = loose[asked][answer("yes")]
    return edges


def _look_ahead(steps: Mapping[str, Step], edges: Mapping[str, Mapping[Outcome, str]]) -> dict[str, str]:
    ahead: dict[str, str] = {}
    for step in steps.values():
        seen: set[str] = set()
        at: Step | None = step
        while isinstance(at, Say | Decide) and at.id not in seen:
            seen.add(at.id)
            at = steps.get(edges[at.id]["said" if isinstance(at, Say) else "otherwise"])
        if isinstance(step, Say) and isinstance(at, Ask):
            ahead[step.id] = at.id
    return ahead


@lru_cache(maxsize=32)
def compile_flow(flow: Flow) -> Plan:
    """Compile a flow; the same flow gives the same shared plan.

    Raises:
        SessionError: a state leads to a state that does not exist (a loader lets none through).
    """
    steps, entry, loose = _build(flow)
    for name, edges in loose.items():
        for outcome, target in edges.items():
            if target not in loose:
                raise SessionError(f"{name!r} leads to {target!r} by {outcome!r}, which does not exist")
    machine = build_machine(loose, entry[flow.starts_at])
    table: dict[str, Edges] = {CLOSED: {}, **edges_of(machine)}
    return Plan(
        flow=flow,
        steps=steps,
        entry=entry,
        edges=table,
        fire=machine.fire,
        universals=tuple(sorted(flow.universals, key=lambda universal: -universal.priority)),
        lexicons={step.id: lexicon_of(step, flow) for step in steps.values() if isinstance(step, Ask)},
        again=frozenset(normal(text) for text in flow.again),
        ahead=_look_ahead(steps, table),
    )
