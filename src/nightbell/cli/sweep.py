"""`nightbell sweep`: callers with a red flag under worse and worse lines; what is missed, and where it breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import typer
from rich.table import Table

from nightbell.cli.evidence import hashes_of
from nightbell.cli.rehearsed_page import write_page
from nightbell.cli.rehearsing import Plan, run
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.errors import ScriptError, SettingsError
from nightbell.line.opus import require_opus
from nightbell.line.scripted import ECHO_DELAY_MS
from nightbell.rehearsal.load import find_scripts
from nightbell.rehearsal.recordings import MADE_NOISES, Recordings, audio_beside
from nightbell.rehearsal.script import SNR_DB
from nightbell.rehearsal.sweep.grid import Cell, Grid, played_in
from nightbell.rehearsal.sweep.plot import plot
from nightbell.rehearsal.sweep.score import as_csv, breaking_points, point_of, rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.line.scripted import Codec
    from nightbell.rehearsal.hashes import Hashes
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.sweep.score import Point

__all__ = ["sweep"]

_QUIET = "quiet"
_OFF = "off"
_RANGES: Final = (
    ("ratio", "snrs_db", *SNR_DB),
    ("loss", "losses", 0, 0.5),
    ("burst", "bursts", 1, 100),
    ("level", "levels_db", -40, 20),
    ("speed", "speeds", 0.5, 2),
)
"""What a value of the grid may be; nan is within nothing."""


def sweep(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    scripts: Annotated[
        list[str] | None, typer.Argument(help="Scripts by name or file; all with a red flag when left out.")
    ] = None,
    *,
    noise: Annotated[
        list[str] | None, typer.Option(help="quiet, white, pink, babble, kitchen ...; again.")
    ] = None,
    snr: Annotated[list[float] | None, typer.Option(help="Words over the noise, dB; again for more.")] = None,
    codec: Annotated[list[str] | None, typer.Option(help="mulaw, alaw or opus (narrow band); again.")] = None,
    loss: Annotated[list[float] | None, typer.Option(help="Share of packets lost, 0 to 0.5; again.")] = None,
    burst: Annotated[list[float] | None, typer.Option(help="Packets lost in a row, on average; again.")] = None,
    level: Annotated[list[float] | None, typer.Option(help="Louder or quieter, dB; again.")] = None,
    speed: Annotated[list[float] | None, typer.Option(help="Faster than recorded, 0.5 to 2; again.")] = None,
    echo: Annotated[
        list[str] | None, typer.Option(help="Level at which the line's own words come back, dB, or off; again.")
    ] = None,
    echo_delay: Annotated[
        list[int] | None, typer.Option(help="When they come back, ms, 0 to 1000; again.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Each cell so many times, seeds 1 to N.")] = 1,
    report: Annotated[Path, typer.Option(help="Folder for sweep.csv, sweep.svg and the calls.")] = Path("report"),
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Calls side by side.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Play callers with a red flag under worse and worse lines; 0 none is missed, 1 one is, 2 usage."""
    noises = tuple("" if name == _QUIET else name for name in noise or (_QUIET,))
    recordings = Recordings(audio or audio_beside(flow))
    try:
        echoes = _echoes(echo or (_OFF,), echo_delay or (ECHO_DELAY_MS,))
    except ValueError:
        typer.echo(f"an echo is {_OFF} or a level in dB, -60 to 0, such as -12; its delay 0 to 1000 ms", err=True)
        return 2
    grid = Grid(
        noises=noises,
        snrs_db=tuple(snr or (20.0, 10.0, 5.0)),
        codecs=cast("tuple[Codec, ...]", tuple(codec or ("mulaw",))),
        losses=tuple(loss or (0.0,)),
        bursts=tuple(burst or (1.0,)),
        levels_db=tuple(level or (0.0,)),
        speeds=tuple(speed or (1.0,)),
        echoes=echoes,
        seeds=tuple(range(1, seeds + 1)),
    )
    try:
        wrong = _usage(flow, grid, recordings)
        paths = () if wrong else find_scripts(flow, scripts or ())
    except ScriptError as error:
        wrong, paths = str(error), ()
    if wrong:
        typer.echo(wrong, err=True)
        return 2
    if "opus" in grid.codecs:
        require_opus()
    cells: dict[str, Cell] = {}
    evidence: list[Hashes] = []

    def spread(loaded: Sequence[Script]) -> tuple[Script, ...]:
        made: list[Script] = []
        fit = _fit(loaded, paths if scripts else ())
        for cell in grid.cells():
            for script in played_in(cell, fit):
                cells[script.name] = cell
                made.append(script)
        _only_words(fit, grid, named=bool(scripts))
        return tuple(made)

    plan = Plan(
        tier="audio",
        named=False,
        flow=flow,
        scripts=paths,
        audio=recordings.folder,
        report=report,
        jobs=jobs,
        derive=spread,
        live=False,
        begins=lambda found, played: evidence.append(hashes_of(found.hash, played, recordings.folder)),
    )
    results, _ = asyncio.run(run(plan))
    points = tuple(point_of(result, cells[result.script.name]) for result in results)
    _write(report, points, flow.name)
    drawn = plot(rates(points), f"{flow.name}: red flags missed")
    write_page(flow, results, report, plots=drawn, hashes=evidence[0])
    if json:
        emit_json(_as_json(points) | {"hashes": evidence[0].as_json()})
    else:
        _show(points, report)
    return 1 if any(point.missed or not point.counts for point in points) else 0


def _fit(loaded: Sequence[Script], named: Sequence[Path]) -> Sequence[Script]:
    """Return the scripts that can be swept: those with a red flag and answers that are spoken.

    Raises:
        SettingsError: one of those that were named cannot, or none can; a sweep of nothing is no good result.
    """
    fit = {script.name: script for script in loaded if script.expect.red_flag and script.replay is None}
    calls = {script.name: script for script in loaded}

    def why(name: str) -> str:
        if name not in calls:
            return "it has no sound"
        return "it has no red flag" if not calls[name].expect.red_flag else "it is a call that was taken"

    wrong = "; ".join(f"{path.stem} cannot be swept: {why(path.stem)}" for path in named if path.stem not in fit)
    if wrong or not fit:
        raise SettingsError(wrong or "there is nothing to sweep", hint="name scripts with sound and a red flag")
    return tuple(fit.values())


def _only_words(scripts: Sequence[Script], grid: Grid, *, named: bool) -> None:
    """Tell of scripts that say nothing: they are played in a quiet room alone.

    Raises:
        SettingsError: no quiet room is asked for, and one of them was named or there is no other.
    """
    mute = [script.name for script in scripts if not script.said]
    if not mute or not any(grid.noises):
        return
    why = f"noise is at a ratio to words, and {', '.join(mute)} says none"
    if not all(grid.noises):
        progress_console().print(f"{why}: played in the quiet room alone", markup=False)
    elif named or len(mute) == len(scripts):
        raise SettingsError(why, hint=f"add --noise {_QUIET}, or name others")
    else:
        progress_console().print(f"left out: {why}", markup=False)


def _echoes(levels: Sequence[str], delays: Sequence[int]) -> tuple[tuple[float, int] | None, ...]:
    """Return every level with every delay, and no echo at all once. Raises ValueError for what is none."""
    found: list[tuple[float, int] | None] = []
    for level in levels:
        if level == _OFF:
            found.append(None)
            continue
        if not -60 <= float(level) <= 0 or not all(0 <= delay <= 1000 for delay in delays):
            raise ValueError(level)
        found += [(float(level), delay) for delay in delays]
    return tuple(dict.fromkeys(found))


def _usage(flow: Path, grid: Grid, recordings: Recordings) -> str:
    unknown = [name for name in grid.noises if name and not recordings.has_noise(name)]
    if not flow.is_dir():
        return f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood."
    if unknown:
        return f"there is no noise {unknown[0]!r}: quiet, {', '.join(MADE_NOISES)}, or a file in audio/noise"
    if not set(grid.codecs) <= {"mulaw", "alaw", "opus"}:
        return "the codecs are mulaw, alaw and opus"
    wrong = [
        f"a {what} is {low:g} to {high:g}, not {value:g}"
        for what, axis, low, high in _RANGES
        for value in getattr(grid, axis)
        if not low <= value <= high
    ]
    return next(iter(wrong), "")


def _write(report: Path, points: Sequence[Point], clinic: str) -> None:
    try:
        report.mkdir(parents=True, exist_ok=True)
        (report / "sweep.csv").write_text(as_csv(points), encoding="utf-8")
        (report / "sweep.svg").write_text(plot(rates(points), f"{clinic}: red flags missed"), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{report} cannot be written to ({error.strerror})", hint="choose another") from error


def _show(points: Sequence[Point], report: Path) -> None:
    table = Table("line", "dB", "missed", "95 % interval", box=None, pad_edge=False)
    for rate in rates(points):
        ratio = "-" if rate.snr_db is None else f"{rate.snr_db:g}"
        span = f"{100 * rate.low:.0f} to {100 * rate.high:.0f} %"
        table.add_row(rate.line, ratio, f"{rate.missed} of {rate.of}", span)
    console().print(table)
    for one in breaking_points(points):
        if one.breaks_db is not None:
            held = "missed at every ratio" if one.held_db is None else f"held down to {one.held_db:g} dB"
            console().print(f"{one.phrase}: breaks at {one.breaks_db:g} dB, {one.line}; {held}", markup=False)
    if void := sum(point.void for point in points):
        console().print(f"{void} calls show nothing: they were safe, and nobody was heard in them.")
    if broken := [point for point in points if point.broken]:
        console().print(f"{len(broken)} calls broke, and show nothing: {broken[0].why}", markup=False)
    for point in (point for point in points if point.off_ratio):
        told = f"measured at {point.measured_db:.1f} dB, so it counts for no ratio"
        console().print(f"{point.script} in {point.cell.name}: {told}", markup=False)
    console().print(f"{len(points)} calls. Every call: {report}/sweep.csv. For people: {report}/report.html")


def _as_json(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "calls": len(points),
        "missed": sum(point.missed for point in points),
        "void": sum(point.void for point in points),
        "broken": sum(point.broken for point in points),
        "off_ratio": sum(point.off_ratio for point in points),
        "rates": [
            {"line": r.line, "snr_db": r.snr_db, "missed": r.missed, "of": r.of, "low": r.low, "high": r.high}
            for r in rates(points)
        ],
        "breaking": [
            {"phrase": one.phrase, "line": one.line, "breaks_db": one.breaks_db, "held_db": one.held_db}
            for one in breaking_points(points)
        ],
    }
