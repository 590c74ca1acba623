"""Pointing: where in flow.yaml the move stands that a violation blames. Names of keys only."""

from __future__ import annotations

from typing import Final

from nightbell.flow.model import (
    Branch,
    Collect,
    Confirm,
    Deflect,
    Flow,
    Menu,
    PromptState,
    RecordState,
    Screen,
    State,
)
from nightbell.flow.proof.table import Row

__all__ = ["path_of"]

_ROLES: Final = {"silent": "silent", "answer:mistake": "after_mistake"}
_EVERYWHERE: Final = frozenset({"nine", "person", "asr_error"})

Path = tuple[str | int, ...]


def path_of(flow: Flow, row: Row, outcome: str = "") -> Path:
    """Return the keys from the top of flow.yaml to a row, or to where one of its outcomes leads.

    What the file does not have - a default, a fragment's - is found as far as it is there.
    """
    state = next((state for state in flow.states if state.name == row.state), None)
    if state is None:
        return ("states",)
    here: Path = ("states", state.name)
    if outcome in _ROLES and (outcome == "silent" or row.id.startswith("~nine")):
        return ("roles", _ROLES[outcome])
    routes = dict(state.routes)
    routed = outcome.removeprefix("exhausted:")
    if routed in routes:
        return (*here, "routes", routed)
    if outcome.startswith("universal:"):
        return ("universals", outcome.removeprefix("universal:"), "next")
    if not outcome or outcome in _EVERYWHERE:
        return here
    return (*here, *_within(state, row, outcome))


def _within(state: State, row: Row, outcome: str) -> Path:
    kind, _, category = outcome.partition(":")
    match state:
        case Menu() if kind == "answer":
            return ("choices", category, "next")
        case Screen():
            return _in_screen(row, outcome)
        case Confirm() | Collect(type="yes_no") if category in {"yes", "no"}:
            return (category,)
        case Branch() if kind == "case":
            return ("cases", int(category), "next")
        case PromptState() | Deflect():
            return ("next",)
        case Collect() | RecordState() if kind in {"got", "recorded", "answer"} and category != "not_sure":
            return ("next",)
        case Menu() | Collect() | Confirm():
            return ("unclear",)
        case _:
            return (outcome,)


def _in_screen(row: Row, outcome: str) -> Path:
    if outcome in {"answer:yes", "answer:no"} and row.question:
        return ("questions", row.question)
    return {"otherwise": ("all_no",), "case:0": ("any_yes",), "exhausted": ("any_yes",)}.get(outcome, ())
