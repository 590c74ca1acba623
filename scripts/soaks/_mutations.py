"""Mutations: a sound clinic's files, damaged in seeded ways, and what becomes of them on the way through `check`.

Whether a mutated flow is refused or accepted is not judged; that it is told or taken, is.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from scripts.soaks._damage import DAMAGE

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.document.diagnostic import Diagnostic
from nightbell.document.rendering import as_text
from nightbell.errors import FlowError
from nightbell.flow.lint.listened import words_in
from nightbell.flow.lint.registry import find_all
from nightbell.flow.lint.rule import Sounds, Subject
from nightbell.flow.load import load_with_places
from nightbell.flow.proof.prove import prove

__all__ = ["CLINICS", "LIMIT_S", "Fate", "Herd", "look_at", "too_slow"]

ROOT: Final = Path(__file__).resolve().parents[2]
CLINICS: Final = (ROOT / "flows" / "rosewood", ROOT / "tests" / "flows" / "harbour")
LIMIT_S: Final = 10.0
"""Seconds of processor time for one flow; a sound one takes 0.4. What takes longer is searched without end."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one mutated flow."""

    number: int
    what: Literal["refused", "found", "taken", "crashed", "slow"]
    """Told of faults at loading; loaded, with findings or violations; nothing to say; a traceback; too slow."""
    ms: int
    """Processor time: a busy machine makes no flow slow."""
    told: str = ""
    """The exception, for ``crashed``."""


class Herd:
    """Mutated copies of the clinics in a folder of its own; number and seed give the same on every machine."""

    def __init__(self, folder: Path, *, seed: int = 1) -> None:
        """Take an empty folder and a seed."""
        self._folder, self._seed = folder, seed
        self._sound = {
            clinic: {
                path.relative_to(clinic.parent).as_posix(): path.read_bytes()
                for part in (clinic, clinic.parent / "shared")
                for path in sorted(part.glob("*.yaml"))
            }
            for clinic in CLINICS
        }

    def make(self, number: int) -> Path:
        """Write the mutated copy of that number; return the clinic's folder."""
        chance = random.Random(f"{self._seed}.{number}")  # noqa: S311 - damage, not secrets
        clinic = CLINICS[chance.random() < 0.5]
        files = dict(self._sound[clinic])
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            name = chance.choice(sorted(files))
            files[name] = chance.choice(DAMAGE)(files[name], chance, files)
        shutil.rmtree(self._folder, ignore_errors=True)
        for name, data in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self._folder / clinic.name

    def fate(self, number: int) -> Fate:
        """Make a copy and look at it, to the end or the limit."""
        folder = self.make(number)
        began = time.process_time()

        def took() -> int:
            return round(1000 * (time.process_time() - began))

        try:
            with too_slow(LIMIT_S):
                what = look_at(folder)
        except TimeoutError:
            return Fate(number, "slow", took())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            return Fate(number, "crashed", took(), f"{type(error).__name__}: {error}"[:300])
        return Fate(number, what, took())


def look_at(folder: Path) -> Literal["refused", "found", "taken"]:
    """Do to a clinic's folder what `nightbell check` does: load, hold to the rules, compile, prove, show."""
    try:
        loaded = load_with_places(folder)
    except FlowError as error:
        faults = [fault for fault in error.diagnostics if isinstance(fault, Diagnostic)]
        if not faults:
            raise AssertionError("refused without a fault") from error
        as_text(faults, {})
        return "refused"
    sounds = Sounds(says={word: (" ".join(word.upper()),) for word in words_in(loaded.flow) if len(word) % 7})
    findings = find_all(Subject(flow=loaded.flow, places=loaded.places, sounds=sounds))
    verdict = prove(table_of(compile_flow(loaded.flow), {}))
    as_text(findings, {})
    return "taken" if verdict.proved and not findings else "found"


@contextmanager
def too_slow(limit_s: float) -> Iterator[None]:
    """Raise TimeoutError in what takes more processor time; in the main thread of a process only."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
