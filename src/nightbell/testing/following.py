"""Following: a call played by hand while its table is walked beside it. It tells when handle leaves the table.

Every outcome that handle fires is taken in the table too; what the call remembers afterwards must be a valuation
that the table can have there. What only stays on its step is found by a search over such moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from nightbell.call.compile import Plan
from nightbell.call.effects import Effect, HangUp
from nightbell.call.events import CallStarted, HistoryFound
from nightbell.call.machine import Cursor
from nightbell.call.memory import Memory
from nightbell.call.step import CLOSED, Ask
from nightbell.call.table.variables import away, corrected, wish_of
from nightbell.flow.model import Collect, Flow
from nightbell.flow.proof.table import CLEARED, FLOOR, Move, Table
from nightbell.testing.calls import HandCall

__all__ = ["Followed", "NotInTable", "Valuation", "beginnings", "recording", "taken"]

Valuation: TypeAlias = tuple[str, ...]
"""A value for each variable, in the table's order."""


class NotInTable(AssertionError):
    """Handle did what no walk through the table does."""


class Followed(HandCall):
    """A call by hand that is followed through its table."""

    def __init__(self, flow: Flow, table: Table, *, caller: str | None = "+447700900123", **history: Any) -> None:
        super().__init__(flow, caller=caller, start=False)
        self.table = table
        self.fired: list[tuple[str, str]] = []
        """(step, outcome) of everything fired in the last event."""
        self.walk: list[tuple[str, str, str]] = []
        """(row, outcome, target) from the start."""
        self.cleared = ""
        self.plan = recording(self.plan, self.fired)
        self.at: set[Valuation] = beginnings(table)
        self._index = {variable.name: at for at, variable in enumerate(table.variables)}
        self._silent = True
        self.tell(CallStarted, flow=flow.hash, line="test", caller=caller, called="+442079460123")
        self.tell(HistoryFound, timed_out=not history, **history)
        self._silent = False
        begun = self.projected(self.session.memory)
        if begun not in self.at:
            raise NotInTable(f"a call begins as {begun}, the table {sorted(self.at)}")
        self.at = {begun}

    def tell(self, kind: type[Any], *, after_ms: int = 100, **fields: Any) -> list[Effect]:
        """Give the session one event, and follow it."""
        self.fired.clear()
        before = self.session.memory
        effects = super().tell(kind, after_ms=after_ms, **fields)
        for name, outcome in self.fired:
            self._clear(name, outcome)
        if before.nine == "" and self.session.memory.nine:
            self.cleared = ""
        if not self._silent:
            self.follow(before.step, effects, failing=before.failing)
        return effects

    def follow(self, before: str, effects: Iterable[Effect], *, failing: bool = False) -> None:
        """Walk the table as handle did.

        Raises:
            NotInTable: no walk does that.
        """
        memory = self.session.memory
        if failing or (memory.closed and not self.fired):
            return
        found, row = self.at, before
        ended = any(isinstance(effect, HangUp) for effect in effects)  # the line puts the telephone down by itself
        for number, (name, fired) in enumerate(self.fired):
            outcome = "done" if ended and fired == "hangup" else fired
            row = self.plan.edges[name][fired]
            self.walk.append((name, outcome, row))
            found = {
                after
                for each in self._staying(name, found, arrived=number > 0)
                for move in self.table.rows[name].moves
                if move.outcome == outcome and move.target == row
                for after in self._taken(move, each)
            }
            if not found:
                raise NotInTable(f"{name!r} has no move {outcome!r} at {self.at}; {self.walk[-6:]}")
        if memory.failing:
            found = {
                after
                for each in self._staying(row, found, arrived=bool(self.fired))
                for move in self.table.rows[row].moves
                if move.outcome == "fail"
                for after in self._taken(move, each)
            }
        elif memory.step != CLOSED:
            found = self._staying(memory.step, found, arrived=bool(self.fired))
        known = self.projected(memory)
        matching = {each for each in found if each == known}
        if not matching:
            raise NotInTable(
                f"at {memory.step!r} the call is {known}, the table {sorted(found)}; {self.walk[-6:]}"
            )
        self.at = matching

    def _staying(self, name: str, found: set[Valuation], *, arrived: bool) -> set[Valuation]:
        """Return the valuations reached by moves that stay on a row; on arriving, only what noise hid is told."""
        moves = [move for move in self.table.rows[name].moves if move.target == name and move.changes]
        if arrived:
            moves = [move for move in moves if move.outcome == "unheard"]
        seen = set(found)
        todo = list(found)
        while todo:
            each = todo.pop()
            for move in moves:
                for after in self._taken(move, each):
                    if after not in seen:
                        seen.add(after)
                        todo.append(after)
        return seen

    def _taken(self, move: Move, valuation: Valuation) -> tuple[Valuation, ...]:
        """Return the valuation after a move; nothing where a test fails."""
        return taken(self._index, move, valuation)

    def _clear(self, name: str, outcome: str) -> None:
        if name.endswith("~end") and outcome == "otherwise":
            self.cleared = "screen"
        elif outcome == "answer:no":
            state = self.plan.flow.state(self.plan.steps[name].state)
            if isinstance(state, Collect) and state.clears:
                self.cleared = self.cleared or "gate"

    def projected(self, memory: Memory) -> Valuation:
        """Return what the call remembers as the table's variables say it."""
        return tuple(self._value(variable.name, variable.values, memory) for variable in self.table.variables)

    def _value(self, name: str, values: tuple[str, ...], memory: Memory) -> str:
        kind, _, which = name.partition(":")
        last = len(values) - 1
        nines = str(memory.visits.get("~nine", 0))
        known = {
            FLOOR: memory.floor.value if memory.floor else "",
            CLEARED: self.cleared,
            "engaged": "yes" if memory.engaged else "once" if memory.silences else "no",
            "nine": f"{nines} open" if memory.nine else nines,
            "owed": "" if memory.closed or memory.failing else _owed(memory.pending, self.plan),
            "count": str(min(memory.counts.get(which, 0), last)),
            "contacts_96h": str(min(memory.contacts_96h, last)),
            "filler_contacts_96h": str(min(memory.filler_contacts_96h, last)),
            "silent_96h": str(min(memory.silent_96h, last)),
            "result": memory.results.get(which, ""),
            "callback_number": "own" if memory.caller else "keyed" if memory.callback_number else "unknown",
            "language": memory.language or values[0],
            "cover": values[0],
        }
        return known[kind] if kind in known else str(getattr(memory, kind))


def _owed(pending: str, plan: Plan) -> str:
    kind, _, name = pending.partition(":")
    if kind == "universal":
        said = next(each for each in plan.universals if each.name == name)
        return wish_of(said) if said.floor is None else away(said.floor)
    asked = plan.steps.get(name)
    taken_back = corrected(asked) if isinstance(asked, Ask) else ""
    return {"correct": taken_back, "person": "person", "restart": "back"}.get(kind, "")


def recording(plan: Plan, fired: list[tuple[str, str]]) -> Plan:
    """Return a plan that notes (step, outcome) of everything it fires."""

    def fire(cursor: Cursor, outcome: str) -> None:
        fired.append((cursor.state, outcome))
        plan.fire(cursor, outcome)

    return replace(plan, fire=fire)


def beginnings(table: Table) -> set[Valuation]:
    """Return every valuation that a call can begin with."""
    found: set[Valuation] = {()}
    for variable in table.variables:
        found = {(*each, value) for each in found for value in variable.begins}
    return found


def taken(index: Mapping[str, int], move: Move, valuation: Valuation) -> tuple[Valuation, ...]:
    """Return the valuation after a move; nothing where a test fails.

    Args:
        index: variable to its place in a valuation.
        move: of the table.
        valuation: before it.
    """
    if any(valuation[index[test.variable]] not in test.values for test in move.tests):
        return ()
    after = list(valuation)
    for change in move.changes:
        at = index[change.variable]
        after[at] = dict(change.to).get(after[at], after[at])
    return (tuple(after),)
