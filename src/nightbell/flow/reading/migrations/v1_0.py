"""From 1.0 to 1.1: in a collection of yes or no, where a no leads is called ``no``; it was called ``next``."""

from __future__ import annotations

from dataclasses import replace

from nightbell.document.node import Mapping, Node, Scalar
from nightbell.flow.reading.migrations.migration import Migration

__all__ = ["MIGRATION"]


def _migrate(file: Mapping) -> Mapping:
    """Rename ``next`` in every collection of type yes_no."""
    return Mapping(
        tuple((key, _states(value) if key.text == "states" else value) for key, value in file.items), file.place
    )


def _states(states: Node) -> Node:
    if not isinstance(states, Mapping):
        return states
    return Mapping(tuple((name, _state(state)) for name, state in states.items), states.place)


def _state(state: Node) -> Node:
    if not isinstance(state, Mapping) or state.get("no") is not None:
        return state
    kind, of = state.get("kind"), state.get("type")
    asks = isinstance(kind, Scalar) and kind.text == "collect" and isinstance(of, Scalar) and of.text == "yes_no"
    if not asks:
        return state
    items = ((replace(key, text="no") if key.text == "next" else key, value) for key, value in state.items)
    return Mapping(tuple(items), state.place)


MIGRATION = Migration("1.0", "1.1", "in a collect of yes_no, `next` is now `no`", _migrate)
