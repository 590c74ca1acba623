"""`nightbell new`: ask seven questions and make a clinic's folder that passes `nightbell check`."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any, Final

import typer

from nightbell.calendar.hours import regions_of
from nightbell.calendar.week import week_as_text
from nightbell.cli.folder import refuse_existing, write_folder
from nightbell.cli.questions import QUESTIONS, Answers, Question, answers_of, title_of
from nightbell.cli.terminal import console
from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.node import Mapping, Scalar
from nightbell.document.reader import read
from nightbell.document.rendering import as_text
from nightbell.errors import FlowError, TermError
from nightbell.flow.reading.text import suggestion

__all__ = ["new"]

_FOLDER: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_TAKEN: Final = frozenset({"shared"})
_IN: Final = " " * 5
_STOPPED: Final = "Stopped. Nothing was written."


def new(
    clinic: Annotated[str, typer.Argument(help="Name of the new folder: small letters, digits, - and _.")],
    *,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with the answers, instead of questions: " + ", ".join(q.name for q in QUESTIONS) + "."
        ),
    ] = None,
    flows: Annotated[Path, typer.Option(help="Folder of the flows.")] = Path("flows"),
    emergency: Annotated[
        str, typer.Option(help="Number of an ambulance, in a country where it is not known.")
    ] = "",
) -> int:
    """Ask seven questions and make a clinic's folder that passes; 0 made, 1 not, 2 usage."""
    if not _FOLDER.fullmatch(clinic) or clinic in _TAKEN:
        typer.echo(f"{clinic!r} is no name for a folder. Use small letters, digits, - and _: rosewood.", err=True)
        return 2
    refuse_existing(flows, clinic)
    if answers is None:
        try:
            found = _asked(clinic, emergency)
        except (EOFError, KeyboardInterrupt):
            typer.echo(f"\n{_STOPPED}", err=True)
            return 1
    else:
        try:
            found = _read(answers, clinic, emergency)
        except FlowError as error:
            faults = [fault for fault in error.diagnostics if isinstance(fault, Diagnostic)]
            source = answers.read_text(encoding="utf-8", errors="replace") if answers.is_file() else ""
            typer.echo(as_text(faults, {str(answers): source}), err=True)
            return 1
    try:
        written = write_folder(flows, clinic, found)
    except KeyboardInterrupt:
        typer.echo(f"\n{_STOPPED}", err=True)
        return 1
    _tell(flows / clinic, found, len(written))
    return 0


def _asked(clinic: str, emergency: str) -> Answers:
    out = console()
    out.print(f"Seven questions about {clinic}. Enter alone takes what stands in brackets.", markup=False)
    before: dict[str, Any] = {"folder": title_of(clinic), "emergency": emergency}
    for place, question in enumerate(QUESTIONS, start=1):
        out.print(f"\n{place}/{len(QUESTIONS)}  {question.ask}", style="bold", markup=False)
        out.print(fill(question.why, 88, initial_indent=_IN, subsequent_indent=_IN), style="dim", markup=False)
        before[question.name] = _one(question, before)
    return answers_of(before)


def _one(question: Question, before: dict[str, Any]) -> Any:
    out = console()
    usual = question.default(before)
    while True:
        typed = out.input(f"{_IN}{f'({usual}) ' if usual else ''}> ", markup=False).strip() or usual
        try:
            return question.read(typed, before)
        except TermError as error:
            out.print(
                f"{_IN}{error.message}: {error.hint}." if error.hint else f"{_IN}{error.message}.", style="red"
            )


def _read(path: Path, clinic: str, emergency: str) -> Answers:
    """Read the answers file; every fault in it at once.

    Raises:
        FlowError: it has faults.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = Diagnostic(Place(str(path)), "NB120", "the answers cannot be read", "a text file in UTF-8")
        raise FlowError(f"{path} cannot be read", diagnostics=(fault,), hint=fault.hint) from error
    root, found = read(text, str(path))
    faults = list(found)
    before: dict[str, Any] = {"folder": title_of(clinic), "emergency": emergency}
    if root is not None:
        _unknown(root, faults)
        for question in QUESTIONS:
            _answer(question, root, before, faults)
    if faults:
        raise FlowError(f"{path} has faults", diagnostics=in_order(faults), hint="mend them and start again")
    return answers_of(before)


def _answer(question: Question, root: Mapping, before: dict[str, Any], faults: list[Diagnostic]) -> None:
    node = root.get(question.name)
    place = node.place if node is not None else root.place
    try:
        usual = question.default(before)
        typed = node.text if isinstance(node, Scalar) else ("" if node is None else None)
        if typed is None:
            faults.append(Diagnostic(place, "NB123", f"{question.name!r} must be text", "put it into quotes"))
        elif not typed.strip() and not usual:
            faults.append(Diagnostic(place, "NB122", f"{question.name!r} has no answer", question.why))
        else:
            before[question.name] = question.read(typed.strip() or usual, before)
    except TermError as error:
        faults.append(Diagnostic(place, "NB124", error.message, error.hint))
    except KeyError:
        return  # it needs the answer to a question before it, whose fault is noted


def _unknown(root: Mapping, faults: list[Diagnostic]) -> None:
    known = [question.name for question in QUESTIONS]
    otherwise = "known: " + ", ".join(known)
    faults.extend(
        Diagnostic(
            key.place,
            "NB121",
            f"{key.text!r} is no question",
            suggestion(key.text, known, otherwise),
        )
        for key, _ in root.items
        if key.text not in known
    )


def _tell(folder: Path, answers: Answers, files: int) -> None:
    site, out = answers.site, console()
    out.print(f"\nMade {folder}, {files} files with the shared ones.", style="bold", markup=False)
    if not site.country.crisis:
        missing = f"No crisis line of {site.country.name} is known: write its number into clinic.yaml, as spoken."
        out.print(f"  {missing}", style="red", markup=False)
    if not site.region and regions_of(site.country.code):
        parts = f"Parts of {site.country.name} have holidays of their own: write region: into clinic.yaml."
        out.print(f"  {parts}", style="red", markup=False)
    for line in (
        f"{answers.title}, {site.country.name}: callers are told to dial {site.country.emergency}.",
        f"Open {week_as_text(dict(answers.hours))}, by the clock of {site.zone}; public holidays are closed.",
        "Rung at night: " + ("you alone." if answers.deputy is None else "you, then your deputy."),
        "Nothing of it is signed: a clinician reads it and signs it before it takes a real call.",
    ):
        out.print(f"  {line}", markup=False)
    out.print(f"\nNext:  nightbell check {folder}\n       nightbell talk {folder}", markup=False)
