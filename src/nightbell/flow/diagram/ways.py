"""Ways: where each kind of state leads, in words short enough for an arrow.

It knows the kinds of states and nothing of pictures. Red is a way that a danger sign takes: a yes of D0, D1 or DM
in a screen, or a case that sets such a floor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

from nightbell.flow.model import (
    Branch,
    Case,
    Collect,
    Confirm,
    Deflect,
    Escalation,
    Menu,
    NotifyState,
    PromptState,
    RecordState,
    Schedule,
    Screen,
    State,
    Transfer,
)
from nightbell.terms.disposition import Disposition

__all__ = ["FLAGS", "UNCLEAR", "Way", "ways"]

FLAGS: Final = frozenset({Disposition.D0, Disposition.D1, Disposition.DM})
"""Floors of a red flag (DESIGN section 3)."""
UNCLEAR: Final = "silence, mumbling"

_FACTS: Final = {
    "contacts_96h": "calls in 4 days",
    "filler_contacts_96h": "calls about filler in 4 days",
    "silent_96h": "silent calls in 4 days",
    "treated_14d": "treated in 14 days",
    "filler_14d": "filler in 14 days",
    "callback_number": "number",
}
_OUTCOMES: Final = {
    "noinput": "silence",
    "nomatch": "mumbling",
    "low_confidence": "unsure hearing",
    "dtmf_invalid": "wrong key",
    "max_speech": "talks too long",
    "asr_error": "recogniser fails",
    "nine": "key 9",
    "person": "key 0",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a state."""

    target: str
    label: str = ""
    red: bool = False


def ways(state: State) -> tuple[Way, ...]:
    """Return every way out of a state, its own routes included, in the order of the file."""
    return (*_ways(state), *_routes(state))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _routes(state: State) -> Iterator[Way]:
    for outcome, target in state.routes:
        if target != "same":
            label = _OUTCOMES.get(outcome) or _plain(outcome.removeprefix("universal:"))
            yield Way(target, label, red=outcome == "nine")


@singledispatch
def _ways(_: object) -> Iterator[Way]:
    """End: leads nowhere."""
    yield from ()


@_ways.register(PromptState)
@_ways.register(Deflect)
def _(state: PromptState | Deflect) -> Iterator[Way]:
    yield Way(state.next)


@_ways.register
def _(state: Menu) -> Iterator[Way]:
    for choice in state.choices:
        yield Way(choice.next, _plain(choice.name))
    yield Way(state.unclear, UNCLEAR)


@_ways.register
def _(state: Screen) -> Iterator[Way]:
    dangers = {question.yes for question in state.questions}
    if Disposition.D0 in dangers:
        yield Way(state.emergency, "yes to D0", red=True)
    if dangers - {Disposition.D0}:
        yield Way(state.any_yes, "yes, not sure", red=bool(dangers & (FLAGS - {Disposition.D0})))
    yield Way(state.all_no, "all no")


@_ways.register
def _(state: Collect) -> Iterator[Way]:
    if state.type == "yes_no":
        yield Way(state.yes, "yes")
        yield Way(state.next, "no")
        yield Way(state.unclear, UNCLEAR)
    else:
        yield Way(state.next, "number given" if state.type in {"phone", "digits"} else "answered")
        yield Way(state.unclear, "none given")


@_ways.register
def _(state: Confirm) -> Iterator[Way]:
    yield Way(state.yes, "yes")
    yield Way(state.no, "no")
    yield Way(state.unclear, UNCLEAR)


@_ways.register
def _(state: Branch) -> Iterator[Way]:
    for case in state.cases:
        yield Way(case.next, _case(case), red=case.floor in FLAGS)
    yield Way(state.otherwise, "otherwise")


def _case(case: Case) -> str:
    name = _plain(case.name) if case.name else _FACTS.get(case.of, _plain(case.of))
    if case.test == "at_least":
        return f"{name}: {case.value[0]} or more"
    return f"{name}: {', '.join(_plain(value) for value in case.value)}"


@_ways.register
def _(state: Schedule) -> Iterator[Way]:
    yield Way(state.open, "open")
    yield Way(state.closed, "closed")
    yield Way(state.holiday, "holiday")


@_ways.register
def _(state: RecordState) -> Iterator[Way]:
    yield Way(state.next, "message left")
    yield Way(state.empty, "nothing said")


@_ways.register
def _(state: NotifyState) -> Iterator[Way]:
    yield Way(state.ok, "listed")
    yield Way(state.failed, "failed")


@_ways.register
def _(state: Escalation) -> Iterator[Way]:
    yield Way(state.acknowledged, "somebody takes it")
    yield Way(state.exhausted, "nobody does")


@_ways.register
def _(state: Transfer) -> Iterator[Way]:
    yield Way(state.answered, "answered")
    yield Way(state.busy, "busy")
    yield Way(state.no_answer, "no answer")
    yield Way(state.failed, "failed")
