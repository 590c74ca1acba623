"""Floors: the floor as a variable of the table, and what raises it, as ``Turn.raise_floor`` does. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nightbell.call.step import Ask, Decide, Step
from nightbell.flow.model import Flow
from nightbell.flow.proof.table import FLOOR, Change, Test
from nightbell.terms.disposition import Disposition, highest

__all__ = ["change", "floors_of", "needless", "pages", "raised", "raising", "test"]


def floors_of(flow: Flow, steps: Iterable[Step]) -> tuple[str, ...]:
    """Return every floor that a call of the flow can have, "" for none, in rising urgency."""
    found = {Disposition.DU, Disposition.D0}
    found |= {universal.floor for universal in flow.universals if universal.floor is not None}
    for step in steps:
        if isinstance(step, Ask) and step.floor is not None:
            found.add(step.floor)
        if isinstance(step, Decide):
            found |= {case.floor for case in step.cases if case.floor is not None}
    return ("", *(each.value for each in sorted(found, key=lambda each: (each.rank, each.value))))


def raised(before: str, floor: Disposition) -> str:
    """Return the floor after one was raised."""
    now = highest(Disposition(before) if before else None, floor) or floor
    return floor.value if floor is Disposition.DM and now.rank == floor.rank else now.value


def pages(floor: str) -> bool:
    """Tell whether a person is paged at this floor."""
    return bool(floor) and Disposition(floor).pages


def needless(floor: str, asked: Disposition) -> bool:
    """Tell whether a screen's question is left out at this floor: a yes could raise nothing."""
    return pages(floor) and highest(Disposition(floor), asked) is Disposition(floor)


def change(variable: str, values: Iterable[str], to: Callable[[str], str]) -> tuple[Change, ...]:
    """Return the change of a variable that takes each value to another; none where all stay."""
    pairs = tuple((value, after) for value in values if (after := to(value)) != value)
    return (Change(variable, pairs),) if pairs else ()


def raising(floors: Iterable[str], floor: Disposition | None) -> tuple[Change, ...]:
    """Return the change that raises the floor."""
    if floor is None:
        return ()
    return change(FLOOR, floors, lambda before: raised(before, floor))


def test(variable: str, values: Iterable[str], allowed: Callable[[str], bool]) -> tuple[Test, ...] | None:
    """Return the test that a variable has an allowed value; none where all are, None where none is."""
    values = tuple(values)
    good = frozenset(value for value in values if allowed(value))
    if not good:
        return None
    return () if len(good) == len(values) else (Test(variable, good),)
