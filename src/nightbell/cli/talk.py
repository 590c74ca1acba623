"""`nightbell talk`: be the caller, typed or by microphone, with the session and conversation of a real call.

When a page goes out, the handset of the person on call rings in the same terminal and can be taken.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, Literal

import typer

from nightbell.bootstrap.nightbell import open_nightbell
from nightbell.call.compile import compile_flow
from nightbell.cli.terminal import console, progress_console
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.document.reader import MAX_CHARACTERS
from nightbell.flow.archive import flow_to_json
from nightbell.flow.load import load_flow
from nightbell.line.keyboard import Keyboard
from nightbell.line.microphone import MicrophoneLine
from nightbell.line.terminal import TerminalLine
from nightbell.oncall.reading.file import read_oncall
from nightbell.records.database import open_records
from nightbell.rehearsal.oncall import HandsetWorld, OnCallHandset
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.transcript import Transcript
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import clinic_world
from nightbell.settings import load_settings
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from rich.console import Console

    from nightbell.conversation.observer import Observer
    from nightbell.flow.model import Flow
    from nightbell.line.port import Line

__all__ = ["talk"]

_NIGHT: Final = "2026-11-21T22:40:00+00:00"
_TYPED: Final = "Type what you would say, or keys alone (1, 9, #). Ctrl-D hangs up."
_SPOKEN: Final = "Speak, and type keys (1, 9, #). Ctrl-D hangs up. With headphones the line cannot hear itself."
_HANDSET: Final = "When the handset of the person on call rings: h1 takes the call, h8 passes it on."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    flow: Flow
    folder: Path
    source: IO[str]
    caller: str | None
    now: Instant
    fakes: Fakes
    show_states: bool
    mic: bool = False


def talk(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    mic: Annotated[bool, typer.Option("--mic", help="Speak and listen instead of typing and reading.")] = False,
    show_states: Annotated[bool, typer.Option("--show-states", help="Say where the call stands.")] = False,
    caller: Annotated[str | None, typer.Option(help="Your number as +44...; withheld when left out.")] = None,
    now: Annotated[str, typer.Option(help="Wall clock at the answer, ISO 8601 with an offset.")] = _NIGHT,
    taken_after: Annotated[
        float | None, typer.Option(help="Seconds from a page until somebody takes it, beside the handset.")
    ] = None,
) -> int:
    """Be the caller: type or speak; the handset of the person on call rings here too. 3: no microphone."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    plan = _Talk(
        flow=load_flow(flow),
        folder=flow,
        source=sys.stdin,
        caller=caller,
        now=Instant.parse(now),
        fakes=Fakes(acknowledged_after_ms=None if taken_after is None else round(taken_after * 1000)),
        show_states=show_states,
        mic=mic,
    )
    asyncio.run(_talk(plan, console()))
    return 0


async def _talk(plan: _Talk, out: Console) -> Outcome:
    flow = plan.flow
    transcript = Transcript(out, show_states=plan.show_states)
    handset = OnCallHandset(flow, _people(plan), transcript.tell)
    # A pipe holds all its lines at once: there each waits until the call listens. At a terminal one may barge in.
    at_terminal = plan.source.isatty()
    keyboard = Keyboard(
        plan.source,
        ready=(lambda: True) if at_terminal or plan.mic else transcript.take_turn,
        aside=_handset_keys(handset, lambda: not at_terminal and (plan.mic or not transcript.waiting), transcript),
        hangs_up=at_terminal or not plan.mic,
    )
    make = MicrophoneLine if plan.mic else TerminalLine
    line = make(keyboard, caller=plan.caller, called=flow.clinic.number)
    out.print(_SPOKEN if plan.mic else _TYPED, style="dim")
    out.print(_HANDSET, style="dim")
    try:
        run = _with_sound if isinstance(line, MicrophoneLine) else _in_writing
        ended = await run(plan, line, handset, (transcript, handset))
    finally:
        if isinstance(line, MicrophoneLine):
            line.close()
    if handset.unanswered:
        transcript.tell("nobody has taken the page; a real line rings on until somebody does")
    return ended


async def _in_writing(plan: _Talk, line: Line, handset: OnCallHandset, observers: Sequence[Observer]) -> Outcome:
    flow = plan.flow
    with tempfile.TemporaryDirectory(prefix="nightbell-talk-") as folder:
        records = await open_records(f"sqlite+aiosqlite:///{folder}/records.sqlite3", now=plan.now)
        try:
            await records.store_flow(flow.clinic.name, flow.hash, flow_to_json(flow))
            conversation = Conversation(
                call="talk",
                plan=compile_flow(flow),
                line=line,
                ears=TypedEars(),
                prompts=ReadPrompts(),
                records=records,
                world=HandsetWorld(clinic_world(flow, records), plan.fakes, handset),
                clock=AudioClock(plan.now),
                observers=observers,
            )
            return await conversation.run()
        finally:
            await records.aclose()


async def _with_sound(plan: _Talk, line: Line, handset: OnCallHandset, observers: Sequence[Observer]) -> Outcome:
    flow, progress = plan.flow, progress_console()
    with tempfile.TemporaryDirectory(prefix="nightbell-talk-") as folder:
        changes = {
            "records": f"sqlite+aiosqlite:///{folder}/records.sqlite3",
            "spill_dir": Path(folder) / "spill",
        }
        async with open_nightbell(load_settings().model_copy(update=changes)) as night:
            if night.deaf is not None:
                progress.print(f"{night.deaf.code} {night.deaf.message}: keys only", markup=False)
            with progress.status("prompts"):
                await night.prepare(flow, plan.folder)
            return await night.take(
                line,
                flow,
                call="talk",
                clock=AudioClock(plan.now),
                world=HandsetWorld(night.world_of(flow), plan.fakes, handset),
                observers=observers,
                keep_audio=False,  # a talk leaves nothing behind
            )


def _people(plan: _Talk) -> tuple[str, ...]:
    """Return who is rung, by name, in the order of oncall.yaml; nobody where there is none that reads."""
    path = plan.folder / "oncall.yaml"
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        text = file.read(MAX_CHARACTERS).decode("utf-8", errors="replace")
    people = read_oncall(text, str(path), plan.flow.clinic.country).people
    return tuple(person.name for person in people if person.name)


def _handset_keys(
    handset: OnCallHandset, patient: Callable[[], bool], transcript: Transcript
) -> Callable[[str], Literal["taken", "wait", "no"]]:
    """Return what takes ``h1``, ``h 8`` and ``handset 1`` from what is typed.

    Input from a pipe is there before the handset rings: it waits for that, until the call wants something else.
    """

    def look(typed: str) -> Literal["taken", "wait", "no"]:
        key = typed.lower().removeprefix("handset").removeprefix("h").strip()
        if key == typed.lower() or len(key) != 1 or not key.isdigit():
            return "no"
        if handset.press(key):
            return "taken"
        if not handset.ringing and patient():
            return "wait"
        transcript.tell(f"[{key}] {'is no key here: 1 or 8' if handset.ringing else 'nothing rings'}")
        return "taken"

    return look
