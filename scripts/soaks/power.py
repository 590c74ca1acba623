"""The power goes at every moment of six scenes, with two thousand torn disks: what was confirmed is never lost.

`scripts/soak power` plays six scenes; `python -m scripts.soaks.power --scenes 50 [--seed N]` as many as asked. It
needs strace (scripts/peers).
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import structlog
from scripts.figures import Figure, told

from nightbell.errors import ProviderError
from nightbell.testing.power.disk import Disk, State
from nightbell.testing.power.judge import judge_audit, judge_records, judge_spill, lay_out
from nightbell.testing.power.recovering import judge_recovery
from nightbell.testing.power.scene import Scene, play

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 6.0
SCENES: Final = 6
TORN: Final = 350
"""Torn disks of a scene; of its lines of audit and spill a tenth."""
RECOVERED: Final = 12
"""Of a scene: opened by calls and duty, until everybody has somebody."""
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the disk that matters is in the trace


def measure(say: Callable[[str], None], *, scenes: int = SCENES, seed: int = 1) -> list[Figure]:
    """Play the scenes, take the power away, judge what is left."""
    if shutil.which("strace") is None:
        raise ProviderError("strace is missing", provider="strace", hint="scripts/peers installs it")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began, states, recovered, bad = time.monotonic(), 0, 0, list[str]()
    for number in range(seed, seed + scenes):
        folder = Path(tempfile.mkdtemp(prefix="power-", dir=_MEMORY if _MEMORY.is_dir() else None))
        try:
            scene = play(folder / "scene")
            for told, wrong in _reopened(scene, number, folder / "state"):
                states += 1
                bad += [f"scene {number}, {told}: {each}" for each in wrong]
            for each in Disk(scene.base, scene.ops, group="").torn(number, RECOVERED):
                recovered += 1
                wrong = judge_recovery(scene, each, folder / f"recovered-{recovered}")
                bad += [f"scene {number}, {each.told}, started: {one}" for one in wrong]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        say(f"scene {number}: {states} states, {recovered} of them started, {len(bad)} breaches")
        for one in bad[-3:]:
            say(one)
    return [
        Figure("states reopened", states, at_least=scenes * TORN),
        Figure("states started, until everybody had somebody", recovered, at_least=scenes * RECOVERED),
        Figure("breaches", len(bad), at_most=0),
        Figure("all of them", time.monotonic() - began, "s"),
    ]


def _reopened(scene: Scene, seed: int, folder: Path) -> Iterator[tuple[str, list[str]]]:
    seen: set[tuple[str, int]] = set()
    groups: dict[str, tuple[int, Callable[[State], list[str]]]] = {
        "records.sqlite3": (TORN, lambda state: judge_records(scene, state, folder, seen)),
        "audit.jsonl": (TORN // 10, lambda state: judge_audit(scene, state, folder)),
        "spill/spill.jsonl": (TORN // 10, lambda state: judge_spill(scene, state, folder)),
    }
    for group, (torn, judged) in groups.items():
        disk = Disk(scene.base, scene.ops, group=group)
        for state in itertools.chain(disk.prefixes(), disk.torn(seed, torn)):
            lay_out(state, folder)
            yield f"{group} {state.told}", judged(state)
            shutil.rmtree(folder)


def main(argv: list[str]) -> int:
    """Play as many scenes as asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    return told(measure(lambda text: print(text, file=sys.stderr), scenes=asked.scenes, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
