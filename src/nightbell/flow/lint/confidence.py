"""NB349: an answer that is taken though it was hardly heard. What confidence is worth is the recogniser's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.model import Collect, Menu, Screen, State

__all__ = ["RULE"]

LEAST: Final = 0.3
"""Of 1. Two words that mean the same share a recogniser's confidence, so that 0.5 halves; less is noise."""


def _find(subject: Subject) -> Iterator[Finding]:
    told: set[object] = set()
    for state in subject.flow.states:
        if not _decides(state) or state.timers.confidence_level >= LEAST:
            continue
        own = ("states", state.name, "timers", "confidence_level")
        path = own if subject.places.node(*own) is not None else ("timers", "confidence_level")
        place = subject.places.of(*path, value=True)
        if place not in told:
            told.add(place)
            message = f"at {state.name!r} an answer counts that was heard with {state.timers.confidence_level:g}"
            hint = f"{LEAST:g} at least, where a no sends the caller on; confirm: asks after a doubtful answer"
            yield Finding(place, RULE.code, message, hint)


def _decides(state: State) -> bool:
    return isinstance(state, Screen | Menu) or (isinstance(state, Collect) and state.type in {"yes_no", "choice"})


RULE = Rule(
    code="NB349",
    about=Code(
        "An answer that was hardly heard",
        "Noise that is taken for a no sends a caller in danger on. Below a level of confidence an answer is asked "
        "again, and in a screen it counts as yes.",
    ),
    source="DESIGN 4.4; clinical R8",
    find=_find,
)
