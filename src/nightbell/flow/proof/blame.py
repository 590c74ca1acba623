"""Blame: which move of a walk is the one to mend - the step after which the call could not but go wrong.

A call that ends wrong is wrong from the last choice on that made the end certain: the last move of the walk from
a row that has another way out to one that has none. It is a guess at what an owner will want to look at, never
more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from nightbell.flow.proof.table import Move, Row

__all__ = ["closing_move", "last_choice"]

_ASIDE: Final = frozenset(
    {
        "nine",
        "person",
        "hangup",
        "fail",
        "restart",
        "silent",
        "again",
        "unheard",
        "asr_error",
        "universal",
        "correct",
    }
)
"""Outcomes that every row has; what they lead to is no other way out of it."""


def _is_normal(move: Move) -> bool:
    return move.outcome.partition(":")[0] not in _ASIDE


def last_choice(rows: Mapping[str, Row], walk: Sequence[tuple[str, Move]], end: str) -> tuple[str, str] | None:
    """Return row and outcome of the last move after which every usual way leads to ``end``, if there is one."""
    free = _with_another_way(rows, end)
    for name, move in reversed(walk):
        if name in free and move.target not in free and move.target != name:
            return name, move.outcome
    return None


def closing_move(rows: Mapping[str, Row], ring: Sequence[tuple[str, Move]]) -> tuple[str, str] | None:
    """Return row and outcome of the move that closes a ring: the one back to what stands first in the flow."""
    order = {name: number for number, name in enumerate(rows)}
    backward = [(name, move) for name, move in ring if order[move.target] <= order[name]]
    chosen = [(name, move) for name, move in backward if rows[name].kind not in {"say", "decide"}] or backward
    return (chosen[0][0], chosen[0][1].outcome) if chosen else None


def _with_another_way(rows: Mapping[str, Row], end: str) -> set[str]:
    """Return the rows from which some usual way leads to an end, and never through ``end``."""
    into: dict[str, set[str]] = {}
    for name, row in rows.items():
        for move in row.moves:
            if _is_normal(move) and name != end:
                into.setdefault(move.target, set()).add(name)
    free = {name for name, row in rows.items() if row.kind == "finish" and name != end}
    waiting = list(free)
    while waiting:
        for before in into.get(waiting.pop(), ()):
            if before not in free:
                free.add(before)
                waiting.append(before)
    return free
