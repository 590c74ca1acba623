"""Callers of every triage row ring the three clinics: who reaches the floor, who is missed, who wakes a clinician.

In writing all callers, with sound a seeded sample of them: clean, at 20, 10 and 5 dB, over the noises of the
caller audio. The whole set is `scripts/soak triage`. Then the wordings of the ends are heard back by the other
recogniser.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from scripts.benches._triage_figures import CLINICS, figures_of
from scripts.benches._triage_line import LEVELS, TEXT, Batch, batches, company, recorded, run
from scripts.benches._triage_readback import readback_figures
from scripts.figures import Figure

from nightbell.rehearsal.callers.person import Person
from nightbell.rehearsal.callers.verdict import Verdict

MINUTES = 8.0
SEED: Final = 20
SAMPLE: Final = {"clean": 12, "20 dB": 36, "10 dB": 24, "5 dB": 12}
"""Callers with a red flag at each level; a third as many with nothing the matter beside them."""
SOUND_UNTIL_S: Final = 330.0
"""Batches with sound that have not begun by then are left out, and that is said: a bench ends in time."""


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Ring, judge, and hear back."""
    began = time.monotonic()
    everybody = [person for clinic in CLINICS for person in company().of(clinic)]
    verdicts: list[Verdict] = []
    say(f"{len(everybody)} callers in writing")
    for _, found in run(batches(everybody, TEXT, seed=SEED, patience="end")):
        verdicts += found
    say(f"in writing: {sum(each.missed for each in verdicts)} missed, {time.monotonic() - began:.0f} s")
    voices = recorded(everybody)
    jobs = [job for level in SAMPLE for job in sample(voices, level)]
    skipped = 0
    for batch, found in run(jobs, until_s=max(SOUND_UNTIL_S - (time.monotonic() - began), 60.0)):
        if not found:
            skipped += len(batch.ids)
            continue
        verdicts += found
        say(f"{batch.clinic}, {batch.level}: {len(found)} calls, {sum(each.missed for each in found)} missed")
    figures = figures_of(verdicts)
    figures.append(Figure("callers of the sample that were left out for time", skipped))
    say("the ends are heard back")
    return figures + readback_figures(CLINICS)


def sample(voices: Sequence[Person], level: str) -> list[Batch]:
    """Choose callers by seed: one of each row in turn, and some with nothing the matter."""
    chance = random.Random(f"{SEED}/{level}")  # noqa: S311 - no secret
    flagged = [person for person in voices if person.is_red_flag]
    rows: dict[str, list[Person]] = {}
    for person in chance.sample(flagged, len(flagged)):
        rows.setdefault(person.row, []).append(person)
    order = sorted(rows, key=int)
    most = max((len(group) for group in rows.values()), default=0)
    turns = [rows[row][turn] for turn in range(most) for row in order if turn < len(rows[row])]
    quiet = [person for person in voices if person.negative]
    chosen = turns[: SAMPLE[level]] + chance.sample(quiet, min(len(quiet), SAMPLE[level] // 3))
    assert level in LEVELS
    return batches(chosen, level, seed=SEED, patience="number")
