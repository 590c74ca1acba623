"""`nightbell triage`: from each row of the triage table to what holds it in a clinic's flow, and how it went."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy.exc import SQLAlchemyError

from nightbell.cli.terminal import console, emit_json
from nightbell.errors import RecordsFailed
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.records.database import shared_records
from nightbell.records.wake_ups import WakeUps
from nightbell.records.wake_ups import wake_ups as judged_wake_ups
from nightbell.rehearsal.callers.load import load_company
from nightbell.rehearsal.callers.person import Person
from nightbell.rehearsal.callers.trace import Held, Row, Run, read_run, scripts_by_row, trace
from nightbell.settings import load_settings

__all__ = ["as_page", "rows_of", "run_version", "triage"]

_RUN: Final = Path("docs") / "triage-run.json"
_BUSY_MS: Final = 250


def triage(
    flow: Annotated[list[Path], typer.Argument(help="Clinics' folders, such as flows/rosewood.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    run: Annotated[Path, typer.Option(help="The stored run to compare with.")] = _RUN,
    wake_ups: Annotated[
        bool, typer.Option("--wake-ups", help="Count in the records how those who were woken judged it.")
    ] = False,
) -> int:
    """Show what holds each triage row; 0 every row that a caller rings about is held, 1 one is not, 2 usage."""
    missing = [str(folder) for folder in flow if not folder.is_dir()]
    if missing:
        typer.echo(f"no folder: {', '.join(missing)}. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    rows, stored = rows_of(flow, run)
    woken = _woken(flow) if wake_ups else ()
    bare = [row for row in rows if row.empty and row.callers]
    if json:
        told: dict[str, object] = {
            "rows": [_as_json(row) for row in rows],
            "run": stored.at if stored is not None else None,
        }
        emit_json(told | ({"wake_ups": [asdict(each) for each in woken]} if wake_ups else {}))
    else:
        page = as_page(rows, stored) + ("\n".join(_wake_ups(woken)) if wake_ups else "")
        console().print(page, markup=False, highlight=False)
    return 1 if bare else 0


def rows_of(folders: Sequence[Path], run: Path) -> tuple[tuple[Row, ...], Run | None]:
    """Trace the rows through these clinics' folders.

    Raises:
        FlowError: a flow does not load.
        CallersError: callers do not load, or the stored run cannot be read.
    """
    flows = [load_flow(folder) for folder in folders]
    names = {flow.clinic.name for flow in flows}
    people = [person for person in _people(folders[0].resolve().parent) if person.clinic in names]
    stored = read_run(run, run_version(flows, people))
    return trace(flows, people, scripts_by_row(folders), stored), stored


def run_version(flows: Sequence[Flow], people: Sequence[Person]) -> str:
    """Return what a stored run is good for: these flows and these callers, as they are now."""
    total = hashlib.sha256()
    for flow in sorted(flows, key=lambda each: each.clinic.name):
        total.update(flow.hash.encode())
    for person in sorted(people, key=lambda each: (each.clinic, each.id)):
        signs = ",".join(sorted(person.signs))
        said = (person.id, person.clinic, person.says, person.then, person.floor.value, signs)
        total.update("|".join(said).encode())
    return total.hexdigest()[:12]


def as_page(rows: Sequence[Row], run: Run | None) -> str:
    """Return docs/triage.md."""
    lines = [
        "# From the triage table to the line",
        "",
        "Each row of the triage table, what it asks for, and what holds it: floor, clinic, place, wording,",
        "scripts, callers, and how they fared in the last stored run. `scripts/make-triage` writes this page from",
        "flows, scripts, callers and `docs/triage-run.json`; a test holds it. `nightbell triage FLOW` shows one.",
        "",
        _about(run),
    ]
    empty = [row for row in rows if row.empty]
    lines += ["", f"Rows that nothing holds: {', '.join(row.number for row in empty) or 'none'}."]
    for row in rows:
        lines += ["", f"## {row.number}. {row.name}", "", f"Asks for: {row.disposition}.", *_row(row)]
    return "\n".join(lines) + "\n"


def _woken(folders: Sequence[Path]) -> tuple[WakeUps, ...]:
    """Return the wake-ups that were judged; none where no call was taken yet.

    Raises:
        RecordsFailed: the records cannot be read.
    """
    names = {load_flow(folder).clinic.name for folder in folders}
    engines = shared_records(load_settings().records_url, busy_ms=_BUSY_MS)
    try:
        with engines[1].connect() as connection:
            return judged_wake_ups(connection, names)
    except (SQLAlchemyError, OSError) as error:
        raise RecordsFailed(
            "the records cannot be read", provider="records", hint="was a call taken with this data folder?"
        ) from error
    finally:
        for engine in engines:
            engine.dispose()


def _wake_ups(woken: Sequence[WakeUps]) -> Iterator[str]:
    yield "\n## Wake-ups, as those who were woken judged them\n"
    if not woken:
        yield "None was judged yet."
        return
    yield "| clinic | question | row | right | not right |"
    yield "| --- | --- | --- | --- | --- |"
    for each in woken:
        yield f"| {each.clinic} | {each.state}.{each.question} | {each.row} | {each.right} | {each.wrong} |"


def _people(flows: Path) -> tuple[Person, ...]:
    """Return who rings; nobody where a project has no callers."""
    if not (flows / "shared" / "callers").is_dir():
        return ()
    return load_company(flows).people


def _about(run: Run | None) -> str:
    if run is None:
        return "Last run: none is stored."
    same = "made with these flows and callers" if run.same else "made with other flows or callers than these"
    return f"Last run: {run.at}, {same}."


def _row(row: Row) -> Iterator[str]:
    if row.held:
        yield ""
        yield "| held by | floor | clinics | wording |"
        yield "| --- | --- | --- | --- |"
    by_wording: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for held in row.held:
        by_wording[_key(held)].append(held.clinic)
    for (kind, place, floor, wording), clinics in by_wording.items():
        yield f"| {kind} `{place}` | {floor} | {', '.join(clinics)} | {wording} |"
    yield ""
    yield f"Scripts: {', '.join(row.scripts) or 'none'}."
    yield f"Callers: {', '.join(f'{many} at {clinic}' for clinic, many in row.callers) or 'none'}."
    yield f"Last run: {'; '.join(f'{level}: {said}' for level, said in row.last) or 'none'}."


def _key(held: Held) -> tuple[str, str, str, str]:
    return held.kind, held.place, held.floor, held.wording


def _as_json(row: Row) -> dict[str, object]:
    return {
        "row": row.number,
        "name": row.name,
        "disposition": row.disposition,
        "held": [
            {"clinic": held.clinic, "kind": held.kind, "place": held.place, "floor": held.floor}
            for held in row.held
        ],
        "scripts": list(row.scripts),
        "callers": dict(row.callers),
        "last": dict(row.last),
    }
