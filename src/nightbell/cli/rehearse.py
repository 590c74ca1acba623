"""`nightbell rehearse`: recorded callers phone the line, or callers in writing, and what comes of it is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from nightbell.bootstrap import open_nightbell
from nightbell.cli.over import CARRIERS, Over, Secrets, open_place
from nightbell.cli.served_line import serve_line
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.conversation.clock import AudioClock, SystemClock
from nightbell.errors import ModelMissing, ScriptError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.noisy import in_noise
from nightbell.rehearsal.phoning import ServedLine
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.report import as_json, print_summary, write_junit
from nightbell.rehearsal.runner import Stage, places_of, rehearse_all
from nightbell.rehearsal.tiers import cast
from nightbell.rehearsal.transcript import Transcript
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.settings import Settings, load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from nightbell.conversation.observer import Observer
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.port import Ended, IncomingCall, Taker
    from nightbell.rehearsal.runner import CallResult
    from nightbell.rehearsal.script import Script, Tier
    from nightbell.rehearsal.tiers import LeftOut

__all__ = ["rehearse"]

_TIERS: Final[dict[str, Tier | None]] = {"": None, "text": "text", "audio": "audio", "sip": "sip"}
_JOBS: Final = {"sip": 12}
"""Calls side by side where nothing was typed; over SIP a call takes its own time, and little of a core."""
_FEW: Final = 2
_NOISE_DB: Final = 10.0
"""Ratio of --noise: a kitchen or a street close by."""


def rehearse(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    scripts: Annotated[
        list[str] | None, typer.Argument(help="Scripts by name or file; all when left out.")
    ] = None,
    *,
    tier: Annotated[
        str,
        typer.Option(
            help="text: in writing, no models; audio: with sound; sip: over a real line. Else each script's own."
        ),
    ] = "",
    over: Annotated[
        str, typer.Option(help="What carries the calls of --tier sip: sip, media_stream or audiosocket.")
    ] = "sip",
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    report: Annotated[Path, typer.Option(help="Folder for recordings and journals.")] = Path("report"),
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    jobs: Annotated[int, typer.Option(min=0, max=64, help="Calls side by side; 2, over SIP 12.")] = 0,
    real_time: Annotated[bool, typer.Option("--real-time", help="Pace the line by the clock.")] = False,
    snr: Annotated[float | None, typer.Option(help="Override the noise ratio of noisy scripts, in dB.")] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            help="Put this noise under every caller with a red flag, 10 dB unless --snr; judge safety only."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Chooses the piece of that noise.")] = 0,
    mute: Annotated[bool, typer.Option("--mute", help="Silence the callers: what speaks must then fail.")] = False,
) -> int:
    """Run call scripts through the real line; 0 all passed, 1 one failed, 2 usage, 3 a model is missing."""
    if tier not in _TIERS:
        typer.echo(f"there is no tier {tier!r}: text, audio or sip", err=True)
        return 2
    if over not in CARRIERS or (over != "sip" and tier != "sip"):
        typer.echo(f"--over is one of {', '.join(CARRIERS)}, and needs --tier sip", err=True)
        return 2
    if tier == "text" and (noise is not None or real_time):
        typer.echo("--noise and --real-time need sound: leave out --tier text", err=True)
        return 2
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    try:
        paths = find_scripts(flow, scripts or ())
    except ScriptError as error:
        typer.echo(str(error), err=True)
        return 2
    plan = _Plan(
        tier=_TIERS[tier],
        named=bool(scripts),
        over=over,
        flow=flow,
        scripts=paths,
        audio=audio or _audio_beside(flow),
        report=report,
        jobs=jobs or _JOBS.get(tier, _FEW),
        real_time=real_time,
        snr_db=snr,
        noise=noise,
        seed=seed,
        mute=mute,
        live=not json,
    )
    results, left_out = asyncio.run(_run(plan))
    if junit is not None:
        write_junit(results, junit)
    if json:
        emit_json(as_json(results) | {"left_out": {left.script.name: left.why for left in left_out}})
    else:
        print_summary(results, console(), report)
        for left in left_out:
            console().print(f"left out: {left.script.name} ({left.why})", markup=False, style="dim")
    return 0 if all(result.passed for result in results) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    tier: Tier | None
    over: Over
    named: bool
    """The scripts were named one by one."""
    flow: Path
    scripts: Sequence[Path]
    audio: Path
    report: Path
    jobs: int
    real_time: bool
    snr_db: float | None
    noise: str | None
    seed: int
    mute: bool
    live: bool


async def _run(plan: _Plan) -> tuple[Sequence[CallResult], Sequence[LeftOut]]:
    flow = load_flow(plan.flow)
    recordings = Recordings(plan.audio)
    loaded = load_scripts(plan.scripts, recordings, places_of(flow))
    scripts, left_out = cast(loaded, plan.tier, recordings.texts())
    if left_out and (plan.named or not scripts):
        _refuse(left_out)
    if plan.noise is not None:
        ratio = _NOISE_DB if plan.snr_db is None else plan.snr_db
        scripts = in_noise((script for script in scripts if script.tier != "text"), plan.noise, ratio, plan.seed)
    if plan.tier == "sip":
        return await _over_sip(plan, flow, recordings, scripts), left_out
    if any(script.tier == "audio" for script in scripts):
        return await _with_sound(plan, flow, recordings, scripts), left_out
    return await _play(plan, scripts, _stage(plan, flow, recordings, scripts, _no_sound)), left_out


def _refuse(left_out: Sequence[LeftOut]) -> NoReturn:
    why = "; ".join(f"{left.script.name}: {left.why}" for left in left_out)
    raise ScriptError(f"cannot be played at this tier: {why}", hint="see docs/call-scripts.md, Tiers")


async def _no_sound(call: IncomingCall) -> Ended:
    raise ScriptError(f"{call.id} has sound, and nothing was opened for it")


async def _with_sound(
    plan: _Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script]
) -> Sequence[CallResult]:
    progress = progress_console()
    async with open_nightbell(_settings(plan.report)) as night:
        # A line would take calls without these, on keys or on the safe path; a rehearsal of that proves nothing.
        if night.unrecorded is not None:
            raise night.unrecorded
        if night.deaf is not None and any(script.said for script in scripts if script.tier == "audio"):
            raise night.deaf
        with progress.status("prompts"):
            desk = await night.prepare(flow, plan.flow)
        for fault in desk.unusable:
            progress.print(f"{fault.code} {fault.message}: the voice speaks instead", markup=False)

        async def take(call: IncomingCall) -> Ended:
            clock = SystemClock() if plan.real_time else AudioClock(call.now)
            world = ScriptedWorld(night.world_of(flow), call.fakes)
            return await night.take(
                call.line,
                call.flow,
                call=call.id,
                clock=clock,
                world=world,
                observers=call.observers,
                keep_audio=False,  # the line itself records both sides, exact to the sample
            )

        return await _play(plan, scripts, _stage(plan, flow, recordings, scripts, take))


async def _over_sip(
    plan: _Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script]
) -> Sequence[CallResult]:
    """Serve the flow as a line is served, and phone it."""
    async with AsyncExitStack() as stack:
        with progress_console().status("serving"):
            known = Secrets()
            told = known.environment() if plan.over != "sip" else {}
            serving = serve_line([plan.flow], plan.report, settings=_settings(plan.report), environment=told)
            line = await stack.enter_async_context(serving)
        standing = (await line.told()).get("children", {}).get("calls", {})
        if any(script.said for script in scripts) and not standing.get("ears", True):
            raise ModelMissing("the served line has no recogniser", provider="vosk", hint="nightbell setup")
        place = await stack.enter_async_context(open_place(plan.over, line, flow, known, standing))
        served = ServedLine(place=place, feed=line.feed)
        stage = replace(_stage(plan, flow, recordings, scripts, _no_sound), served=served)
        return await _play(plan, scripts, stage)


def _stage(plan: _Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script], take: Taker) -> Stage:
    return Stage(
        flow=flow,
        recordings=recordings,
        take=take,
        folder=plan.report,
        paced=plan.real_time,
        snr_db=plan.snr_db,
        mute=plan.mute,
        watch=_watching(console(), scripts, plan) if plan.live else lambda _: (),
    )


async def _play(plan: _Plan, scripts: Sequence[Script], stage: Stage) -> Sequence[CallResult]:
    progress = progress_console()
    return await rehearse_all(
        scripts, stage, jobs=plan.jobs, on_result=lambda result: _tell(result, progress, live=plan.live)
    )


def _settings(report: Path) -> Settings:
    """Return the settings, with fresh records in the report folder: real calls and rehearsed ones never mix."""
    try:
        report.mkdir(parents=True, exist_ok=True)
        for path in report.glob("records.sqlite3*"):
            path.unlink()
    except OSError as error:
        raise SettingsError(
            f"the report folder {report} cannot be used ({error.strerror})", hint="choose another with --report"
        ) from error
    return load_settings().rehearsing(report.resolve())


def _watching(out: Console, scripts: Sequence[Script], plan: _Plan) -> _Watching:
    side_by_side = plan.jobs > 1 and len(scripts) > 1
    return _Watching(out, max(len(script.name) for script in scripts) if side_by_side else 0)


@dataclass(frozen=True, slots=True)
class _Watching:
    """A live transcript for each call; names stand before the lines where calls run side by side."""

    out: Console
    width: int

    def __call__(self, script: Script) -> Sequence[Observer]:
        if not self.width:
            self.out.print(f"\n{script.name}: {script.about}", style="bold", markup=False)
        return (Transcript(self.out, name=f"{script.name:<{self.width}}" if self.width else ""),)


def _tell(result: CallResult, progress: Console, *, live: bool) -> None:
    words = "ok" if result.passed else "FAILED: " + "; ".join(str(failure) for failure in result.failures)
    if not live or not result.passed:
        progress.print(f"{result.script.name}: {words}", markup=False)


def _audio_beside(flow: Path) -> Path:
    """Return the caller audio of a project: ``audio`` beside its flows, or in the clinic's own folder."""
    places = (flow / "audio", flow.resolve().parent / "audio", flow.resolve().parent.parent / "audio")
    return next((place for place in places if place.is_dir()), places[-1])
