"""`nightbell mutate`: make a flow worse in one place at a time, and show what nobody notices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.table import Table

from nightbell.cli.fresh import write_fresh
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.cli.usable import usable
from nightbell.errors import SettingsError
from nightbell.rehearsal.mutation.court import Court
from nightbell.rehearsal.mutation.edit import Operator
from nightbell.rehearsal.mutation.killers import killers_of
from nightbell.rehearsal.mutation.score import Tally, why_survived
from nightbell.rehearsal.mutation.trial import chosen, tried
from nightbell.rehearsal.recordings import audio_beside

if TYPE_CHECKING:
    from nightbell.rehearsal.mutation.court import Fate

__all__ = ["mutate"]

_OPERATORS = get_args(Operator)


def mutate(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(help="One way to make it worse; again for more. Else all but delete-phrase."),
    ] = None,
    sample: Annotated[int, typer.Option(min=0, help="Try so many, chosen by --seed; 0 is all.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the sample.")] = 1,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; one for each core.")] = 0,
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    scripts: Annotated[
        Path | None, typer.Option(help="Write scripts that notice what nobody noticed to this folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Make a flow worse in one place at a time; 0 enough is noticed, 1 a safety edge or too many others not."""
    unknown = [name for name in only or () if name not in _OPERATORS]
    if unknown:
        typer.echo(f"there is no {unknown[0]!r}; there are: {', '.join(_OPERATORS)}", err=True)
        return 2
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    if scripts is not None:
        usable(scripts, "scripts")
    calls = audio or audio_beside(flow)
    court = Court(flow, calls)
    wanted = only or [name for name in _OPERATORS if name != "delete-phrase"]
    edits = chosen(court.edits(), wanted, sample, seed)
    if not edits:
        # All of none are noticed, and nothing is shown by that.
        raise SettingsError(f"nothing here can be made worse by {', '.join(wanted)}", hint="leave out --only")
    with progress_console().status(f"{len(edits)} mutants") as status:
        done = 0

        def told(_: Fate) -> None:
            nonlocal done
            done += 1
            status.update(f"{done} of {len(edits)} mutants")

        tally = Tally(tried(flow, calls, edits, jobs=jobs or os.cpu_count() or 1, on_fate=told))
    if scripts is not None:
        _write(killers_of(court, tally.survivors), scripts)
    if json:
        emit_json(_as_json(tally, court))
    else:
        _show(tally, court)
    return 0 if tally.good else 1


def _write(found: Mapping[str, str], folder: Path) -> None:
    written = write_fresh(found, folder)
    progress_console().print(
        f"{written} scripts that notice more: {folder}. With them: rehearse --tier text --keep-paths",
        markup=False,
    )


def _show(tally: Tally, court: Court) -> None:
    table = Table("made worse by", "noticed", "changes no call", box=None, pad_edge=False)
    for operator, share in tally.by_operator.items():
        table.add_row(operator, str(share), str(tally.same_by_operator[operator]))
    console().print(table)
    by = tally.noticed_by
    console().print(
        f"Noticed when it loads: {by.get('load', 0)}, by a script: {by.get('script', 0)}, by a rule: "
        f"{by.get('rule', 0)}, by the proof: {by.get('proof', 0)}. Changes no call: {by.get('same', 0)}.",
        markup=False,
    )
    for fate in tally.survivors:
        mark = "SAFETY " if fate.safety else ""
        edit = fate.edit
        console().print(
            f"{court.shown(edit)} {mark}{edit.operator}: {edit.what}; {why_survived(fate)}", markup=False
        )
    console().print(
        f"Safety edges: {tally.safety_edges}, by a script: {tally.by_scripts}. All edges: {tally.all_edges}; "
        f"of those that load: {tally.loading_edges}.",
        markup=False,
    )


def _as_json(tally: Tally, court: Court) -> dict[str, Any]:
    return {
        "clinic": court.flow.clinic.name,
        "flow": court.flow.hash,
        "scripts": len(court.scripts),
        "mutants": len(tally.fates),
        "noticed_by": tally.noticed_by,
        "by_operator": {
            name: {**_share(share.noticed, share.of), "same": tally.same_by_operator[name]}
            for name, share in tally.by_operator.items()
        },
        "safety_edges": _share(tally.safety_edges.noticed, tally.safety_edges.of),
        "safety_edges_by_scripts": _share(tally.by_scripts.noticed, tally.by_scripts.of),
        "all_edges": _share(tally.all_edges.noticed, tally.all_edges.of),
        "loading_edges": _share(tally.loading_edges.noticed, tally.loading_edges.of),
        "good": tally.good,
        "survivors": [
            {
                "place": court.shown(fate.edit),
                "operator": fate.edit.operator,
                "what": fate.edit.what,
                "safety": fate.safety,
                "why": why_survived(fate),
            }
            for fate in tally.survivors
        ],
    }


def _share(noticed: int, of: int) -> dict[str, int]:
    return {"noticed": noticed, "of": of}
