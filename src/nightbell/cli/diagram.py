"""`nightbell diagram`: a flow as a picture: SVG to look at, or Mermaid for pages that draw it themselves."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from nightbell.call.proving import table_for
from nightbell.cli.lengths import lengths_of
from nightbell.cli.picture import as_svg
from nightbell.cli.terminal import console
from nightbell.errors import SettingsError
from nightbell.flow.diagram.dot import as_dot
from nightbell.flow.diagram.draw import draw
from nightbell.flow.diagram.drawing import Worst
from nightbell.flow.diagram.longest import longest_way
from nightbell.flow.diagram.mermaid import as_mermaid
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.flow.proof.prove import prove
from nightbell.settings import load_settings

__all__ = ["Format", "diagram"]


class Format(StrEnum):
    """How the picture is written."""

    SVG = "svg"
    MERMAID = "mermaid"


_SUFFIXES: Final = {".svg": Format.SVG, ".mmd": Format.MERMAID, ".mermaid": Format.MERMAID, ".md": Format.MERMAID}


def diagram(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write: .svg, .mmd, or .md. Standard output when left out.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="svg or mermaid; the file's ending when left out, else svg.")
    ] = None,
) -> int:
    """Draw a flow: danger signs red, the longest way to a person thick; 0 drawn, 1 findings, 2 usage."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    suffix = out.suffix.lower() if out is not None else ""
    if form is None and suffix and suffix not in _SUFFIXES:
        typer.echo(f"{suffix} is not known: {', '.join(_SUFFIXES)}; or say --format.", err=True)
        return 2
    form = form or _SUFFIXES.get(suffix, Format.SVG)
    loaded = load_flow(flow)
    drawing = draw(loaded, _worst(loaded, flow))
    if form is Format.SVG:
        text = as_svg(as_dot(drawing))
    else:
        text = as_mermaid(drawing)
        text = f"```mermaid\n{text}```\n" if suffix == ".md" else text
    if out is None:
        typer.echo(text, nl=False)
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{out} cannot be written ({error.strerror})", hint="choose another --out") from error
    console().print(
        f"{out}: {len(loaded.states)} states, {len(drawing.arrows)} ways"
        + (f"; {drawing.worst.told}" if drawing.worst else ""),
        markup=False,
    )
    return 0


def _worst(flow: Flow, folder: Path) -> Worst | None:
    """Return the longest way of the flow's proof; None where there is none, or the flow is too large to prove."""
    table = table_for(flow, lengths_of(flow, load_settings(), folder=folder, render=False))
    worst, states = prove(table).worst, longest_way(table, draw(flow).steps)
    if worst is None or not states:
        return None
    return Worst(
        states=states,
        turns=worst.unheard.turns,
        seconds=round(worst.unheard.seconds),
        any_turns=worst.to_help.turns,
        any_seconds=round(worst.to_help.seconds),
    )
