"""`nightbell compare OLD NEW`: two versions of a clinic under the same callers; a call that is less safe fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nightbell.cli.terminal import console, emit_json
from nightbell.flow.load import load_flow
from nightbell.rehearsal.comparison.corpus import compare_flows
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.rehearsal.comparison.verdict import Compared

__all__ = ["compare"]

_KINDS: Final = ("less_safe", "different", "safer", "same")


def compare(
    old: Annotated[Path, typer.Argument(help="The clinic's folder as it is in use.")],
    new: Annotated[Path, typer.Argument(help="The clinic's folder that is to take its place.")],
    scripts: Annotated[
        list[str] | None, typer.Argument(help="Scripts by name or file; all of both when left out.")
    ] = None,
    *,
    slack_ms: Annotated[
        int, typer.Option(min=0, help="A person or the emergency words may come later by this much.")
    ] = 1000,
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Play the same callers to two versions of a clinic; 0 no call is less safe, 1 one is, 2 usage."""
    missing = [str(flow) for flow in (old, new) if not flow.is_dir()]
    if missing:
        typer.echo(f"{missing[0]} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    recordings = Recordings(audio or audio_beside(new))
    played, left_out = cast(load_scripts(_paths(old, new, scripts or ()), recordings), "text", recordings.texts())
    calls = asyncio.run(compare_flows(load_flow(old), load_flow(new), played, recordings, slack_ms=slack_ms))
    counts: Counter[str] = Counter(call.kind for call in calls)
    if json:
        emit_json(_as_json(calls, counts) | {"left_out": {left.script.name: left.why for left in left_out}})
    else:
        _show(calls, counts)
    return 1 if counts["less_safe"] else 0


def _paths(old: Path, new: Path, names: Sequence[str]) -> list[Path]:
    """Return the files: those of the new version first, so that a script that both have is read once."""
    if names:
        return list(find_scripts(new, names))
    found = {path.name: path for flow in (old, new) for path in (flow / "calls").glob("*.yaml")}
    return [found[name] for name in sorted(found)] or list(find_scripts(new, ()))


def _show(calls: Sequence[Compared], counts: Counter[str]) -> None:
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
