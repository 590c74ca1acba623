"""`nightbell rehearse`: recorded callers phone the line, or callers in writing, and what comes of it is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, get_args

import typer

from nightbell.cli.check import Format
from nightbell.cli.covering import coverage_json, coverage_of, print_coverage, write_starts
from nightbell.cli.evidence import hashes_of
from nightbell.cli.over import CARRIERS, REMARKS, Over
from nightbell.cli.rehearsed_page import write_page
from nightbell.cli.rehearsing import Plan, run
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.cli.usable import usable
from nightbell.document.diagnostic import Diagnostic
from nightbell.document.rendering import as_annotations
from nightbell.errors import NightbellError, ScriptError
from nightbell.rehearsal.junit import write_error, write_junit
from nightbell.rehearsal.load import find_scripts
from nightbell.rehearsal.paths import write_paths
from nightbell.rehearsal.pointing import pointed
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.report import as_json, print_summary
from nightbell.rehearsal.script import SILENT, SNR_DB, Tier
from nightbell.speech.transcripts import Transcripts

if TYPE_CHECKING:
    from nightbell.rehearsal.hashes import Hashes
    from nightbell.rehearsal.result import CallResult
    from nightbell.rehearsal.tiers import LeftOut

__all__ = ["rehearse"]

_TIERS: Final[dict[str, Tier | None]] = {"": None} | {tier: tier for tier in get_args(Tier)}
_JOBS: Final = {"sip": 12}
"""Calls side by side where nothing was typed; over SIP a call takes its own time, and little of a core."""
_FEW: Final = 2
_OVER: Final[dict[str, Over]] = {carrier: carrier for carrier in CARRIERS}


def rehearse(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    scripts: Annotated[
        list[str] | None, typer.Argument(help="Scripts by name or file; all when left out.")
    ] = None,
    *,
    tier: Annotated[
        str,
        typer.Option(
            help="engine: outcomes alone; text: in writing, no models; audio: with sound; sip: over a real line. "
            "Else each script's own."
        ),
    ] = "",
    over: Annotated[
        str,
        typer.Option(
            help="What carries calls of --tier sip: sip, media_stream, audiosocket, chan_websocket, browser, "
            "requests, or requests_by_keys of a carrier without a recogniser."
        ),
    ] = "sip",
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
    form: Annotated[Format, typer.Option("--format", help="text, json, or github for annotations.")] = Format.TEXT,
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
    seed: Annotated[int, typer.Option(min=0, help="Chooses the piece of that noise.")] = 0,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show what was heard or gone over with sound, and what was not.")
    ] = False,
    starts: Annotated[
        Path | None, typer.Option(help="With --coverage: write scripts to start from to this folder.")
    ] = None,
    keep_paths: Annotated[
        bool, typer.Option("--keep-paths", help="Tier text: keep each script's exact way in calls/paths.txt.")
    ] = False,
    remember: Annotated[
        Path | None,
        typer.Option(
            help="Folder of what the recognisers wrote before, taken for exactly the same sound; the new is kept."
        ),
    ] = None,
    mute: Annotated[bool, typer.Option("--mute", help="Silence the callers: what speaks must then fail.")] = False,
) -> int:
    """Run call scripts through the real line; 0 all passed, 1 one failed, 2 usage, 3 a model is missing."""
    form = Format.JSON if json else form
    tier = tier or ("sip" if over in CARRIERS and over != "sip" else "")
    sounds = audio or audio_beside(flow)
    paths: Sequence[Path] = ()
    wrong = _usage(flow, tier, over, sounds=noise is not None or real_time, keeps=keep_paths)
    wrong = wrong or _noisily(noise, snr, sounds)
    if not wrong and starts is not None and not coverage:
        wrong = "--starts needs --coverage: it is for what that shows to be missing"
    if not wrong and remember is not None and (coverage or real_time or tier in {*SILENT, "sip"}):
        wrong = (
            "--remember is for calls with sound in their own time, and not with --coverage: it is earned by ears"
        )
    if not wrong:
        wrong, paths = _found(flow, scripts or ())
    if junit is not None:
        # Before anything is played, and over whatever an earlier rehearsal left there.
        write_error(junit, wrong or "the rehearsal did not come to its end")
    if wrong:
        typer.echo(wrong, err=True)
        return 2
    if coverage and starts is not None:
        usable(starts, "starts")
    transcripts = Transcripts(remember) if remember is not None else None
    evidence: list[Hashes] = []
    plan = Plan(
        tier=_TIERS[tier],
        named=bool(scripts),
        over=_OVER.get(over, "sip"),
        flow=flow,
        scripts=paths,
        audio=sounds,
        report=report,
        jobs=jobs or _JOBS.get(tier, _FEW),
        real_time=real_time,
        snr_db=snr,
        noise=noise,
        seed=seed,
        mute=mute,
        keep_paths=keep_paths,
        live=form is Format.TEXT,
        transcripts=transcripts,
        begins=lambda found, played: evidence.append(hashes_of(found.hash, played, sounds)),
    )
    try:
        with transcripts or nullcontext():
            results, left_out = asyncio.run(run(plan))
    except NightbellError as error:
        return _refused(error, form, junit)
    if keep_paths:
        write_paths(flow / "calls", {one.script.name: one.moves for one in results if one.passed})
    code = _tell(plan, results, left_out, evidence[0], form=form, coverage=coverage, starts=starts)
    if junit is not None:
        write_junit(results, junit, left_out)
    return code


def _refused(error: NightbellError, form: Format, junit: Path | None) -> int:
    """Tell why nothing was judged, where that is not the command line's own business; return the exit code.

    Raises:
        NightbellError: it is.
    """
    faults = [fault for fault in getattr(error, "diagnostics", ()) if isinstance(fault, Diagnostic)]
    if junit is not None:
        write_error(junit, "\n".join([str(error), *map(str, faults)]))
    if form is not Format.GITHUB or not faults:
        raise error
    typer.echo(as_annotations(faults))
    return 1


def _found(flow: Path, names: Sequence[str]) -> tuple[str, Sequence[Path]]:
    """Return what is wrong with the scripts' names, or their files."""
    try:
        return "", find_scripts(flow, names)
    except ScriptError as error:
        return str(error), ()


def _noisily(noise: str | None, snr: float | None, sounds: Path) -> str:
    """Return what was typed wrong of noise; "" for nothing."""
    least, most = SNR_DB
    if snr is not None and not least <= snr <= most:  # nan is neither
        return f"--snr is from {least} to {most} dB"
    if noise is not None and noise not in (noises := Recordings(sounds).noises()):
        return f"there is no noise {noise!r}. There are: {', '.join(noises)}"
    return ""


def _usage(flow: Path, tier: str, over: str, *, sounds: bool, keeps: bool) -> str:
    """Return what was typed wrong; "" for nothing."""
    if tier not in _TIERS:
        return f"there is no tier {tier!r}: engine, text, audio or sip"
    if over not in CARRIERS or (over != "sip" and tier != "sip"):
        return f"--over is one of {', '.join(CARRIERS)}, and needs --tier sip"
    if tier in SILENT and sounds:
        return f"--noise and --real-time need sound: leave out --tier {tier}"
    if keeps and tier != "text":
        return "--keep-paths is for --tier text: with sound a caller may be asked again"
    if not flow.is_dir():
        return f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood."
    return ""


def _tell(
    plan: Plan,
    results: Sequence[CallResult],
    left_out: Sequence[LeftOut],
    hashes: Hashes,
    *,
    form: Format,
    coverage: bool,
    starts: Path | None,
) -> int:
    """Show what came of it; return the exit code."""
    told = as_json(results) | {"left_out": {left.script.name: left.why for left in left_out}}
    told["remarks"] = dict(REMARKS.get(plan.over, {}))
    note = ""
    if plan.transcripts is not None:
        memory = plan.transcripts
        told["transcripts"] = {
            "taken": memory.taken,
            "decoded": memory.decoded,
            "frames_taken": memory.frames_taken,
            "frames_heard": memory.frames_heard,
            "folder": str(memory.folder),
        }
        frames = memory.frames_taken + memory.frames_heard
        note = (
            f"Not all of it was listened to: {memory.taken} of {memory.taken + memory.decoded} answers of the "
            f"recognisers and {memory.frames_taken} of {frames} frames are what the ears made of exactly the same "
            f"sound before (--remember {memory.folder})."
        )
        if memory.distrusted:
            note += f" Not to be trusted: {memory.distrusted}. Delete {memory.folder}, and rehearse again."
            told["transcripts"] |= {"distrusted": memory.distrusted}
    shown = coverage_of(plan.flow, results, Recordings(plan.audio)) if coverage else None
    if shown is not None:
        told["coverage"] = coverage_json(shown[1])
    if shown is not None and starts is not None:
        told["starts"] = write_starts(shown[0], shown[1].missing, Recordings(plan.audio), starts)
    told["hashes"] = hashes.as_json()
    covered = shown[1] if shown is not None else None
    told["page"] = str(write_page(plan.flow, results, plan.report, covered, hashes=hashes, note=note))
    if form is Format.JSON:
        emit_json(told)
    elif form is Format.GITHUB:
        _annotate(results, left_out)
    else:
        print_summary(results, console(), plan.report, remarks=REMARKS.get(plan.over))
        if note:
            console().print(note, markup=False)
        console().print(f"For people: {told['page']}", markup=False)
        for left in left_out:
            console().print(f"left out: {left.script.name} ({left.why})", markup=False, style="dim")
        if shown is not None:
            print_coverage(shown[1], console())
    return 0 if all(result.passed for result in results) else 1


def _annotate(results: Sequence[CallResult], left_out: Sequence[LeftOut]) -> None:
    """Print a workflow command for each failure, nothing where all is well; what was left out goes beside it."""
    if found := pointed(results):
        typer.echo(as_annotations(found))
    for left in left_out:
        progress_console().print(f"left out: {left.script.name} ({left.why})", markup=False, style="dim")
