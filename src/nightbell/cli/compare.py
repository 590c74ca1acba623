"""`nightbell compare OLD NEW`: two versions of a clinic under the same callers; a call that is less safe fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nightbell.cli.terminal import console, emit_json
from nightbell.cli.versions import Version, played
from nightbell.errors import ScriptError
from nightbell.rehearsal.comparison.corpus import compare_all
from nightbell.rehearsal.comparison.shift import Slack
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.rehearsal.comparison.verdict import Compared
    from nightbell.rehearsal.script import Tier

__all__ = ["compare"]

_KINDS: Final = ("less_safe", "different", "safer", "same")


def compare(
    old: Annotated[Path, typer.Argument(help="The clinic's folder as it is in use.")],
    new: Annotated[Path, typer.Argument(help="The clinic's folder that is to take its place.")],
    scripts: Annotated[
        list[str] | None, typer.Argument(help="Scripts by name or file; all of both when left out.")
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
    recordings = Recordings(audio or audio_beside(new))
    loaded = load_scripts(_paths(old, new, scripts or ()), recordings)
    played_at: Tier = "audio" if sound else "text"
    callers, left_out = cast(loaded, played_at, recordings.texts())
    if not callers:
        why = "; ".join(f"{one.script.name}: {one.why}" for one in left_out)
        raise ScriptError(f"nobody can be played at this tier: {why}", hint="see docs/call-scripts.md, Tiers")

    async def both() -> tuple[tuple[Compared, ...], dict[str, Any]]:
        before, was = await played(
            Version(flow=old), callers, recordings, report / "old" if sound else None, jobs=jobs
        )
        version = Version(flow=new, model=model, voice=voice, voice_seed=voice_seed)
        after, now = await played(version, callers, recordings, report / "new" if sound else None, jobs=jobs)
        return compare_all(before, after, Slack(slack_ms, answer_slack_ms, frozenset(reworded or ()))), {
            "old": was,
            "new": now,
        }

    calls, versions = asyncio.run(both())
    counts: Counter[str] = Counter(call.kind for call in calls)
    if json:
        left = {one.script.name: one.why for one in left_out}
        emit_json(_as_json(calls, counts) | {"left_out": left, "versions": versions})
    else:
        _show(calls, counts, versions)
    return 1 if counts["less_safe"] else 0


def _paths(old: Path, new: Path, names: Sequence[str]) -> list[Path]:
    """Return the files: those of the new version first, so that a script that both have is read once."""
    if names:
        return list(find_scripts(new, names))
    found = {path.name: path for flow in (old, new) for path in (flow / "calls").glob("*.yaml")}
    return [found[name] for name in sorted(found)] or list(find_scripts(new, ()))


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
