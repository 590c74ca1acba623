"""Marks: what an outcome of a step leaves behind for later branches - results and the language. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from nightbell.call.step import Ask, Outcome, Step, TakeDigits, TakeMessage, answer

__all__ = ["LANGUAGE", "Marks", "marks_of"]

LANGUAGE: Final = "language"
"""Variable of a mark that switches the language; every other is a result's name after ``result:``."""
Marks: TypeAlias = tuple[tuple[str, str], ...]
"""(variable, value); "" forgets a result."""


def marks_of(step: Step, edges: Mapping[Outcome, str]) -> dict[Outcome, Marks]:
    """Return what each outcome of a step leaves behind; outcomes that leave nothing are left out."""
    match step:
        case Ask():
            marks = {
                answer(possible.category): _result(step, possible.category)
                + (((LANGUAGE, possible.language),) if possible.language else ())
                for possible in step.answers
            }
            lost = ""
        case TakeDigits():
            marks, lost = {"got": _result(step, "known")}, "unknown"
        case TakeMessage():
            marks = {"recorded": _result(step, "known"), "empty": _result(step, "unknown")}
            lost = "unknown"
        case _:
            return {}
    marks |= {outcome: _result(step, lost) for outcome in edges if outcome.startswith("exhausted")}
    return {outcome: left for outcome, left in marks.items() if left}


def _result(step: Ask | TakeDigits | TakeMessage, value: str) -> Marks:
    return ((f"result:{step.result}", value),) if step.result else ()
