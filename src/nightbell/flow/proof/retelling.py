"""Retelling: the shortest call of a violation in words, for people. The script of it is ``counterexample``'s."""

from __future__ import annotations

from typing import Final

from nightbell.flow.proof.evidence import place_of
from nightbell.flow.proof.table import FLOOR, Move, Table
from nightbell.flow.proof.verdict import Violation

__all__ = ["steps_of"]

_HISTORY: Final = ("contacts_96h", "filler_contacts_96h", "silent_96h", "treated_14d", "filler_14d")


def steps_of(table: Table, violation: Violation) -> tuple[str, ...]:
    """Return the call in words, a line for each thing that happens which the call does not do by itself."""
    told = [f"{name} is {value}" for name, value in violation.begins.items() if name in _HISTORY and value != "0"]
    lines = [f"before the call: {', '.join(told)}"] if told else []
    for name, move in violation.walk:
        if move.by == "call" and all(do.what == "wait" for do in move.do):
            continue
        row = table.rows[name]
        lines.append(f"{place_of(row)}: {_in_words(move)}")
    end = table.rows[violation.walk[-1][1].target if violation.walk else table.start]
    return (*lines, f"the call is at {place_of(end)}" + _floor_in_words(violation))


def _floor_in_words(violation: Violation) -> str:
    floor = violation.ends.get(FLOOR, "")
    return f", its floor {floor}" if floor else ""


def _in_words(move: Move) -> str:
    said = {
        "press": "the caller presses {value}",
        "words": 'the caller says "{value}"',
        "unsure": 'the caller says "{value}", and the recogniser is not sure',
        "too_long": 'the caller says "{value}", on and on',
        "silence": "the caller says nothing",
        "hang_up": "the caller hangs up",
        "wait": "the words end",
        "world": "{value}",
        "ears_fail": "the recogniser fails",
        "again": "it goes on by {outcome}",
    }
    done = [said[do.what].format(value=do.value, outcome=move.outcome) + _times(do.times) for do in move.do]
    return ", ".join(done) or move.outcome


def _times(times: int) -> str:
    return {1: "", 2: ", twice"}.get(times, f", {times} times")
