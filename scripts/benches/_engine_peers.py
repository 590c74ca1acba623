"""The machines that the engine bench sets beside each other: the same states and outcomes, nothing else to do."""

from __future__ import annotations

import time
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Final

from scripts.benches._engine_walk import Walk
from transitions.extensions.asyncio import AsyncMachine

from nightbell.call.machine import Cursor
from nightbell.call.step import CLOSED

__all__ = ["AsyncPeer", "MovePeer", "XStatePeer"]


_XSTATE: Final = "xstate_statemachine"


def _rates(moves: int, calls: int, made_s: float, moved_s: float) -> tuple[float, float]:
    """Return moves a second, and microseconds a new call."""
    return moves / moved_s, made_s / calls * 1e6


class MovePeer:
    """Our shared machine; a call is a cursor."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def walk(self, calls: int) -> tuple[float, float]:
        """Walk the calls; return moves a second, and microseconds a new call."""
        fire, outcomes = self._walk.plan.fire, self._walk.outcomes
        began = time.process_time()
        cursors = [Cursor(self._walk.start) for _ in range(calls)]
        made = time.process_time()
        for cursor in cursors:
            for outcome in outcomes:
                fire(cursor, outcome)
        ended = time.process_time()
        if any(cursor.state != CLOSED for cursor in cursors):
            raise AssertionError("our machine went elsewhere")
        return _rates(calls * len(outcomes), calls, made - began, ended - made)


class _Model:
    """A call as AsyncMachine sees it."""


class AsyncPeer:
    """transitions' AsyncMachine, as its documentation says: one machine, one model a call."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        edges = walk.plan.edges
        self._machine = AsyncMachine(
            model=None,
            states=list(edges),
            initial=walk.start,
            auto_transitions=False,
            ignore_invalid_triggers=False,
        )
        for source, outcomes in edges.items():
            for outcome, target in outcomes.items():
                self._machine.add_transition(outcome, source, target)

    async def walk(self, calls: int) -> tuple[float, float]:
        """Walk the calls; return moves a second, and microseconds a new call."""
        outcomes = self._walk.outcomes
        models: list[Any] = [_Model() for _ in range(calls)]
        began = time.process_time()
        for model in models:
            self._machine.add_model(model)
        made = time.process_time()
        for model in models:
            for outcome in outcomes:
                await model.trigger(outcome)
        ended = time.process_time()
        if any(model.state != CLOSED for model in models):
            raise AssertionError("AsyncMachine went elsewhere")
        for model in models:
            self._machine.remove_model(model)
        return _rates(calls * len(outcomes), calls, made - began, ended - made)


class XStatePeer:
    """xstate-statemachine: one machine, one started interpreter a call."""

    def __init__(self, walk: Walk) -> None:
        states = {
            _spelt(source): {"on": {outcome: _spelt(target) for outcome, target in outcomes.items()}}
            if outcomes
            else {"type": "final"}
            for source, outcomes in walk.plan.edges.items()
        }
        self._walk = walk
        self._machine = import_module(_XSTATE).create_machine(
            {"id": "call", "initial": _spelt(walk.start), "states": states}
        )

    @staticmethod
    def is_there() -> bool:
        """Tell whether it is installed: it is a peer, and nothing of Nightbell needs it."""
        return find_spec(_XSTATE) is not None

    @staticmethod
    def about() -> str:
        """Return its version, or that it is not there."""
        try:
            return f"{version('xstate-statemachine')}, one SyncInterpreter a call"
        except PackageNotFoundError:
            return "not installed"

    def walk(self, calls: int) -> tuple[float, float]:
        """Walk the calls; return moves a second, and microseconds a new call."""
        make, outcomes = import_module(_XSTATE).SyncInterpreter, self._walk.outcomes
        began = time.process_time()
        interpreters = [make(self._machine) for _ in range(calls)]
        for interpreter in interpreters:
            interpreter.start()
        made = time.process_time()
        for interpreter in interpreters:
            for outcome in outcomes:
                interpreter.send(outcome)
        ended = time.process_time()
        if any(f"call.{CLOSED}" not in interpreter.current_state_ids for interpreter in interpreters):
            raise AssertionError("xstate-statemachine went elsewhere")
        for interpreter in interpreters:
            interpreter.stop()
        return _rates(calls * len(outcomes), calls, made - began, ended - made)


def _spelt(step: str) -> str:
    """Return a step's name as this library can have it: a point would part a path."""
    return step.replace(".", "/")
