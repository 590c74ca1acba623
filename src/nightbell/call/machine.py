"""Machine: the plan's edges in one shared, synchronous ``transitions.Machine`` without models.

A call's cursor is never added as a model (that costs 450 us and 27 kB a call); its events are triggered with the
cursor as an argument, which is the one thing they write. No callbacks, no I/O. AsyncMachine is not
used: 0.9.3 swallows CancelledError (upstream 704, 713).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transitions import Event, Machine, MachineError, Transition

from nightbell.errors import SessionError

__all__ = ["Cursor", "SharedMachine", "build_machine", "edges_of"]


@dataclass(slots=True)
class Cursor:
    """Where a call stands; the one thing that transitions writes."""

    state: str


class _Outcome(Event):
    """An event that does nothing but move: callbacks, conditions, queue and log cost twenty times as much."""

    def trigger(self, model: Any, *_args: Any, **_kwargs: Any) -> bool:
        """Move the cursor over the transition that ``transitions`` keeps for where it stands.

        Raises:
            MachineError: there is none.
        """
        found = self.transitions.get(model.state)
        if not found:
            raise MachineError(f"no {self.name!r} at {model.state!r}")
        model.state = found[0].dest
        return True


class _Move(Transition):
    """A transition that has nothing but its ends: each of ten thousand had four empty lists of its own."""

    def __init__(self, source: str, dest: str, *_nothing: Any, **_none: Any) -> None:
        self.source = source
        self.dest = dest


class _Machine(Machine):
    """A machine of such events and transitions."""

    event_cls = _Outcome
    transition_cls = _Move


class SharedMachine:
    """One machine for all calls of a flow version."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._events: Mapping[str, Any] = machine.events

    def fire(self, cursor: Cursor, outcome: str) -> None:
        """Move the cursor by an outcome.

        Raises:
            SessionError: the step has no such outcome: the plan and the session disagree.
        """
        try:
            self._events[outcome].trigger(cursor)
        except (KeyError, MachineError) as error:
            raise SessionError(f"{cursor.state!r} has no outcome {outcome!r}") from error

    @property
    def events(self) -> Mapping[str, Any]:
        """Outcome to transitions' event."""
        return self._events


def build_machine(edges: Mapping[str, Mapping[str, str]], initial: str) -> SharedMachine:
    """Build the machine from (step, outcome) -> step."""
    machine = _Machine(model=None, states=list(edges), initial=initial, auto_transitions=False)
    for source, outcomes in edges.items():
        for outcome, target in outcomes.items():
            if outcome in machine.events:
                machine.events[outcome].add_transition(_Move(source, target))
            else:
                machine.add_transition(outcome, source, target)
    return SharedMachine(machine)


def edges_of(machine: SharedMachine) -> dict[str, dict[str, str]]:
    """Read (step, outcome) -> step back out of the machine: the table a proof searches."""
    table: dict[str, dict[str, str]] = {}
    for outcome, event in machine.events.items():
        for source, transitions in event.transitions.items():
            table.setdefault(source, {})[outcome] = transitions[0].dest
    return table
