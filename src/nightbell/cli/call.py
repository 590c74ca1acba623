"""`nightbell call ID`: everything that is known of one call. It only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from nightbell.cli.telling import as_json, cell, local, outcome, records_in, who, zone_of
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import RecordNotFound
from nightbell.escalation.telling import tell_pages
from nightbell.records.database import read_records, shared_records
from nightbell.records.port import CallRecord
from nightbell.records.story import Story, tell
from nightbell.settings import load_settings
from nightbell.terms.instant import Instant

__all__ = ["call"]

_LAST: Final = "last"
_BUSY_MS: Final = 250
_HOW: Final = {
    "speech": "said",
    "rejected": "said freely",
    "key": "pressed",
    "silence": "silence",
    "message": "left a message",
}


def call(
    call_id: Annotated[str, typer.Argument(metavar="ID", help="As `nightbell calls` lists it, or `last`.")],
    report: Annotated[Path | None, typer.Option(help="Read a rehearsal's report folder instead.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the page.")] = False,
) -> int:
    """Show one call: who, when, path, each question and answer, outcome, promise, pages, ring-backs."""
    return asyncio.run(_call(call_id, report, json=json))


async def _call(call_id: str, report: Path | None, *, json: bool) -> int:
    address = records_in(load_settings(), report)
    async with read_records(address) as records:
        if call_id == _LAST:
            newest = await records.calls(limit=1)
            if not newest:
                raise RecordNotFound("no call was taken yet")
            call_id = newest[0].call
        record = await records.call(call_id)
        entries = await records.journal(call_id)
        zone = await zone_of(records, record)
    story = tell(entries)
    pages = await asyncio.to_thread(_pages, address, call_id) if record.pages else []
    if json:
        emit_json(
            as_json(record, zone)
            | {
                "path": list(story.path),
                "answers": [asdict(said) for said in story.said],
                "woken": [asdict(judged) for judged in story.judged],
                "events": len(entries),
                "rung": [{"at": at.datetime().isoformat(), "what": what} for at, what in pages],
            }
        )
    else:
        _show(record, story, pages, zone, console())
    return 0


def _pages(address: str, call_id: str) -> list[tuple[Instant, str]]:
    """Return what became of a call's pages; nothing where no duty ever looked at these records."""
    engines = shared_records(address, busy_ms=_BUSY_MS)
    try:
        with engines[1].connect() as connection:
            return tell_pages(connection, call_id)
    except (SQLAlchemyError, OSError):
        return []
    finally:
        for engine in engines:
            engine.dispose()


def _show(
    record: CallRecord, story: Story, pages: Sequence[tuple[Instant, str]], zone: ZoneInfo, out: Console
) -> None:
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column()
    facts.add_column(overflow="fold")
    for name, text in _facts(record, story, zone):
        facts.add_row(name, cell(text))
    for when, what in pages:
        facts.add_row("rung", cell(f"{local(when, zone)}: {what}"))
    out.print(facts)
    if not story.said:
        out.print("\nNothing was said or pressed.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("at", "state", "question", "how", "heard", "confidence", "taken as"):
        table.add_column(heading, overflow="fold")
    for said in story.said:
        confidence = "" if said.confidence is None else f"{said.confidence:.2f}"
        at = f"{said.audio_ms / 1000:.1f} s"
        taken = f"{said.taken} ({said.because})" if said.taken else ""
        table.add_row(*map(cell, (at, said.state, said.question, _HOW[said.how], said.heard, confidence, taken)))
    out.print("")
    out.print(table)


def _facts(record: CallRecord, story: Story, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield what the page says above the answers: a name and a line each."""
    yield ("call", record.call)
    yield ("clinic", f"{record.clinic}, line {record.line}, called {record.called}")
    yield ("who", who(record.caller) + (" (calls often)" if record.frequent else ""))
    yield ("when", f"{local(record.started, zone)}, {record.audio_ms / 1000:.1f} s")
    yield ("outcome", outcome(record))
    yield ("path", " > ".join(story.path))
    promise = record.promise
    if promise is not None:
        yield ("promise", f"{promise.who} rings from {promise.from_number} by {promise.by_spoken}")
    for page in record.pages:
        where = f"{page.state}.{page.question}" if page.question else page.state
        row = f", row {page.row}" if page.row else ""
        yield ("page", f"{local(page.at, zone)}: {page.disposition} at {where}{row}: {page.status}")
        if page.route:
            treated = f" ({page.treating} treated the caller)" if page.treating else ""
            yield ("rings", f"{', '.join(page.route)}{treated}")
    for judged in story.judged:
        word = "rightly" if judged.right else "needlessly"
        yield ("woken", f"{word}, says who took it: {judged.state}.{judged.question}")
    for ring_back in record.ring_backs:
        minutes = ring_back.within_ms // 60_000
        then = ring_back.then.replace("_", " ")
        yield ("ring-back", f"{who(ring_back.number)}, {ring_back.times} times in {minutes} minutes, then {then}")
    for note in record.notifications:
        told = {None: "not told", True: "accepted", False: "failed"}[note.ok]
        yield ("list", f"{note.template} to {note.channel}: {told}")
