"""Compile: a checked flow becomes a plan - its steps and where each outcome leads - and a shared machine.

The session and the proof know only steps and edges. The plan is the same for the same flow, step for step, and is
shared by all its calls. How a state kind becomes steps stands in ``kinds``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nightbell.call.collecting import Built, Edges
from nightbell.call.flags import Flags
from nightbell.call.kinds import BUILDERS, build_nine
from nightbell.call.lexicon import Lexicon
from nightbell.call.machine import Cursor, build_machine, edges_of
from nightbell.call.marks import Marks, marks_of
from nightbell.call.routing import SAME, heeded, in_every_language, routed
from nightbell.call.step import CLOSED, Ask, Decide, Outcome, Say, Step, answer
from nightbell.call.tongue import FIRST, Tongue, tongues_of
from nightbell.errors import SessionError
from nightbell.flow.model import Flow, Screen, Universal
from nightbell.terms.disposition import Disposition

__all__ = ["SAME", "Plan", "compile_flow"]


def _untold(floor: Disposition) -> None:
    del floor


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
    heeds: Mapping[str, tuple[Universal, ...]]
    """Steps to the universals that are acted on there, most important first."""
    flags: Mapping[str, Flags]
    """Steps to the same, as they are looked for in what is said."""
    all_flags: Flags
    """Every universal, for when no step matters any more."""
    counts: Mapping[str, str]
    """First steps of counting states to their counters."""
    marks: Mapping[str, Mapping[Outcome, Marks]]
    """Steps to what their outcomes leave behind; most leave nothing."""
    tongues: Mapping[str, Tongue]
    """The flow's languages, by their names in a call's memory."""
    lexicons: Mapping[str, Lexicon]
    """Ask steps to their words in the first language."""
    ahead: Mapping[str, str]
    """Say steps to the question that usually follows them; the ears listen for it already."""

    worried: frozenset[str]
    """States of the screens on the way of whoever is worried; who has said no to that may be asked others."""
    safe_answers: frozenset[tuple[str, str]]
    """Steps with their answers that lead where being unclear would."""

    asked_floor: Callable[[Disposition], None] = _untold
    """Told of each floor that a call asks for, also of one that it has already; a rehearsal listens."""

    def safe(self, step: Step, category: str) -> bool:
        """Tell whether an answer leads where being unclear would: it may be taken on weak evidence.

        Where every answer leads to the same place, which one it was matters, and none is safe.
        """
        return (step.id, category) in self.safe_answers


def _build(flow: Flow) -> tuple[dict[str, Step], dict[str, str], dict[str, Edges]]:
    steps: dict[str, Step] = {}
    entry: dict[str, str] = {}
    loose: dict[str, Edges] = {}

    def add(built: Built) -> None:
        for step, edges in built:
            steps[step.id] = step
            loose[step.id] = dict(edges)

    for state in flow.states:
        built = routed(state, BUILDERS[type(state)](state, flow))
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
        "unheard": entry[flow.after_mistake or flow.person],
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


def _safe_answers(steps: Mapping[str, Step], table: Mapping[str, Edges]) -> frozenset[tuple[str, str]]:
    found = set()
    for name, step in steps.items():
        if not isinstance(step, Ask):
            continue
        unclear = table[name].get("exhausted")
        led = {each.category: table[name].get(answer(each.category)) for each in step.answers}
        if any(target != unclear for target in led.values()):
            found |= {(name, category) for category, target in led.items() if target == unclear}
    return frozenset(found)


def _worried(
    flow: Flow, steps: Mapping[str, Step], entry: Mapping[str, str], table: Mapping[str, Edges]
) -> frozenset[str]:
    """Return the states of the screens that the worried come to: of all, where no role says where they begin.

    What leads away from anywhere - key 9, a universal, a hang-up - is on nobody's way.
    """
    screens = {
        name: step.state for name, step in steps.items() if isinstance(step, Ask) and step.policy == "screen"
    }
    if not flow.after_mistake:
        return frozenset(screens.values())
    elsewhere = _everywhere(flow, entry, table)
    seen, waiting = set(), [entry[flow.after_mistake]]
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += [target for outcome, target in table[at].items() if outcome not in elsewhere]
    return frozenset(state for name, state in screens.items() if name in seen)


def _flags(flow: Flow, heeds: Mapping[str, tuple[Universal, ...]]) -> dict[str, Flags]:
    """Make what finds universals, once for each set of them: nearly all steps share one."""
    made: dict[tuple[str, ...], Flags] = {}
    found: dict[str, Flags] = {}
    for step, universals in heeds.items():
        names = tuple(universal.name for universal in universals)
        if names not in made:
            made[names] = Flags(universals, flow.sounds_like)
        found[step] = made[names]
    return found


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
    tongues = tongues_of(flow, steps)
    universals = tuple(sorted(map(in_every_language, flow.universals), key=lambda universal: -universal.priority))
    heeds = heeded(flow, universals, steps)
    return Plan(
        flow=flow,
        steps=steps,
        entry=entry,
        edges=table,
        fire=machine.fire,
        universals=universals,
        heeds=heeds,
        flags=_flags(flow, heeds),
        all_flags=Flags(universals, flow.sounds_like),
        counts={entry[state.name]: state.counts for state in flow.states if state.counts},
        marks={name: marks for name, step in steps.items() if (marks := marks_of(step, table[name]))},
        tongues=tongues,
        lexicons=tongues[FIRST].lexicons,
        ahead=_look_ahead(steps, table),
        worried=_worried(flow, steps, entry, table),
        safe_answers=_safe_answers(steps, table),
    )
