"""Mutations: a sound clinic's files, damaged in seeded ways, and what becomes of them on the way through `check`.

Whether a mutated flow is refused or accepted is not judged; that it is told or taken, is.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from scripts.soaks._damage import DAMAGE

from nightbell.cli.checking import examine
from nightbell.document.diagnostic import Diagnostic
from nightbell.document.rendering import as_json, as_text
from nightbell.flow.lint import near_homophones, unknown_words
from nightbell.flow.lint.listened import words_in
from nightbell.flow.lint.rule import Sounds, Subject
from nightbell.flow.load import load_with_places

__all__ = ["CLINICS", "LIMIT_S", "Fate", "Herd", "look_at", "too_slow"]

ROOT: Final = Path(__file__).resolve().parents[2]
CLINICS: Final = (
    ROOT / "flows" / "rosewood",
    ROOT / "tests" / "flows" / "harbour",
    ROOT / "tests" / "flows" / "mooring",
    ROOT / "tests" / "flows" / "broken" / "quayside",
)
_SHARES: Final = (2, 6, 1, 3)
"""Small flows are proved sooner, and break in the same ways."""
LIMIT_S: Final = 30.0
"""Seconds of processor time for one flow, as for a flow of a thousand states; a sound one here takes 0.4."""


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
        (clinic,) = chance.choices(CLINICS, _SHARES)
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
    """Do to a clinic's folder what `nightbell check` does, with stand-ins for the recogniser's words."""
    examined = examine(folder)
    as_text(examined.diagnostics, _sources(examined.diagnostics))
    as_json(examined.diagnostics)
    if examined.flow is None:
        if not examined.errors:
            raise AssertionError("refused without a fault")
        return "refused"
    loaded = load_with_places(folder)
    sounds = Sounds(says={word: (" ".join(word.upper()),) for word in words_in(loaded.flow) if len(word) % 7})
    for rule in (unknown_words.RULE, near_homophones.RULE):
        list(rule.find(Subject(flow=loaded.flow, places=loaded.places, sounds=sounds)))
    return "taken" if examined.sound else "found"


def _sources(found: Iterable[Diagnostic]) -> dict[str, str]:
    files = {one.place.file for one in found}
    return {file: Path(file).read_text("utf-8", "replace") for file in files if Path(file).is_file()}


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
