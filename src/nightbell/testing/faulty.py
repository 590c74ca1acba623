"""Faulty: single faults of every kind for a flow that is sound. Each is made by chance and may do no harm."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, Final

from nightbell.flow.model import End, Flow
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import prompt

__all__ = ["FAULTS"]

_DIAL: Final = "Hang up and dial nine nine nine."


def _with(flow: Flow, name: str, **fields: Any) -> Flow:
    states = tuple(replace(state, **fields) if state.name == name else state for state in flow.states)
    return replace(flow, states=states)


_LEADS: Final = (
    "next", "unclear", "yes", "no", "otherwise", "any_yes", "all_no", "acknowledged", "exhausted", "open",
    "closed", "holiday", "ok", "failed", "empty", "answered", "busy", "no_answer",
)  # fmt: skip


def _led_elsewhere(flow: Flow, random: Random) -> Flow:
    """Lead one outcome of one state anywhere."""
    names = [state.name for state in flow.states if state.name != "opening"]
    state = random.choice(flow.states)
    leads = [field for field in _LEADS if getattr(state, field, "") in names]
    if not leads:
        return flow
    return _with(flow, state.name, **{random.choice(leads): random.choice(names)})


def _mumbled(flow: Flow, random: Random) -> Flow:
    """Let words that have to be heard be cut, or say nothing of the emergency."""
    name = random.choice(("emergency", "opening"))
    text = random.choice((_DIAL, "Please wait."))
    return _with(flow, name, say=prompt(name, text, must_hear=text != _DIAL or name == "opening"))


def _routed(flow: Flow, random: Random) -> Flow:
    """Route key 9 or a red flag of one state elsewhere."""
    names = [state.name for state in flow.states]
    state = random.choice(flow.states)
    flags = [f"universal:{each.name}" for each in flow.universals if each.floor is not None]
    outcome = random.choice(("nine", *flags))
    target = random.choice(names) if outcome == "nine" else random.choice(("same", *names))
    return _with(flow, state.name, routes=((outcome, target),))


def _ended(flow: Flow, random: Random) -> Flow:
    """Give one end another disposition, or words that do not name the emergency number."""
    end = random.choice([state for state in flow.states if isinstance(state, End)])
    if random.random() < 0.5:
        return _with(flow, end.name, disposition=random.choice(tuple(Disposition)))
    return _with(flow, end.name, say=prompt(end.name, "Goodbye."), promise=False, say_without_promise=None)


def _ungated(flow: Flow, random: Random) -> Flow:
    """Take the gate's clearing away, or the screen from the way."""
    del random
    return _with(flow, "gate", clears=False)


def _flag_led(flow: Flow, random: Random) -> Flow:
    """Lead one universal anywhere."""
    names = [state.name for state in flow.states]
    chosen = random.randrange(len(flow.universals))
    return replace(
        flow,
        universals=tuple(
            replace(each, next=random.choice(names)) if number == chosen else each
            for number, each in enumerate(flow.universals)
        ),
    )


FAULTS: Final = (_led_elsewhere, _led_elsewhere, _led_elsewhere, _mumbled, _routed, _ended, _ungated, _flag_led)
