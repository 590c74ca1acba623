"""`nightbell doctor`: the table of what is there, missing or broken."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from nightbell.cli.terminal import console, emit_json
from nightbell.settings import load_settings
from nightbell.setup.doctor import Finding, examine

__all__ = ["doctor"]

_COLOURS = {"good": "green", "low": "yellow", "missing": "red", "broken": "red"}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> int:
    """Show what is there, missing or broken, and how to mend it; 0 good, 3 something required is not."""
    found = examine(load_settings())
    held = [finding for finding in found if finding.held_against]
    if json:
        emit_json({"good": not held, "findings": [asdict(finding) for finding in found]})
    else:
        console().print(_table(found))
        for finding in held:
            console().print(f"{finding.name} is {finding.state}. To mend it: {finding.mend}", markup=False)
    return 3 if held else 0


def _table(found: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("what", "state", "detail", "to mend it"):
        table.add_column(heading, overflow="fold")
    for finding in found:
        optional = finding.state == "missing" and not finding.required
        state = "not there" if optional else finding.state
        colour = "dim" if optional else _COLOURS[finding.state]
        table.add_row(finding.name, Text(state, style=colour), finding.detail, finding.mend)
    return table
