"""Every call script on the engine, in writing and with sound, twenty times over: no verdict differs between runs.

`scripts/soak flakes --runs 2 --clinics rosewood --tiers engine,text --scripts white-lip,booking` does less of it.
Each run is a process of its own, so that hash seeds and whatever else a process draws by chance differ.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from scripts.figures import Figure
from scripts.told import ROOT, told_by

__all__ = ["MINUTES", "differing", "measure", "options"]

MINUTES: Final = 240.0
RUNS: Final = 20
_LIMIT_S: Final = 7200
_TIERS: Final = ("engine", "text", "audio")
_CLINICS: Final = tuple(sorted(path.parent.name for path in (ROOT / "flows").glob("*/flow.yaml")))


def options(parser: argparse.ArgumentParser) -> None:
    """Tell what may be asked for."""
    parser.add_argument("--runs", type=int, default=RUNS, help="how often, at least twice")
    parser.add_argument("--clinics", type=_listed, default=_CLINICS, help="some of flows/, with commas between")
    parser.add_argument("--tiers", type=_listed, default=_TIERS, help="engine, text, audio")
    parser.add_argument("--scripts", type=_listed, default=(), help="names; all unless set")


def measure(
    say: Callable[[str], None],
    *,
    runs: int = RUNS,
    clinics: Sequence[str] = _CLINICS,
    tiers: Sequence[str] = _TIERS,
    scripts: Sequence[str] = (),
) -> list[Figure]:
    """Rehearse it all so often, and name what did not come out the same each time."""
    figures: list[Figure] = []
    for tier in tiers:
        began, played, differ = time.monotonic(), 0, 0
        for clinic in clinics:
            found = [_verdicts(clinic, tier, scripts) for _ in range(max(runs, 2))]
            played += len({name for run in found for name in run})
            for name, told in differing(found):
                differ += 1
                say(f"FLAKE {clinic} {name} at tier {tier}: {told}")
            say(f"{clinic} at tier {tier}: {max(runs, 2)} runs of {len(found[0])} scripts")
        took = f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores"
        figures += [
            Figure(f"{tier}: scripts", played, at_least=1, peer=f"{max(runs, 2)} runs, {took}"),
            Figure(f"{tier}: scripts whose verdict differs", differ, at_most=0),
        ]
    return figures


def differing(runs: Sequence[dict[str, str]]) -> Iterable[tuple[str, str]]:
    """Yield each script that did not have one verdict in all runs, with the verdicts and the runs they came in."""
    for name in sorted({name for run in runs for name in run}):
        seen: dict[str, list[int]] = defaultdict(list)
        for number, run in enumerate(runs, 1):
            seen[run.get(name, "not played")].append(number)
        if len(seen) > 1:
            yield name, "; ".join(f"{verdict} in run {_numbers(which)}" for verdict, which in seen.items())


def _verdicts(clinic: str, tier: str, scripts: Sequence[str]) -> dict[str, str]:
    told = told_by("rehearse", f"flows/{clinic}", *scripts, "--tier", tier, limit_s=_LIMIT_S)
    return {call["script"]: _verdict(call, tier) for call in told["calls"]}


def _verdict(call: dict[str, Any], tier: str) -> str:
    """Put a verdict in words; without sound the way is part of it, for nothing there may be heard otherwise."""
    kinds = ", ".join(sorted({failure["kind"] for failure in call["failures"] + call["excused"]}))
    way = "" if tier == "audio" else f" by {' > '.join(call['states'])}"
    return (
        f"{'passed' if call['passed'] else 'failed'} as {call['disposition']}{f' ({kinds})' if kinds else ''}{way}"
    )


def _numbers(runs: Sequence[int]) -> str:
    return ", ".join(str(number) for number in runs)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
