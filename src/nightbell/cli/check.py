"""`nightbell check`: load a clinic's flow, look at its recorded prompts, and show every fault at once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nightbell.cli.terminal import console, emit_json
from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.rendering import as_annotations, as_json, as_text
from nightbell.errors import FlowError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, Screen
from nightbell.speech.recorded import Recordings

__all__ = ["Format", "check"]


class Format(StrEnum):
    """How faults are shown."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    form: Annotated[Format, typer.Option("--format", help="text, json, or github for annotations.")] = Format.TEXT,
) -> int:
    """Load a flow and report every fault at once; 0 sound, 1 findings, 2 usage."""
    form = Format.JSON if json else form
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    try:
        found = load_flow(flow)
    except FlowError as error:
        faults = [fault for fault in error.diagnostics if isinstance(fault, Diagnostic)]
        _show(error, faults, form)
        return 1
    unusable = _unusable(flow / "prompts")
    if unusable:
        count = f"{len(unusable)} recording{'s' if len(unusable) != 1 else ''}"
        _show(FlowError(f"the flow is sound, but {count} cannot be used"), unusable, form)
        return 1
    if form is Format.JSON:
        emit_json({"sound": True, "faults": [], **_summary(found)})
    elif form is Format.TEXT:
        told = _summary(found)
        console().print(
            f"{told['clinic']} is sound: {told['states']} states, {told['questions']} questions, "
            f"{told['universals']} universals. Version {str(told['hash'])[:12]}.",
            markup=False,
        )
    return 0


def _unusable(folder: Path) -> list[Diagnostic]:
    return [
        Diagnostic(Place(str(path)), "NB180", error.message.removeprefix(f"{path} "), error.hint)
        for path, error in Recordings(folder).faults()
    ]


def _show(error: FlowError, faults: Sequence[Diagnostic], form: Format) -> None:
    if form is Format.JSON:
        emit_json({"sound": False, "faults": as_json(faults)})
        return
    if form is Format.GITHUB:
        typer.echo(as_annotations(faults))
        return
    typer.echo(as_text(faults, _sources(faults)))
    typer.echo(f"{error.message}.", err=True)


def _sources(faults: Sequence[Diagnostic]) -> dict[str, str]:
    """Read the files again for the lines to show; what cannot be read is not shown."""
    texts: dict[str, str] = {}
    for file in {fault.place.file for fault in faults if fault.place.line}:
        texts[file] = Path(file).read_text(encoding="utf-8", errors="replace")
    return texts


def _summary(flow: Flow) -> dict[str, str | int]:
    return {
        "clinic": flow.clinic.name,
        "states": len(flow.states),
        "questions": sum(len(state.questions) for state in flow.states if isinstance(state, Screen)),
        "universals": len(flow.universals),
        "hash": flow.hash,
    }
