"""Way: the states that a test call passes, told one by one to whoever tries the line. An Observer of that call.

A call's events say what came of each; the states in between that only decide are in none of them. So a second
session goes through the same events and is looked at as it moves. For test calls alone: a real one is not watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nightbell.call.compile import compile_flow
from nightbell.call.session import Session
from nightbell.errors import SessionError

if TYPE_CHECKING:
    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.call.machine import Cursor
    from nightbell.flow.model import Flow

__all__ = ["Way"]


class Way:
    """Tells as the call moves."""

    def __init__(self, flow: Flow, tell: Callable[[str, str], None]) -> None:
        """Tell ``("way", STATE)`` for each state, the same one in a row once."""
        self._plan = compile_flow(flow)
        self._session = Session(replace(self._plan, fire=self._fire))
        self._tell = tell
        self._state = ""

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Go along."""
        del effects, audio_ms
        try:
            self._session.handle(event)
        except SessionError:
            return  # the call itself says what became of it
        self._visit(self._session.memory.step)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    def _fire(self, cursor: Cursor, outcome: str) -> None:
        self._visit(cursor.state)
        self._plan.fire(cursor, outcome)
        self._visit(cursor.state)

    def _visit(self, name: str) -> None:
        step = self._plan.steps.get(name)
        if step is not None and step.state and step.state != self._state:
            self._state = step.state
            self._tell("way", step.state)
