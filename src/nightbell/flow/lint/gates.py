"""Gates: which states ask whether a treatment worries the caller, and which stand behind such an answer."""

from __future__ import annotations

from nightbell.flow.lint.graph import edges, entrances, reached, walked
from nightbell.flow.lint.rule import Subject
from nightbell.flow.model import Collect, Screen

__all__ = ["gates", "unscreened"]


def gates(subject: Subject) -> set[str]:
    """Return the yes-or-no questions whose yes leads to a screen before anything else is asked."""
    found = edges(subject)
    return {
        state.name
        for state in subject.flow.states
        if isinstance(state, Collect)
        and state.type == "yes_no"
        and any(isinstance(met, Screen) for met in walked(subject, state.yes, found))
    }


def unscreened(subject: Subject, *, by_gates: bool) -> set[str]:
    """Return the states that a call can come to with no screen answered no throughout.

    Args:
        subject: the flow.
        by_gates: whether a gate's no counts as well.
    """
    asking = gates(subject) if by_gates else set()
    open_ways = [
        edge
        for edge in edges(subject)
        if edge.how != "all_no" and not (edge.start in asking and edge.how == "next")
    ]
    return reached(entrances(subject.flow), open_ways)
