"""`nightbell talk`: be the caller in the terminal, with the session and conversation of a real call, unheard."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightbell.calendar.hours import OpeningHours
from nightbell.call.compile import compile_flow
from nightbell.cli.terminal import console
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation
from nightbell.conversation.recorded import RecordedWorld
from nightbell.flow.archive import flow_to_json
from nightbell.flow.load import load_flow
from nightbell.line.terminal import TerminalLine
from nightbell.records.database import open_records
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.transcript import Transcript
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from typing import IO, Literal

    from rich.console import Console

    from nightbell.conversation.conversation import Outcome
    from nightbell.flow.model import Flow
    from nightbell.records.port import Records

__all__ = ["talk"]

_NIGHT = "2026-11-21T22:40:00+00:00"


def talk(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    show_states: Annotated[bool, typer.Option("--show-states", help="Say where the call stands.")] = False,
    caller: Annotated[str | None, typer.Option(help="Your number as +44...; withheld when left out.")] = None,
    now: Annotated[str, typer.Option(help="Wall clock at the answer, ISO 8601 with an offset.")] = _NIGHT,
    taken_after: Annotated[
        float | None, typer.Option(help="Seconds from a page until somebody takes it; nobody when left out.")
    ] = None,
) -> int:
    """Be the caller: type words, or keys alone on a line; the end of input hangs up."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    fakes = Fakes(acknowledged_after_ms=None if taken_after is None else round(taken_after * 1000))
    out = console()
    out.print("Type what you would say, or keys alone (1, 9, #). Ctrl-D hangs up.", style="dim")
    asyncio.run(
        _talk(
            load_flow(flow),
            out,
            sys.stdin,
            caller=caller,
            now=Instant.parse(now),
            fakes=fakes,
            show_states=show_states,
        )
    )
    return 0


async def _talk(
    flow: Flow,
    out: Console,
    source: IO[str],
    *,
    caller: str | None,
    now: Instant,
    fakes: Fakes,
    show_states: bool,
) -> Outcome:
    transcript = Transcript(out, show_states=show_states)
    # A pipe holds all its lines at once: there each waits until the call listens. At a terminal one may barge in.
    ready = (lambda: True) if source.isatty() else transcript.take_turn
    line = TerminalLine(source, caller=caller, called=flow.clinic.number, ready=ready)
    with tempfile.TemporaryDirectory(prefix="nightbell-talk-") as folder:
        records = await open_records(f"sqlite+aiosqlite:///{folder}/records.sqlite3", now=now)
        try:
            await records.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
            conversation = Conversation(
                call="talk",
                plan=compile_flow(flow),
                line=line,
                ears=TypedEars(),
                prompts=ReadPrompts(),
                records=records,
                world=ScriptedWorld(_world(flow, records), fakes),
                clock=AudioClock(now),
                observers=(transcript,),
            )
            return await conversation.run()
        finally:
            await records.aclose()


def _world(flow: Flow, records: Records) -> RecordedWorld:
    clinic = flow.clinic
    hours = OpeningHours.of(clinic.hours, zone=clinic.zone, country=clinic.country)

    def at(now: Instant) -> Literal["open", "closed", "holiday"]:
        if hours.holiday_at(now):
            return "holiday"
        return "open" if hours.is_open(now) else "closed"

    return RecordedWorld(clinic, records, hours=at, next_opening=hours.next_opening)
