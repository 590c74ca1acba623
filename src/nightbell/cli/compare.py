"""`nightbell compare OLD NEW`: two versions of a clinic under the same callers; a call that is less safe fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from nightbell.cli.terminal import console, emit_json
from nightbell.cli.versions import Version, played
from nightbell.rehearsal.comparison.callers import find_callers
from nightbell.rehearsal.comparison.corpus import compare_all
from nightbell.rehearsal.comparison.shift import Slack
from nightbell.rehearsal.load import load_scripts
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.rehearsal.comparison.callers import Callers
    from nightbell.rehearsal.comparison.traits import Traits
    from nightbell.rehearsal.comparison.verdict import Compared
    from nightbell.rehearsal.script import Script, Tier
    from nightbell.rehearsal.tiers import LeftOut

    Batch: TypeAlias = tuple[tuple[Script, ...], Recordings]

__all__ = ["compare"]

_KINDS: Final = ("less_safe", "different", "safer", "same")


def compare(
    old: Annotated[Path, typer.Argument(help="The clinic's folder as it is in use.")],
    new: Annotated[Path, typer.Argument(help="The clinic's folder that is to take its place.")],
    scripts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Scripts by name or file; all of both when left out. What both have is played as OLD has it."
        ),
    ] = None,
    *,
    tier: Annotated[str, typer.Option(help="text: in writing; audio: with sound.")] = "text",
    model: Annotated[
        Path | None, typer.Option(help="With sound: NEW hears with the Vosk model in this folder.")
    ] = None,
    voice: Annotated[
        str, typer.Option(help="With sound: NEW speaks with this voice: hibari, hibari:NAME or espeak.")
    ] = "",
    voice_seed: Annotated[int | None, typer.Option(min=0, help="With sound: NEW's voice has this seed.")] = None,
    slack_ms: Annotated[
        int, typer.Option(min=0, help="A person or the emergency words may come later by this much.")
    ] = 1000,
    answer_slack_ms: Annotated[
        int, typer.Option(min=0, help="With sound: an answer may come later by this much.")
    ] = 300,
    reworded: Annotated[
        list[str] | None,
        typer.Option(help="A prompt whose new words somebody has read and found as good; more than once."),
    ] = None,
    report: Annotated[Path, typer.Option(help="With sound: folder for what the calls need.")] = Path("report"),
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Calls side by side.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Play the same callers to two versions of a clinic; 0 no call is less safe, 1 one is, 2 usage.

    Give the same folder twice to compare two models (--model) or two voices (--voice).
    """
    missing = [str(flow) for flow in (old, new) if not flow.is_dir()]
    sound = tier == "audio" or model is not None or bool(voice) or voice_seed is not None
    if missing or tier not in {"text", "audio"}:
        folder = f"{missing[0]} is no folder. Give a clinic's folder, such as flows/rosewood." if missing else ""
        typer.echo(folder or "the tiers are text and audio", err=True)
        return 2
    callers = find_callers(old, new, scripts or ())
    batches, left_out = _cast(callers, _recordings(old, new, audio), "audio" if sound else "text")
    if left_out and (scripts or not batches):
        # 2 and not 1: nothing is less safe, there is nothing to say of those callers.
        why = "; ".join(f"{one.script.name}: {one.why}" for one in left_out)
        hint = f"leave them out, or try --tier {'text' if sound else 'audio'}; see docs/call-scripts.md, Tiers"
        typer.echo(f"cannot be played at this tier: {why}\n  hint: {hint}", err=True)
        return 2
    sides = {
        "old": Version(flow=old),
        "new": Version(flow=new, model=model, voice=voice, voice_seed=voice_seed),
    }

    async def both() -> tuple[tuple[Compared, ...], dict[str, Any]]:
        found: dict[str, dict[str, Traits]] = {side: {} for side in sides}
        made: dict[str, Any] = {}
        for number, (played_by, recordings) in enumerate(batches):
            for side, version in sides.items():
                folder = (report / "added" if number else report) / side if sound else None
                traits, made[side] = await played(version, played_by, recordings, folder, jobs=jobs)
                found[side].update(traits)
        slack = Slack(slack_ms, answer_slack_ms, frozenset(reworded or ()))
        return compare_all(found["old"], found["new"], slack), made

    calls, versions = asyncio.run(both())
    counts: Counter[str] = Counter(call.kind for call in calls)
    if json:
        left = {one.script.name: one.why for one in left_out}
        told = {"left_out": left, "versions": versions, "scripts": callers.differing}
        emit_json(_as_json(calls, counts) | told)
    else:
        _show(calls, counts, versions)
        _show_scripts(callers, left_out)
    return 1 if counts["less_safe"] else 0


def _recordings(old: Path, new: Path, audio: Path | None) -> tuple[Recordings, Recordings]:
    """Return the caller audio of OLD's scripts and of NEW's own: beside each, or beside the other."""
    if audio is not None:
        return Recordings(audio), Recordings(audio)
    was, now = audio_beside(old), audio_beside(new)
    return Recordings(was if was.is_dir() else now), Recordings(now if now.is_dir() else was)


def _cast(
    callers: Callers, recordings: tuple[Recordings, Recordings], tier: Tier
) -> tuple[list[Batch], list[LeftOut]]:
    """Return who plays by which caller audio, together where it is the same, and who cannot be played."""
    was, now = recordings
    alike = was.folder.resolve() == now.folder.resolve()
    lots = [((*callers.before, *callers.added), was)] if alike else [(callers.before, was), (callers.added, now)]
    batches: list[Batch] = []
    left_out: list[LeftOut] = []
    for paths, by in lots:
        ready, left = cast(load_scripts(paths, by), tier, by.texts()) if paths else ((), ())
        left_out += left
        if ready:
            batches.append((ready, by))
    return batches, left_out


def _show(calls: Sequence[Compared], counts: Counter[str], versions: dict[str, Any]) -> None:
    for name in ("model", "voice"):
        was, now = (versions[side].get(name, "") for side in ("old", "new"))
        if was != now:
            console().print(f"{name}: {was[:48]} before, {now[:48]} now", markup=False)
    for call in sorted(calls, key=lambda call: _KINDS.index(call.kind)):
        if call.kind == "same":
            continue
        console().print(f"{call.kind.replace('_', ' ').upper()} {call.name}", markup=False)
        for shift in sorted(call.shifts, key=lambda shift: shift.weighs or 2):
            mark = {-1: "worse, ", 0: "", 1: "better, "}[shift.weighs]
            console().print(f"  {mark}{shift.by}: {shift.told}", markup=False)
    told = ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in _KINDS)
    console().print(f"{len(calls)} calls: {told}.", markup=False)


def _show_scripts(callers: Callers, left_out: Sequence[LeftOut]) -> None:
    told = {
        "changed": "not as they were in NEW, played as OLD has them",
        "new": "in NEW alone, played to both",
        "gone": "in NEW no more, played all the same",
    }
    for how, names in callers.differing.items():
        if names:
            console().print(f"Scripts {told[how]}: {', '.join(names)}.", markup=False)
    for left in left_out:
        console().print(f"left out: {left.script.name} ({left.why})", markup=False, style="dim")


def _as_json(calls: Sequence[Compared], counts: Counter[str]) -> dict[str, Any]:
    return {
        "calls": [
            {
                "script": call.name,
                "kind": call.kind,
                "shifts": [{"by": one.by, "told": one.told, "weighs": one.weighs} for one in call.shifts],
            }
            for call in calls
        ],
        "counts": {kind: counts[kind] for kind in _KINDS},
        "affected": len(calls) - counts["same"],
    }
