"""Three hundred nights of kills, full disks, stepped clocks and lying carriers: what is lost must be nothing.

`scripts/soak faults` plays 300 nights; `python -m scripts.soaks.faults --runs 10000 [--seed N]` as many as asked.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.figures import Figure, told

from nightbell.testing.nights.plan import night_plan
from nightbell.testing.nights.run import Verdict, nights

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 10.0
RUNS: Final = 300
AT_ONCE: Final = 8
_CHUNK: Final = 50
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a kill leaves what was written; memory is as good


def measure(say: Callable[[str], None], *, runs: int = RUNS, seed: int = 1000) -> list[Figure]:
    """Play the nights and judge each."""
    began, verdicts = time.monotonic(), list[Verdict]()
    for first in range(seed, seed + runs, _CHUNK):
        folder = Path(tempfile.mkdtemp(prefix="nights-", dir=_MEMORY if _MEMORY.is_dir() else None))
        try:
            plans = [night_plan(each) for each in range(first, min(first + _CHUNK, seed + runs))]
            verdicts += nights(plans, folder, at_once=AT_ONCE)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        bad = [verdict for verdict in verdicts if verdict.breaches]
        say(f"{len(verdicts)} nights, {len(bad)} with a breach")
        for verdict in bad[-3:]:
            say(f"seed {verdict.seed}: {'; '.join(verdict.breaches)}")
    took = time.monotonic() - began
    return [
        Figure("nights", len(verdicts), at_least=runs),
        Figure("nights with a breach", sum(bool(verdict.breaches) for verdict in verdicts), at_most=0),
        Figure("starts of the process on duty", sum(verdict.starts for verdict in verdicts)),
        Figure("rings that left the house", sum(verdict.rings for verdict in verdicts)),
        Figure("all of them", took, "s"),
    ]


def main(argv: list[str]) -> int:
    """Play as many nights as asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args(argv)
    return told(measure(lambda text: print(text, file=sys.stderr), runs=asked.runs, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
