"""Rehearsing: how the verbs that play call scripts play them - in writing, with sound, over a real line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from nightbell.bootstrap.hearing import open_second
from nightbell.bootstrap.nightbell import open_nightbell
from nightbell.cli.over import BY_REQUESTS, Over, Secrets, open_served
from nightbell.cli.rehearsed_page import clear
from nightbell.cli.served_line import serve_line
from nightbell.cli.terminal import console, progress_console
from nightbell.cli.usable import usable
from nightbell.conversation.clock import AudioClock, SystemClock
from nightbell.errors import ModelMissing, ScriptError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.rehearsal.attribution import attributed
from nightbell.rehearsal.browsed.casting import cast_by_page
from nightbell.rehearsal.load import load_scripts
from nightbell.rehearsal.noisy import in_noise
from nightbell.rehearsal.paths import read_paths, with_paths
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.requested.casting import cast_by_request
from nightbell.rehearsal.runner import Stage, places_of, rehearse_all
from nightbell.rehearsal.script import SILENT
from nightbell.rehearsal.tiers import cast, mutable
from nightbell.rehearsal.transcript import Transcript
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.settings import Settings, load_settings
from nightbell.speech.transcripts import Transcripts
from nightbell.speech.voiced import holds_speech

if TYPE_CHECKING:
    from rich.console import Console

    from nightbell.conversation.observer import Observer
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.aloud import Hear
    from nightbell.rehearsal.port import Ended, IncomingCall, Taker
    from nightbell.rehearsal.runner import CallResult
    from nightbell.rehearsal.script import Script, Tier
    from nightbell.rehearsal.tiers import LeftOut

__all__ = ["Plan", "run", "second_recogniser", "settings_in", "taking"]

_NOISE_DB: Final = 10.0
"""Ratio of --noise: a kitchen or a street close by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is rehearsed, and how."""

    tier: Tier | None
    named: bool
    """The scripts were named one by one: one that cannot be played is an error."""
    flow: Path
    scripts: Sequence[Path]
    audio: Path
    report: Path
    jobs: int
    real_time: bool = False
    snr_db: float | None = None
    noise: str | None = None
    seed: int = 0
    mute: bool = False
    keep_paths: bool = False
    over: Over = "sip"
    """What carries the calls of tier sip."""
    live: bool = False
    """Show a transcript while calls go on."""
    transcripts: Transcripts | None = None
    """What the recognisers wrote before; open. None asks them for everything."""
    derive: Callable[[Sequence[Script]], Sequence[Script]] | None = None
    """What is played in the place of the scripts, once they are loaded and cast."""
    begins: Callable[[Flow, Sequence[Script]], None] | None = None
    """Told what is about to be played."""


async def run(plan: Plan) -> tuple[Sequence[CallResult], Sequence[LeftOut]]:
    """Play the scripts; return what came of them, and what could not be played.

    Raises:
        NightbellError: nothing can be rehearsed.
    """
    usable(plan.report, "report")
    clear(plan.report)
    flow = load_flow(plan.flow)
    recordings = Recordings(plan.audio)
    loaded = load_scripts(plan.scripts, recordings, places_of(flow))
    scripts, left_out = _cast(plan, flow, loaded, recordings)
    if not plan.keep_paths and not plan.mute:
        scripts = with_paths(scripts, read_paths(plan.flow / "calls"))
    if left_out and (plan.named or not scripts):
        _refuse(left_out)
    for name, until in recordings.ending({name for script in scripts for name in script.said}).items():
        progress_console().print(f"{name} may be used until {until}: ask its caller again in time", markup=False)
    scripts, left_out = _changed(plan, scripts, left_out, recordings)
    if plan.derive is not None:
        scripts = tuple(plan.derive(scripts))
    if plan.begins is not None:
        plan.begins(flow, scripts)
    if plan.tier == "sip":
        return await _over_sip(plan, flow, recordings, scripts), left_out
    if any(script.tier == "audio" for script in scripts):
        return await _with_sound(plan, flow, recordings, scripts), left_out
    return await _play(plan, scripts, _stage(plan, flow, recordings, scripts, _no_sound)), left_out


def _changed(
    plan: Plan, scripts: Sequence[Script], left_out: Sequence[LeftOut], recordings: Recordings
) -> tuple[Sequence[Script], Sequence[LeftOut]]:
    """Silence the callers, or lay noise under them, as far as that shows anything.

    Raises:
        ScriptError: nobody is left.
        AudioError: the noise is silent.
    """
    if plan.mute:
        scripts, wordless = mutable(scripts)
        left_out = (*left_out, *wordless)
    if plan.noise is not None:
        recordings.check_noise(plan.noise)
        ratio = _NOISE_DB if plan.snr_db is None else plan.snr_db
        scripts, unflagged = in_noise(scripts, plan.noise, ratio, plan.seed)
        left_out = (*left_out, *unflagged)
    if not scripts:
        # All of none have passed, and nothing is shown by that.
        why = "; ".join(f"{left.script.name}: {left.why}" for left in left_out)
        raise ScriptError(f"nothing was played: {why}", hint="name scripts that can be played so")
    return scripts, left_out


def _cast(
    plan: Plan, flow: Flow, loaded: Sequence[Script], recordings: Recordings
) -> tuple[Sequence[Script], Sequence[LeftOut]]:
    """Return the scripts that can be played, and the others."""
    if plan.over in BY_REQUESTS:
        return cast_by_request(loaded, recordings.texts(), flow, hears=plan.over == "requests")
    found = cast(loaded, plan.tier, recordings.texts())
    return cast_by_page(*found) if plan.over == "browser" else found


def _refuse(left_out: Sequence[LeftOut]) -> NoReturn:
    why = "; ".join(f"{left.script.name}: {left.why}" for left in left_out)
    raise ScriptError(f"cannot be played at this tier: {why}", hint="see docs/call-scripts.md, Tiers")


async def _no_sound(call: IncomingCall) -> Ended:
    raise ScriptError(f"{call.id} has sound, and nothing was opened for it")


async def _with_sound(
    plan: Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script]
) -> Sequence[CallResult]:
    settings = settings_in(plan.report)
    async with taking(
        settings, flow, plan.flow, scripts, real_time=plan.real_time, transcripts=plan.transcripts
    ) as take:
        return await _play(plan, scripts, _stage(plan, flow, recordings, scripts, take))


@asynccontextmanager
async def taking(
    settings: Settings,
    flow: Flow,
    folder: Path,
    scripts: Sequence[Script],
    *,
    real_time: bool = False,
    transcripts: Transcripts | None = None,
) -> AsyncIterator[Taker]:
    """Open what takes calls with sound, and make a flow ready.

    Raises:
        ProviderError: the recogniser, the voice or the records are missing: a rehearsal would prove nothing.
    """
    progress = progress_console()
    async with open_nightbell(settings, transcripts=transcripts) as night:
        # A line would take calls without these, on keys or on the safe path; a rehearsal of that proves nothing.
        if night.unrecorded is not None:
            raise night.unrecorded
        if night.deaf is not None and any(script.said for script in scripts if script.tier == "audio"):
            raise night.deaf
        with progress.status("prompts"):
            desk = await night.prepare(flow, folder)
        for fault in desk.unusable:
            progress.print(f"{fault.code} {fault.message}: the voice speaks instead", markup=False)

        async def take(call: IncomingCall) -> Ended:
            clock = SystemClock() if real_time else AudioClock(call.now)
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

        yield take


async def _over_sip(
    plan: Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script]
) -> Sequence[CallResult]:
    """Serve the flow as a line is served, and phone it."""
    async with AsyncExitStack() as stack:
        with progress_console().status("serving"):
            known = Secrets(hears=plan.over != "requests_by_keys", browses=plan.over == "browser")
            if plan.over in BY_REQUESTS:
                await stack.enter_async_context(known.ringing())
            told = known.environment() if plan.over != "sip" else {}
            serving = serve_line([plan.flow], plan.report, settings=settings_in(plan.report), environment=told)
            line = await stack.enter_async_context(serving)
        standing = (await line.told()).get("children", {}).get("calls", {})
        ears = standing.get("ears", True) or plan.over in BY_REQUESTS  # there the carrier has them
        if any(script.said for script in scripts) and not ears:
            raise ModelMissing("the served line has no recogniser", provider="vosk", hint="nightbell setup")
        served = await stack.enter_async_context(open_served(plan.over, line, flow, known, standing))
        stage = replace(_stage(plan, flow, recordings, scripts, _no_sound), served=served)
        return await _play(plan, scripts, stage)


@asynccontextmanager
async def second_recogniser(scripts: Sequence[Script]) -> AsyncIterator[Hear | None]:
    """Open the second recogniser where a script wants a prompt heard."""
    if not any(script.expect.prompts_heard for script in scripts if script.tier not in SILENT):
        yield None
        return
    async with open_second() as recogniser:
        yield recogniser.transcribe


def _stage(plan: Plan, flow: Flow, recordings: Recordings, scripts: Sequence[Script], take: Taker) -> Stage:
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


async def _play(plan: Plan, scripts: Sequence[Script], stage: Stage) -> Sequence[CallResult]:
    progress = progress_console()
    async with second_recogniser(scripts) as hear:
        stage = replace(stage, hear=hear)
        results = await rehearse_all(
            scripts, stage, jobs=plan.jobs, on_result=lambda result: _tell(result, progress, live=plan.live)
        )
    return results if plan.mute else await attributed(results, stage, stage.recordings.texts(), holds_speech)


def settings_in(report: Path) -> Settings:
    """Return the settings, with fresh records in the report folder: real calls and rehearsed ones never mix."""
    usable(report, "report")
    try:
        for path in report.glob("records.sqlite3*"):
            path.unlink()
    except OSError as error:
        raise SettingsError(
            f"old records in {report} stay ({error.strerror})", hint="choose another --report"
        ) from error
    return load_settings().rehearsing(report.resolve())


def _watching(out: Console, scripts: Sequence[Script], plan: Plan) -> _Watching:
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
