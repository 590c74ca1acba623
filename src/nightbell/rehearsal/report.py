"""Report: what a rehearsal showed - a line per call for people, one JSON object for programs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from nightbell.rehearsal.timing import percentiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from nightbell.rehearsal.runner import CallResult

__all__ = ["BLAMED", "as_json", "print_summary"]

BLAMED: Final = {
    "ear": "the ear failed: the same words in writing pass",
    "flow": "the flow failed, or its script: the same words in writing fail too",
    "recording": "the recording may be at fault: no speech was found in it; the same words in writing pass",
    "unknown": "ear or flow: nobody wrote down what is said",
}
"""What a failure is laid to, in words."""


def as_json(results: Sequence[CallResult]) -> dict[str, Any]:
    """Return the rehearsal as plain values: ``calls``, ``response_ms`` by kind, ``passed``, ``failed``."""
    passed = sum(result.passed for result in results)
    times: dict[str, list[int]] = defaultdict(list)
    for result in results:
        for response in result.responses:
            if response.ms is not None:
                times[response.kind].append(response.ms)
    return {
        "calls": [_call(result) for result in results],
        "response_ms": {kind: percentiles(found) | {"turns": len(found)} for kind, found in sorted(times.items())},
        "passed": passed,
        "failed": len(results) - passed,
    }


def _call(result: CallResult) -> dict[str, Any]:
    return {
        "script": result.script.name,
        "expected": result.script.expect.label,
        "disposition": result.disposition.value if result.disposition is not None else None,
        "passed": result.passed,
        "red_flag": result.script.expect.red_flag,
        "paged": bool(result.pages),
        "states": list(result.states),
        "response_ms": result.response_ms,
        "response_ms_by_kind": result.response_ms_by_kind,
        "failures": [{"kind": failure.kind.value, "detail": failure.detail} for failure in result.failures],
        "excused": [{"kind": failure.kind.value, "detail": failure.detail} for failure in result.excused],
        "blame": result.blame,
        "not_judged": list(result.not_judged),
        "lost": list(result.lost),
        "audio_ms": result.audio_ms,
        "tier": result.script.tier or "audio",
        "recording": str(result.recording) if result.recording is not None else None,
        "journal": str(result.journal) if result.journal is not None else None,
    }


def print_summary(
    results: Sequence[CallResult], console: Console, folder: Path, *, remarks: Mapping[str, str] | None = None
) -> None:
    """Print a table of the calls, why any failed, and where the recordings lie.

    ``remarks`` is what is otherwise there than on a line that keeps records.
    """
    table = Table("", "call", "expected", "ended", "paged", "answer p50", "p95", box=None, pad_edge=False)
    for result in results:
        times = result.response_ms
        table.add_row(
            _verdict(result),
            Text(result.script.name),
            result.script.expect.label,
            result.disposition.value if result.disposition is not None else "-",
            "yes" if result.pages else "no",
            *(f"{times[name]} ms" if times[name] is not None else "-" for name in ("p50", "p95")),
        )
    console.print()
    console.print(table)
    for result in results:
        for failure in result.failures:
            console.print(Text(f"{result.script.name}: {failure}", style="red"))
        if result.blame:
            console.print(Text(f"{result.script.name}: {BLAMED[result.blame]}", style="red"))
        known = result.script.known
        if result.excused and known is not None:
            why = "; ".join(str(failure) for failure in result.excused)
            until = known.until.isoformat()
            console.print(
                Text(f"{result.script.name}: known until {until} ({known.owner}): {why}", style="yellow")
            )
    if unjudged := [result for result in results if result.not_judged]:
        what = ", ".join(sorted({name for result in unjudged for name in result.not_judged}))
        names = ", ".join(result.script.name for result in unjudged)
        console.print(Text(f"not judged without sound ({what}): {names}", style="dim"))
    for result in (result for result in results if result.lost):
        what = "; ".join(result.lost)
        console.print(Text(f"{result.script.name}: not heard, as by any such carrier: {what}", style="dim"))
    passed = sum(result.passed for result in results)
    console.print(f"{passed} of {len(results)} calls passed. Recordings and journals: {folder}", markup=False)
    _say_where(results, console, folder, remarks or {})


def _say_where(results: Sequence[CallResult], console: Console, folder: Path, remarks: Mapping[str, str]) -> None:
    if remarks:
        console.print(Text("\n".join(f"{what}: {how}" for what, how in remarks.items()), style="dim"))
    elif any(result.script.tier == "sip" for result in results):
        console.print(f"The calls as the records have them: nightbell calls --report {folder}", markup=False)
    elif any(result.recording is not None for result in results):
        console.print(f"Each call as the records have it: nightbell call NAME --report {folder}", markup=False)


def _verdict(result: CallResult) -> Text:
    if not result.passed:
        return Text("FAILED", style="bold red")
    return Text("known", style="yellow") if result.excused else Text("ok", style="green")
