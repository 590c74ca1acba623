"""Routing: the outcomes that a state leads elsewhere than usual, and the universals that it does not act on.

It changes where outcomes lead, never what follows from them: the floor that a red flag sets, and the page, do not
depend on where the call goes on. Whether a flow may route an outcome as it does is for the proof to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nightbell.call.collecting import Built
from nightbell.call.step import Ask, AskWorld, Decide, Finish, Step, TakeMessage, exhausted
from nightbell.flow.model import Flow, State, Universal

__all__ = ["REASONS", "SAME", "heeded", "in_every_language", "routed"]

SAME: Final = "same"
"""As a universal's ``next``: stay where the call stands. As its route: it is not acted on there."""
REASONS: Final = ("noinput", "nomatch", "low_confidence", "dtmf_invalid", "max_speech")
"""Why the last try failed, as far as a state may lead by it."""
_DEAF: Final = (AskWorld, Decide, Finish)
"""Steps at which a recogniser that fails changes nothing."""


def routed(state: State, built: Built) -> Built:
    """Add a state's own routes to the edges of its steps.

    A screen's tries are never exhausted by their reason: anything but a clear no is yes (rule 4). A message that
    stays empty is silence.
    """
    for step, edges in built:
        screen = isinstance(step, Ask) and step.policy == "screen"
        for outcome, target in state.routes:
            if outcome in REASONS:
                takes = "exhausted" in edges or (isinstance(step, TakeMessage) and outcome == "noinput")
                if takes and not screen:
                    edges[exhausted(outcome)] = target
            elif outcome == "asr_error":
                if not isinstance(step, _DEAF):
                    edges[outcome] = target
            elif target != SAME:
                edges[outcome] = target
    return built


def in_every_language(universal: Universal) -> Universal:
    """Return a universal that is known by its words in any language: nobody bleeds in one language only."""
    return replace(
        universal,
        hear=universal.hear + tuple(pattern for _, patterns in universal.hear_in for pattern in patterns),
        unless=universal.unless + tuple(pattern for _, patterns in universal.unless_in for pattern in patterns),
    )


def heeded(
    flow: Flow, universals: tuple[Universal, ...], steps: Mapping[str, Step]
) -> dict[str, tuple[Universal, ...]]:
    """Return the universals that each step acts on."""
    deaf_to = {
        state.name: {outcome.removeprefix("universal:") for outcome, target in state.routes if target == SAME}
        for state in flow.states
    }
    return {
        name: tuple(each for each in universals if each.name not in deaf_to.get(step.state, ()))
        for name, step in steps.items()
    }
