"""`nightbell repro ID`: a call that was taken becomes a call script with its sound, and is played again."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nightbell.audio.wav import read_channels, wav_bytes, write_wav
from nightbell.call.compile import compile_flow
from nightbell.cli.rehearsing import Plan, run
from nightbell.cli.telling import records_in
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import NightbellError, RecordNotFound, SettingsError
from nightbell.flow.load import load_flow
from nightbell.records.database import read_records
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder
from nightbell.rehearsal.fields import NAME
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.repro.making import make
from nightbell.settings import load_settings

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.records.port import CallRecord
    from nightbell.rehearsal.repro.making import Made
    from nightbell.rehearsal.runner import CallResult

__all__ = ["repro"]

_STOCK: Final = "message-worried-george"
"""Recording of the caller audio that takes the place of a message."""


def repro(
    call_id: Annotated[str, typer.Argument(metavar="ID", help="As `nightbell calls` lists it.")],
    flow: Annotated[Path, typer.Option(help="The clinic's folder, such as flows/rosewood.")],
    *,
    report: Annotated[Path | None, typer.Option(help="Take it from a rehearsal's report folder instead.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for script and sound; the clinic's calls.")] = None,
    name: Annotated[str, typer.Option(help="Of the script; repro-ID unless typed.")] = "",
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    again: Annotated[bool, typer.Option("--again/--no-again", help="Play it at once, and judge it.")] = True,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Make a call script of a call that was taken; 0 it goes the same way again, 1 it does not."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    if name and not re.fullmatch(NAME, name):
        typer.echo(
            f"{name!r} is no name for a script: letters, digits, - and _, a letter or digit first", err=True
        )
        return 2
    folder = out or flow / "calls"
    title = name or "repro-" + re.sub(r"[^A-Za-z0-9-]+", "-", call_id)
    recordings = Recordings(audio or audio_beside(flow))
    made, same_flow = asyncio.run(_made(call_id, title, flow, report, recordings))
    path = _write(folder, title, made)
    told: dict[str, object] = {
        "same_flow": same_flow,
        "script": str(path),
        "sound": str(path.with_suffix(".wav")),
        "effects": made.effects,
        "redacted": list(made.redacted),
    }
    if not json:
        console().print(
            f"{path} and {title}.wav. Taken out: {', '.join(made.redacted) or 'nothing'}.", markup=False
        )
        if not same_flow:
            console().print("It was taken by another version of the flow: it may go another way now.")
    if not again:
        if json:
            emit_json(told)
        return 0
    result, took = _again(flow, path, recordings.folder, folder)
    speed = result.audio_ms / 1000 / took
    told |= {
        "same": result.passed,
        "failures": [str(failure) for failure in result.failures],
        "times_real_time": round(speed, 1),
    }
    if json:
        emit_json(told)
    elif result.passed:
        console().print(f"Played again: the same way and the same effects, {speed:.0f} times as fast as it was.")
    else:
        for failure in result.failures:
            console().print(f"Played again: {failure}", markup=False)
    return 0 if result.passed else 1


async def _made(
    call_id: str, title: str, flow: Path, report: Path | None, recordings: Recordings
) -> tuple[Made, bool]:
    """Return the call as a script, and whether this very version of the flow took it."""
    settings = load_settings()
    async with read_records(records_in(settings, report)) as records:
        record = await records.call(call_id)
        journal = await records.journal(call_id)
    here = load_flow(flow)
    if record.clinic != here.clinic.name:
        raise SettingsError(
            f"the call was taken by {record.clinic}, and {flow} is {here.clinic.name}",
            hint=f"a call is played to its own clinic: --flow, with the folder of {record.clinic}",
        )
    sound = _sound(record, report) if report is not None else _kept(record)
    stock = recordings.words(_STOCK) if recordings.has(_STOCK) else None
    plan = compile_flow(here) if record.flow == here.hash else None
    made = make(title, record, journal, sound, country=here.clinic.country, stock=stock, plan=plan)
    return made, record.flow == here.hash


def _sound(record: CallRecord, report: Path) -> Samples:
    """Return what a rehearsed line heard of the caller."""
    path = report / f"{record.call}.wav"
    if not path.is_file():
        raise RecordNotFound("there is no recording of this call", hint=f"it would be {path}")
    return read_channels(path)[0]


def _kept(record: CallRecord) -> Samples:
    """Return what was kept of a call; the line's words before the notice, and a declined call, were not."""
    settings = load_settings()
    recorder = Recorder(settings.recordings_dir, Keyring(settings.data_dir / "keys"))
    return recorder.export(record.clinic, record.call)[:, 0].copy()


def _write(folder: Path, title: str, made: Made) -> Path:
    path = folder / f"{title}.yaml"
    new = {path.with_suffix(".wav"): wav_bytes(made.sound), path: made.text.encode()}
    try:
        other = [old for old, data in new.items() if old.exists() and old.read_bytes() != data]
        if not other:
            folder.mkdir(parents=True, exist_ok=True)
            write_wav(path.with_suffix(".wav"), made.sound)
            path.write_bytes(new[path])
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written to", hint="choose another folder with --out") from error
    if other:  # somebody's script, or this one with their own changes
        hint = "give another with --name, or delete it"
        raise SettingsError(f"{other[0]} is there already, and is not what this call makes", hint=hint)
    return path


def _again(flow: Path, path: Path, audio: Path, folder: Path) -> tuple[CallResult, float]:
    plan = Plan(
        tier="audio",
        named=True,
        flow=flow,
        scripts=(path,),
        audio=audio,
        report=folder / "played-again",
        jobs=1,
    )
    began = time.monotonic()
    results, _ = asyncio.run(run(plan))
    if not results:
        raise NightbellError("the script was not played", hint=f"nightbell rehearse {flow} {path}")
    return results[0], max(time.monotonic() - began, 0.001)
