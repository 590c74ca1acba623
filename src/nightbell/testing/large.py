"""Large: sound flows of many states, for measurements. Built, not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from nightbell.flow.model import Branch, Case, Confirm, Flow, Menu, PromptState, State
from nightbell.testing.drawn import choices_of
from nightbell.testing.flows import prompt
from nightbell.testing.generated import CARE, Sound

__all__ = ["large_flow"]


def large_flow(states: int = 1000, counters: int = 5) -> Flow:
    """Return a sound flow of many states whose counters are all read by branches, for measurements.

    Args:
        states: how many, the frame's included; at least 40.
        counters: how many; each is counted in menus and read by branches all over the flow.
    """
    random = Random(states * 31 + counters)  # noqa: S311  # nobody's secret hangs on it
    frame = Sound(random, 0)
    frame.booking = True
    flow = frame.flow(states)
    names = [f"s{number}" for number in range(states - len(flow.states))]
    body: list[State] = []
    for number, name in enumerate(names):
        ahead = names[number + 1 : number + 9] or ["screen"]

        def after(ahead: Sequence[str] = ahead) -> str:
            return random.choice(ahead)

        base: dict[str, Any] = {"name": name, "line": number + 100}
        counter = f"c{number % counters}"
        say = prompt(name, "Which of these is it?")
        match number % 4:
            case 0:
                body.append(
                    Menu(**base, counts=counter, say=say, choices=choices_of(after), unclear=random.choice(CARE))
                )
            case 1:
                body.append(PromptState(**base, say=say, next=after()))
            case 2:
                case = Case(of="count", name=counter, test="at_least", value=(random.choice("123"),), next=after())
                body.append(Branch(**base, cases=(case,), otherwise=after()))
            case _:
                body.append(Confirm(**base, say=say, yes=after(), no=after(), unclear="screen"))
    opening = replace(flow.state("opening"), next=names[0])  # type: ignore[arg-type]
    return replace(flow, states=(opening, *body, *(state for state in flow.states if state.name != "opening")))
