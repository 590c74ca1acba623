"""`nightbell calls`: the list of calls that were taken. It only reads."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from nightbell.cli.telling import as_json, cell, local, outcome, records_in, who, zone_of
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import TermError
from nightbell.records.database import read_records
from nightbell.records.port import CallRecord, Incident
from nightbell.records.spill import SPILL_NAME
from nightbell.settings import load_settings
from nightbell.terms.instant import Instant

__all__ = ["calls"]

_AGO: Final = re.compile(r"(\d{1,4})([mhd])")
_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_UTC: Final = ZoneInfo("UTC")


def calls(
    clinic: Annotated[str | None, typer.Option(help="Only this clinic's.")] = None,
    since: Annotated[
        str | None, typer.Option(help="12h, 3d, or a time with its zone: 2026-11-22T18:00:00+00:00.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    report: Annotated[Path | None, typer.Option(help="Read a rehearsal's report folder instead.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> int:
    """List the calls that were taken, the newest first: when, who, outcome, promise, pages."""
    start = None if since is None else _since(since, Instant.of(datetime.now(UTC)))
    return asyncio.run(_calls(clinic, start, limit, report, json=json))


def _since(text: str, now: Instant) -> Instant:
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now.plus(ms=-int(ago[1]) * _MS[ago[2]])
    try:
        return Instant.parse(text)
    except TermError as error:
        raise typer.BadParameter(f"{error.message}: {error.hint}", param_hint="--since") from error


async def _calls(clinic: str | None, since: Instant | None, limit: int, report: Path | None, *, json: bool) -> int:
    settings = load_settings()
    async with read_records(records_in(settings, report)) as records:
        found = await records.calls(clinic=clinic, since=since, limit=limit)
        incidents = await records.incidents()
        rows = [(record, await zone_of(records, record)) for record in found]
    spilled = (settings.spill_dir / SPILL_NAME).exists()
    if json:
        shown: dict[str, Any] = {
            "spilled": spilled,
            "calls": [as_json(record, zone) for record, zone in rows],
            "incidents": [
                {"at": str(incident.at), "kind": incident.kind, "detail": incident.detail}
                for incident in incidents
            ],
        }
        emit_json(shown)
        return 0
    for incident in incidents:
        console().print(_sentence(incident), markup=False)
    if spilled:
        console().print(f"Events wait in {settings.spill_dir}: the next start puts them into the records.")
    if not rows:
        console().print("No calls.")
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("call", "when", "clinic", "who", "outcome", "promise", "pages", "ring-backs"):
        table.add_column(heading, overflow="fold")
    for record, zone in rows:
        table.add_row(
            *map(
                cell,
                (
                    record.call,
                    local(record.started, zone),
                    record.clinic,
                    who(record.caller) + (" (calls often)" if record.frequent else ""),
                    outcome(record),
                    record.promise.by_spoken if record.promise else "",
                    _pages(record),
                    str(len(record.ring_backs) or ""),
                ),
            )
        )
    console().print(table)
    return 0


def _pages(record: CallRecord) -> str:
    return ", ".join(f"{page.disposition} {page.status}" for page in record.pages)


def _sentence(incident: Incident) -> str:
    return f"{local(incident.at, _UTC)}: the records were damaged; the old ones are in {incident.detail}"
