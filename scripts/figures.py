"""Figures of a bench or soak: value, unit, goal, peer; as a table and as JSON.

A figure is always from the run that prints it. A goal is a bound; a figure that was not measured misses its goal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.table import Table

__all__ = ["Figure", "as_json", "as_table", "missed", "told"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    """What it is, in words that stay the same from run to run: `menu commit p95, clean`."""
    value: float | None
    """None when it could not be measured."""
    unit: str = ""
    at_most: float | None = None
    """Goal: the value is not above this."""
    at_least: float | None = None
    """Goal: the value is not below this."""
    peer: str = ""
    """What the same figure is elsewhere, or how many samples it rests on."""

    @property
    def goal(self) -> str:
        """The goal as it is read; empty when there is none."""
        parts = ([f"<= {self.at_most:g}"] if self.at_most is not None else []) + (
            [f">= {self.at_least:g}"] if self.at_least is not None else []
        )
        return " and ".join(parts)

    @property
    def met(self) -> bool:
        """Whether the goal is met; a figure without a goal always is."""
        if not self.goal:
            return True
        if self.value is None:
            return False
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )


def missed(figures: list[Figure]) -> list[str]:
    """Return the names of the figures whose goal is missed."""
    return [figure.name for figure in figures if not figure.met]


def told(figures: list[Figure]) -> int:
    """Print the figures, a line each, and return the exit code: for runs of another size than the usual one."""
    for figure in figures:
        print(f"{figure.name}: {figure.value:g} {figure.unit}")
    return 1 if missed(figures) else 0


def as_json(name: str, figures: list[Figure]) -> dict[str, Any]:
    """Return the object that `--json` prints: name, figures, goals, missed."""
    return {
        "name": name,
        "figures": {
            figure.name: {"value": figure.value, "unit": figure.unit, "peer": figure.peer} for figure in figures
        },
        "goals": {figure.name: figure.goal for figure in figures if figure.goal},
        "missed": missed(figures),
    }


def as_table(name: str, figures: list[Figure]) -> Table:
    """Return the table that people read."""
    table = Table(title=name, title_justify="left")
    for heading in ("figure", "value", "unit", "goal", "", "peer"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for figure in figures:
        value = "not measured" if figure.value is None else f"{figure.value:,.4g}"
        verdict = "" if not figure.goal else "met" if figure.met else "MISSED"
        table.add_row(figure.name, value, figure.unit, figure.goal, verdict, figure.peer)
    return table
