"""Graph: the ways from state to state that a flow writes down, each with the place of its words, for the rules.

Universals, key 9 and key 0 lead away from every state and are no edges here; a rule that minds them looks at the
flow. What a call remembers is not known: that is the proof's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nightbell.flow.lint.rule import Subject
from nightbell.flow.model import (
    Branch,
    Collect,
    Confirm,
    Deflect,
    End,
    Escalation,
    Flow,
    Menu,
    NotifyState,
    PromptState,
    RecordState,
    Schedule,
    Screen,
    State,
    Transfer,
)

__all__ = ["By", "Edge", "asks", "edges", "entrances", "reached", "walked", "ways"]

By: TypeAlias = Literal["call", "caller", "silence", "world"]
"""Who takes the way: the call by itself, an answer, no answer that helps, or the world."""
Path: TypeAlias = tuple[str | int, ...]

_FAILING = {"noinput", "nomatch", "low_confidence", "dtmf_invalid", "max_speech", "asr_error"}


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another."""

    start: str
    end: str
    how: str
    """The key it is written under: ``next``, ``unclear``, ``choices.worried``, ``cases.0``, ``routes.noinput``."""
    by: By
    path: Path
    """Of the target's words, from the top of the file."""


def asks(state: State) -> bool:
    """Tell whether a call waits for the caller here."""
    return isinstance(state, Menu | Screen | Collect | Confirm | RecordState)


def edges(subject: Subject) -> tuple[Edge, ...]:
    """Return every way that is written down, in the order of the flow."""
    return tuple(edge for state in subject.flow.states for edge in _of(subject, state))


def ways(found: Iterable[Edge]) -> dict[str, list[Edge]]:
    """Return them by the state they begin in."""
    table: dict[str, list[Edge]] = {}
    for edge in found:
        table.setdefault(edge.start, []).append(edge)
    return table


def entrances(flow: Flow) -> dict[str, Path]:
    """Return where a call can come in or be led from anywhere, and the path of the words that say so."""
    found: dict[str, Path] = {flow.starts_at: ("starts_at",)}
    roles = {"emergency": flow.emergency, "silent": flow.silent, "person": flow.person}
    if flow.after_mistake:
        roles["after_mistake"] = flow.after_mistake
    for role, state in roles.items():
        found.setdefault(state, ("roles", role))
    for universal in flow.universals:
        if universal.next != "same":
            found.setdefault(universal.next, ("universals", universal.name, "next"))
    return found


def reached(starts: Iterable[str], found: Iterable[Edge], without: Collection[str] = ()) -> set[str]:
    """Return the states that the edges lead to from the starts, these included, passing none of ``without``."""
    table = ways(found)
    waiting = [name for name in starts if name not in without]
    seen = set(waiting)
    while waiting:
        for edge in table.get(waiting.pop(), ()):
            if edge.end not in seen and edge.end not in without:
                seen.add(edge.end)
                waiting.append(edge.end)
    return seen


def walked(subject: Subject, start: str, found: Iterable[Edge]) -> Iterator[State]:
    """Yield the states a call comes to from ``start`` before it asks again, the one that asks included."""
    table = ways(found)
    states = {state.name: state for state in subject.flow.states}
    waiting, seen = [start], {start}
    while waiting:
        state = states[waiting.pop(0)]
        yield state
        if asks(state) or isinstance(state, Escalation | Transfer):
            continue
        for edge in table.get(state.name, ()):
            if edge.by in {"call", "world"} and edge.end not in seen:
                seen.add(edge.end)
                waiting.append(edge.end)


def _of(subject: Subject, state: State) -> Iterator[Edge]:
    here: Path = ("states", state.name)
    for how, end, by, path in _written(state):
        written_no = how == "next" and isinstance(state, Collect) and subject.places.node(*here, "no") is not None
        yield Edge(state.name, end, how, by, (*here, "no") if written_no else (*here, *path))
    for outcome, end in state.routes:
        if end != "same":
            taker: By = "silence" if outcome in _FAILING else "caller"
            yield Edge(state.name, end, f"routes.{outcome}", taker, (*here, "routes", outcome))


_PLAIN: Final[Mapping[type, Mapping[str, By]]] = {
    PromptState: {"next": "call"},
    Deflect: {"next": "call"},
    Menu: {"unclear": "silence"},
    Screen: {"any_yes": "silence", "all_no": "caller", "emergency": "silence"},
    Collect: {"yes": "caller", "next": "caller", "unclear": "silence"},
    Confirm: {"yes": "caller", "no": "caller", "unclear": "silence"},
    Branch: {"otherwise": "world"},
    Schedule: {"open": "world", "closed": "world", "holiday": "world"},
    RecordState: {"next": "caller", "empty": "silence"},
    NotifyState: {"ok": "world", "failed": "world"},
    Escalation: {"acknowledged": "world", "exhausted": "world"},
    Transfer: {"answered": "world", "busy": "world", "no_answer": "world", "failed": "world"},
    End: {},
}
"""Keys that lead on, and who takes them. A screen's silence counts as yes."""


def _written(state: State) -> Iterator[tuple[str, str, By, Path]]:
    """Yield key, target, who takes it and the path below the state."""
    if isinstance(state, Menu):
        for choice in state.choices:
            yield f"choices.{choice.name}", choice.next, "caller", ("choices", choice.name, "next")
    if isinstance(state, Branch):
        for number, case in enumerate(state.cases):
            yield f"cases.{number}", case.next, "world", ("cases", number, "next")
    for key, by in _PLAIN[type(state)].items():
        target = getattr(state, key)
        if target and not (key == "emergency" and not _can_be_d0(state)):
            yield key, target, by, (key,)


def _can_be_d0(state: State) -> bool:
    return isinstance(state, Screen) and any(question.yes == "D0" for question in state.questions)
