"""Monitor: what the proof remembers of a call beside what the call itself remembers. Pure functions of one move.

``~told``: the emergency words were heard to their end, by a caller whose floor is D0 or who pressed 9; an answer
or a fresh start that leaves the floor below D0 takes it back. ``~helped``: since the floor last rose the call has
reached a person (hold, transfer), or words at D0, or the silent call's own end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nightbell.flow.proof.table import Move, Row, Table, Variable
from nightbell.terms.disposition import Disposition

__all__ = ["GHOSTS", "HELPED", "TOLD", "YES", "Monitor", "ghost", "is_answer", "pages", "tells"]

TOLD: Final = "~told"
HELPED: Final = "~helped"
GHOSTS: Final = (TOLD, HELPED)
YES: Final = "yes"
_D0: Final = Disposition.D0.value
_CUTS: Final = frozenset({"nine", "hangup", "fail", "failure"})
"""Outcomes that cut must-hear words; all others wait for their end (rule 11)."""


def pages(floor: str) -> bool:
    """Tell whether a person is paged for a floor."""
    return floor != "" and Disposition(floor).pages


def is_answer(move: Move) -> bool:
    """Tell whether a move answers the question that is asked."""
    return move.outcome.startswith("answer:")


def ghost(name: str) -> Variable:
    """Return a variable of the monitor."""
    return Variable(name=name, values=("", YES), begins=("",))


@dataclass(frozen=True, slots=True)
class Monitor:
    """What a move does to ``~told`` and ``~helped``."""

    tellers: frozenset[str]
    """Rows whose words count whatever the floor: the emergency state's, and where key 9 leads."""

    @classmethod
    def of(cls, table: Table) -> Monitor:
        """Make the monitor of a table."""
        emergency = table.rows.get(table.emergency)
        state = emergency.state if emergency is not None else None
        pressed = {move.target for row in table.rows.values() for move in row.moves if move.outcome == "nine"}
        words = {row.id for row in table.rows.values() if tells(row)}
        return cls(frozenset(name for name in words if table.rows[name].state == state or name in pressed))

    def looks_at(self, row: Row, move: Move, target: Row) -> tuple[object, ...]:
        """Return all of a move that ``after`` looks at, so that moves which are alike are worked out once."""
        return (
            tells(row),
            row.id in self.tellers,
            row.kind == "finish",
            target.id == row.id,
            target.kind,
            tells(target),
            is_answer(move),
            move.by in {"hangup", "failure"},
            move.outcome if move.outcome in _CUTS | {"restart", "silent"} else "",
        )

    def after(self, row: Row, move: Move, target: Row, was: tuple[str, str, str], floor: str) -> tuple[str, str]:
        """Return told and helped after a move.

        Args:
            row: where the call stood.
            move: what happened.
            target: where it leads.
            was: floor, told and helped before.
            floor: the floor after the move.
        """
        before, told, helped = was
        stays = target.id == row.id
        finished = tells(row) and not stays and move.outcome not in _CUTS and move.by not in {"hangup", "failure"}
        if finished and (row.id in self.tellers or before == _D0):
            told = YES
        elif floor != _D0 and not stays and (is_answer(move) or move.outcome == "restart"):
            told = ""
        silent = move.outcome == "silent" and target.kind == "finish" and tells(target)
        if target.kind in {"hold", "transfer"} or silent or (told == YES and floor == _D0):
            helped = YES
        elif floor != before or move.outcome == "restart" or (row.kind == "finish" and not stays):
            helped = ""
        return told, helped


def tells(row: Row) -> bool:
    """Tell whether a row says the emergency words so that they cannot be cut."""
    return row.words and row.must_hear
