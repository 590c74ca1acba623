"""Covering: what `rehearse --coverage` shows - shares, each missing edge by its line, scripts to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nightbell.cli.fresh import write_fresh
from nightbell.flow.load import load_with_places
from nightbell.rehearsal.coverage.earned import earned
from nightbell.rehearsal.coverage.edges import Edges
from nightbell.rehearsal.coverage.starting import name_of, scripts_for, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from nightbell.rehearsal.coverage.earned import Coverage, Missing
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.result import CallResult

__all__ = ["coverage_json", "coverage_of", "print_coverage", "write_starts"]

_UNNAMED: Final = "not named in manifest.json"
"""The voice of every recording of which nobody says whose it is: one person may have made all of them."""


def coverage_of(flow: Path, results: Sequence[CallResult], recordings: Recordings) -> tuple[Edges, Coverage]:
    """Return a flow's edges, and what some calls have shown of them."""
    edges = Edges(load_with_places(flow))
    voices = {entry.name: entry.caller for entry in recordings.entries()}
    return edges, earned(edges, results, lambda name: voices.get(name) or _UNNAMED)


def print_coverage(coverage: Coverage, console: Console) -> None:
    """Print the shares, then what is missing, red flags first."""
    console.print()
    for missing in coverage.missing:
        mark = "RED FLAG " if missing.edge.red_flag else ""
        console.print(f"{missing.edge.place} {mark}{missing.edge.name}: {missing.why}", markup=False)
    console.print(
        f"Heard or gone over with sound: {coverage.states} states, {coverage.edges} edges, "
        f"{coverage.red_flags} red flags by three voices, {coverage.ends} ends.",
        markup=False,
    )


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """Return the same as plain values."""
    shares = {
        "states": coverage.states,
        "edges": coverage.edges,
        "red_flags": coverage.red_flags,
        "ends": coverage.ends,
    }
    return {name: {"got": share.got, "of": share.of} for name, share in shares.items()} | {
        "missing": [
            {
                "file": missing.edge.place.file,
                "line": missing.edge.place.line,
                "edge": missing.edge.name,
                "red_flag": missing.edge.red_flag,
                "why": missing.why,
            }
            for missing in coverage.missing
        ]
    }


def write_starts(edges: Edges, missing: Sequence[Missing], recordings: Recordings, folder: Path) -> int:
    """Write a script to start from for each missing edge that one can go over; return how many.

    Raises:
        SettingsError: the folder cannot be written to.
    """
    texts = recordings.texts()
    made = scripts_for(edges, [one.edge for one in missing])
    return write_fresh({name_of(edges.all[key]): spoken(script, texts) for key, script in made.items()}, folder)
