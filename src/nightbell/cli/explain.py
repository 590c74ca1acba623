"""`nightbell explain`: what a code means and how its fault is mended; alone, all codes."""

from __future__ import annotations

from difflib import get_close_matches
from textwrap import dedent
from typing import Annotated, Any

import typer
from rich.table import Table

from nightbell.cli.codes import GROUPS, Entry, all_entries, entries_of
from nightbell.cli.terminal import console, emit_json

__all__ = ["explain"]


def explain(
    code: Annotated[str, typer.Argument(help="A code, such as NB130; all of them when left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON value.")] = False,
) -> int:
    """Explain a code: what the fault is, why it matters, and how it is mended; alone, list all codes."""
    if not code:
        _list(all_entries(), json=json)
        return 0
    found = entries_of(code)
    if not found:
        typer.echo(f"There is no code {code!r}. {_near(code)}", err=True)
        return 2
    if json:
        emit_json({"code": found[0].code, "meanings": [_as_json(entry) for entry in found]})
        return 0
    for number, entry in enumerate(found):
        if number:
            typer.echo("")
        _show(entry)
    return 0


def _near(code: str) -> str:
    known = sorted({entry.code for entry in all_entries()})
    digits = "".join(sign for sign in code if sign.isdecimal())
    beginning = [one for one in known if code and one.startswith(code.upper())][:3]
    near = beginning or get_close_matches(
        f"NB{digits.zfill(3)}" if digits else code.upper(), known, n=3, cutoff=0.6
    )
    return f"Did you mean {' or '.join(near)}?" if near else "`nightbell explain` lists them all."


def _show(entry: Entry) -> None:
    out = console()
    out.print(f"{entry.code} {entry.title}", style="bold", markup=False)
    out.print(f"  {entry.explanation}", markup=False)
    if entry.source:
        out.print(f"  Where it comes from: {entry.source}.", markup=False)
    if entry.example:
        for name, text in (("Broken", entry.example.broken), ("Mended", entry.example.mended)):
            out.print(f"  {name} ({entry.example.file}):", markup=False)
            for line in dedent(text.expandtabs(4)).splitlines():
                out.print(f"    {line}", markup=False)


def _list(entries: tuple[Entry, ...], *, json: bool) -> None:
    if json:
        emit_json([_as_json(entry) for entry in entries])
        return
    table = Table("code", "what it is", "about", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(entry.code, entry.title, GROUPS[entry.group])
    console().print(table)


def _as_json(entry: Entry) -> dict[str, Any]:
    example = entry.example
    return {
        "code": entry.code,
        "group": entry.group,
        "title": entry.title,
        "explanation": entry.explanation,
        "source": entry.source,
        "example": None
        if example is None
        else {"file": example.file, "broken": example.broken, "mended": example.mended},
    }
