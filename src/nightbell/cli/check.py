"""`nightbell check`: load a flow, hold it to every rule, prove it, and show all that was found at once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nightbell.cli.checking import Examined, Shown, examine
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.document.diagnostic import Diagnostic
from nightbell.document.rendering import as_annotations, as_json, as_text
from nightbell.errors import SettingsError
from nightbell.flow.model import Flow, Screen
from nightbell.flow.proof.span import Span, Worst
from nightbell.flow.proof.verdict import Verdict
from nightbell.settings import load_settings

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
    scripts: Annotated[
        Path | None, typer.Option(help="Write the calls that show a violation here, as call scripts.")
    ] = None,
    proof: Annotated[bool, typer.Option("--proof/--no-proof", help="Prove the flow too.")] = True,
) -> int:
    """Load a flow, hold it to every rule, prove it; 0 sound, 1 findings, 2 usage."""
    form = Format.JSON if json else form
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    examined = examine(flow, load_settings(), proof=proof)
    written = _written(examined.shown, scripts) if scripts is not None else []
    match form:
        case Format.JSON:
            emit_json(_as_json(examined))
        case Format.GITHUB:
            if examined.diagnostics:
                typer.echo(as_annotations(examined.diagnostics))
        case Format.TEXT:
            _show(examined, flow, written)
    for note in examined.notes:
        progress_console().print(note, markup=False)
    return 0 if examined.sound else 1


def _written(shown: Sequence[Shown], folder: Path) -> list[Path]:
    """Write the scripts. Raises SettingsError where they cannot be."""
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in shown:
            if one.script is not None:
                path = folder / f"{one.name}.yaml"
                path.write_text(one.script, encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise SettingsError(
            f"no scripts can be written to {folder} ({error.strerror})",
            hint="choose another folder with --scripts",
        ) from error
    return written


def _show(examined: Examined, folder: Path, written: Sequence[Path]) -> None:
    found = examined.diagnostics
    if found:
        typer.echo(as_text(found, _sources(found)))
    if examined.verdict is not None:
        _show_calls(examined.shown, folder, written)
        if examined.verdict.worst is not None:
            typer.echo(_worst_in_words(examined.verdict.worst))
    if examined.sound and examined.flow is not None:
        told = _summary(examined.flow)
        proved = f", {examined.verdict.states_searched:,} states proved" if examined.verdict is not None else ""
        console().print(
            f"{told['clinic']} is sound: {told['states']} states, {told['questions']} questions, "
            f"{told['universals']} universals{proved}. Version {str(told['hash'])[:12]}.",
            markup=False,
        )
        return
    errors = len(examined.errors)
    warnings = len(found) - errors
    more = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    typer.echo(f"{folder}: {errors} fault{'s' if errors != 1 else ''}{more}.", err=True)


def _show_calls(shown: Sequence[Shown], folder: Path, written: Sequence[Path]) -> None:
    """Show the shortest call in words; the others are in the scripts."""
    calls = sorted((one for one in shown if one.steps), key=lambda one: (one.script is None, len(one.steps)))
    if calls:
        first = calls[0]
        typer.echo(f"\nThe shortest call ({first.violation.code}):")
        for line in first.steps:
            typer.echo(f"  {line}")
    if written:
        many = "1 call script" if len(written) == 1 else f"{len(written)} call scripts"
        typer.echo(f"\n{many} written. Play them: nightbell rehearse {folder} {written[0]}")
    elif any(one.script is not None for one in shown):
        typer.echo(f"\nTo have such calls as scripts: nightbell check {folder} --scripts DIR")


def _worst_in_words(worst: Worst) -> str:
    return (
        f"At most {_span(worst.to_help)} from the answer to a person or the emergency words"
        f"{'' if worst.to_help.bounded else ' (the limits of the flow)'}; "
        f"{_span(worst.unheard)} where nothing is understood; "
        f"{_span(worst.to_words)} from an emergency to the end of the words.\n"
        "After a red flag the page is out at once "
        f"({worst.to_page.seconds:.0f} s after key 9, unless it is taken back), and words that name key 9 or the "
        f"emergency number have begun after at most {_span(worst.to_begin)}; where nobody answers, a caller who "
        f"waits is told to dial after at most {worst.unanswered.seconds:.0f} s."
    )


def _span(span: Span) -> str:
    return f"{span.turns} turn{'s' if span.turns != 1 else ''} and {span.seconds:.0f} s"


def _sources(faults: Sequence[Diagnostic]) -> dict[str, str]:
    """Read the files again for the lines to show; the lines of a list of patients are nobody's to see."""
    texts: dict[str, str] = {}
    for file in {fault.place.file for fault in faults if fault.place.line}:
        if file.endswith(".csv"):
            continue
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


def _as_json(examined: Examined) -> dict[str, Any]:
    told: dict[str, Any] = {"sound": examined.sound, "faults": as_json(examined.diagnostics)}
    if examined.flow is not None:
        told |= _summary(examined.flow)
    if examined.verdict is not None:
        told["proof"] = _verdict_as_json(examined.verdict, examined.shown)
    return told


def _verdict_as_json(verdict: Verdict, shown: Sequence[Shown]) -> dict[str, Any]:
    return {
        "proved": verdict.proved,
        "violated": sorted(verdict.violated),
        "states_searched": verdict.states_searched,
        "too_large": None if verdict.too_large is None else verdict.too_large.message,
        "worst": None if verdict.worst is None else _worst_as_json(verdict.worst),
        "violations": [
            {
                "property": one.violation.property,
                "code": one.violation.code,
                "file": one.place.file,
                "line": one.place.line,
                "message": one.violation.message,
                "begins": dict(one.violation.begins),
                "walk": [
                    {"row": name, "outcome": move.outcome, "by": move.by, "to": move.target}
                    for name, move in one.violation.walk
                ],
                "steps": list(one.steps),
                "name": one.name,
                "script": one.script,
            }
            for one in shown
        ],
    }


def _worst_as_json(worst: Worst) -> dict[str, dict[str, float | bool]]:
    spans = {
        "to_help": worst.to_help,
        "unheard": worst.unheard,
        "from_flag": worst.from_flag,
        "to_words": worst.to_words,
        "to_page": worst.to_page,
        "to_begin": worst.to_begin,
        "unanswered": worst.unanswered,
        "limits": worst.whole,
    }
    return {
        name: {"turns": span.turns, "seconds": span.seconds, "bounded": span.bounded}
        for name, span in spans.items()
    }
