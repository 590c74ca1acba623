"""A call that was taken goes the same way again, hash for hash. Real models, in processes of their own.

Whatever a process draws its hashes by, and in whatever pieces the recogniser is given the sound.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from nightbell.settings import load_settings

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT: Final = Path(__file__).parents[2]
CALLS: Final = ("hang-up-after-flag", "nine-by-mistake")
"""Words and a hang-up; keys, and words between them."""
TAKEN: Final = """
import asyncio, json, sys
from pathlib import Path
import numpy as np
from nightbell.bootstrap import hearing
from nightbell.cli.rehearsing import Plan, run
from nightbell.rehearsal.paths import told
from nightbell.speech.vosk import VoskRecogniser

folder, ms, scripts = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
fed = set()


class Pieces:
    "A stream that is fed in pieces of one size, and the rest at its end."

    def __init__(self, inner):
        self.inner, self.rest, self.hypothesis = inner, np.zeros(0, np.int16), None

    async def feed(self, sound):
        self.rest = np.concatenate([self.rest, sound])
        while len(self.rest) >= 8 * ms or self.hypothesis is None:
            piece, self.rest = self.rest[: 8 * ms], self.rest[8 * ms :]
            fed.add(len(piece) // 8)
            self.hypothesis = await self.inner.feed(piece)
        return self.hypothesis

    async def finish(self):
        if len(self.rest):
            await self.inner.feed(self.rest)
        return await self.inner.finish()

    async def discard(self):
        await self.inner.discard()


class Recogniser(VoskRecogniser):
    async def open(self, phrases):
        return Pieces(await super().open(phrases))


if ms:
    hearing.VoskRecogniser = Recogniser
paths = [Path(script) for script in scripts]
where = {"flow": Path("flows/rosewood"), "audio": Path("audio"), "report": folder}
plan = Plan(tier="audio", named=True, scripts=paths, jobs=2, **where)
results, _ = asyncio.run(run(plan))
calls = {
    one.script.name: [told(one.moves), [str(each) for each in one.failures], one.script.expect.effects]
    for one in results
}
print(json.dumps({"calls": calls, "fed": sorted(fed), "seed": hash("nightbell")}))
"""


def process(seed: int, *words: str) -> str:
    """Run Python with a hash seed; return what it said."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": str(seed), "NIGHTBELL_DATA": str(load_settings().data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def rehearsed(seed: int, folder: Path, ms: int, scripts: list[Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        process(seed, "-c", TAKEN, str(folder), str(ms), *(str(path) for path in scripts))
    )
    return found


@pytest.mark.parametrize(
    ("calls", "sizes"),
    [
        pytest.param(CALLS[:1], (60,), id="few"),
        pytest.param(CALLS, (10, 20, 60), id="all", marks=pytest.mark.soak),
    ],
)
def test_a_replay_is_hash_equal_in_pieces_of_any_size_and_under_other_hash_seeds(
    tmp_path: Path, calls: tuple[str, ...], sizes: tuple[int, ...]
) -> None:
    shipped = [ROOT / "flows" / "rosewood" / "calls" / f"{name}.yaml" for name in calls]
    live = rehearsed(1, tmp_path / "live", 0, shipped)  # as a line gives it: 20 ms at a time
    made = []
    for name in calls:
        words = ["repro", name, "--flow", "flows/rosewood", "--report", str(tmp_path / "live"), "--no-again"]
        verb = "from nightbell.cli.app import main; main()"
        said = process(2, "-c", verb, *words, "--out", str(tmp_path / "calls"), "--name", name, "--json")
        made.append(Path(json.loads(said)["script"]))

    again = {ms: rehearsed(seed, tmp_path / str(ms), ms, made) for seed, ms in enumerate(sizes, 3)}

    for ms, found in again.items():
        for name in calls:
            way, failures, effects = found["calls"][name]
            assert failures == [], f"{name} in pieces of {ms} ms"  # other effects would be one
            assert len(effects) == 64
            assert sha256(way.encode()).digest() == sha256(live["calls"][name][0].encode()).digest()
        assert max(found["fed"]) == ms, "the recogniser was given pieces of that size"
    seeds = {found["seed"] for found in (live, *again.values())}
    assert len(seeds) == len(sizes) + 1, "each process had hashes of its own"
