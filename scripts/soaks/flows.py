"""Ten thousand damaged flows through load, rules and proof: none may end in a traceback, or take too long."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from scripts.figures import Figure
from scripts.soaks._mutations import LIMIT_S, Fate, Herd

from nightbell.speech.orphan import die_with_parent

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 18.0
FLOWS: Final = 10_000
SEED: Final = 3
_BATCH: Final = 100


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Damage and look, on every core; the same damage on every run."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    slowest = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(os.cpu_count(), initializer=die_with_parent, initargs=(os.getpid(),)) as pool,
    ):
        batches = [(Path(folder), first, min(first + _BATCH, FLOWS)) for first in range(0, FLOWS, _BATCH)]
        for number, fates in enumerate(pool.map(_look, batches), start=1):
            counts.update(fate.what for fate in fates)
            slowest = max([slowest, *(fate.ms for fate in fates)])
            for fate in fates:
                if fate.what in {"crashed", "slow"}:
                    say(f"{fate.what}: number {fate.number} of seed {SEED}: {fate.told}")
            if number % 10 == 0:
                say(f"{number * _BATCH} of {FLOWS}")
    took = time.monotonic() - began
    return [
        Figure("flows damaged", counts.total(), at_least=FLOWS),
        Figure("ended in a traceback", counts["crashed"], at_most=0),
        Figure(f"took more than {LIMIT_S:g} s", counts["slow"], at_most=0),
        Figure("refused with a fault", counts["refused"]),
        Figure("loaded, with findings", counts["found"]),
        Figure("loaded, nothing found", counts["taken"]),
        Figure("slowest flow", slowest, "ms", at_most=1000 * LIMIT_S),
        Figure("all of them", took, "s", peer=f"{os.cpu_count()} cores"),
    ]


def _look(batch: tuple[Path, int, int]) -> list[Fate]:
    folder, first, end = batch
    herd = Herd(folder / str(os.getpid()), seed=SEED)
    return [herd.fate(number) for number in range(first, end)]
