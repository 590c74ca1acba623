"""A line that people ring, in writing and with sound: batches of calls over a few processes.

Batches are small so that a run can be watched, sampled and taken up again; each call's chance comes from its own
seed, so that neither the batch nor the process it falls into changes what is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from nightbell.bootstrap.nightbell import Nightbell, open_nightbell
from nightbell.conversation.clock import AudioClock
from nightbell.errors import ModelMissing, NightbellError, ProviderError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.rehearsal.callers.acting import Patience
from nightbell.rehearsal.callers.calling import Ringing, ring
from nightbell.rehearsal.callers.load import load_company
from nightbell.rehearsal.callers.person import Company, Person
from nightbell.rehearsal.callers.repertoire import spoken, written
from nightbell.rehearsal.callers.verdict import Verdict
from nightbell.rehearsal.port import Ended, IncomingCall
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import Impair
from nightbell.rehearsal.stage import Stage
from nightbell.rehearsal.tiers import take_written
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.settings import load_settings
from nightbell.speech.orphan import die_with_parent

__all__ = [
    "AUDIO",
    "FLOWS",
    "LEVELS",
    "TEXT",
    "Batch",
    "batches",
    "company",
    "flow_of",
    "make_calls",
    "recorded",
    "run",
]

ROOT: Final = Path(__file__).parents[2]
FLOWS: Final = ROOT / "flows"
AUDIO: Final = ROOT / "audio"
TEXT: Final = "text"
LEVELS: Final[Mapping[str, float | None]] = {"clean": None, "20 dB": 20.0, "10 dB": 10.0, "5 dB": 5.0}
"""Levels with sound: the caller's words over the noise."""
NOISES: Final = ("kitchen", "street", "waiting-room", "pink")
"""One for each caller, in turn."""
_SIDE_BY_SIDE: Final = 2
"""Calls in one process: one thinks while the other's recogniser works."""
_BATCH: Final = 10
"""Calls of a batch with sound: opening the line takes as long as one of them. In writing it is six times that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls that are made one after the other at one clinic and one level."""

    clinic: str
    level: str
    ids: tuple[str, ...]
    seed: int
    patience: Patience


@cache
def company() -> Company:
    """Load everybody who rings the shipped clinics."""
    return load_company(FLOWS)


@cache
def flow_of(clinic: str) -> Flow:
    """Load a clinic's flow."""
    return load_flow(FLOWS / clinic)


def recorded(people: Sequence[Person]) -> tuple[Person, ...]:
    """Return those whose words there are recordings of."""
    entries = Recordings(AUDIO).entries()
    answers = dict(company().answers)
    return tuple(person for person in people if spoken(answers, entries, person) is not None)


def batches(people: Sequence[Person], level: str, *, seed: int, patience: Patience) -> list[Batch]:
    """Split callers into batches of one clinic each, in their order."""
    size = _BATCH * 6 if level == TEXT else _BATCH
    found = []
    for clinic in dict.fromkeys(person.clinic for person in people):
        ids = [person.id for person in people if person.clinic == clinic]
        found += [
            Batch(clinic=clinic, level=level, ids=tuple(ids[at : at + size]), seed=seed, patience=patience)
            for at in range(0, len(ids), size)
        ]
    return found


def run(
    jobs: Sequence[Batch], *, processes: int = 2, until_s: float | None = None
) -> Iterator[tuple[Batch, list[Verdict]]]:
    """Make the calls of all batches over a few processes; yield each batch as it is done.

    Args:
        jobs: what to do, in this order.
        processes: side by side.
        until_s: batches that have not begun after so much wall time are left out, with no verdict.

    Raises:
        ProviderError: a model, voice or store is missing or broken.
    """
    began = time.monotonic()
    waiting = list(jobs)
    with ProcessPoolExecutor(processes, get_context("spawn"), die_with_parent, (os.getpid(),)) as pool:
        futures: dict[Future[tuple[list[Verdict], str]], Batch] = {}
        while waiting or futures:
            late = until_s is not None and time.monotonic() - began > until_s
            while waiting and not late and len(futures) < processes:
                job = waiting.pop(0)
                futures[pool.submit(_told, job)] = job
            if late:
                yield from ((job, []) for job in waiting)
                waiting = []
            for done in wait(futures, return_when=FIRST_COMPLETED).done:
                found, fault = done.result()
                if fault:
                    raise ProviderError(fault, provider="triage", hint="the machine may be too busy; run it again")
                yield futures.pop(done), found


def _told(batch: Batch) -> tuple[list[Verdict], str]:
    """Make a batch's calls in a process of its own; an error comes back in words, which any process can read."""
    try:
        return make_calls(batch), ""
    except NightbellError as error:
        return [], f"{batch.clinic}, {batch.level}: {error}"


def make_calls(batch: Batch) -> list[Verdict]:
    """Make the calls of one batch, in this process."""
    people = {person.id: person for person in company().of(batch.clinic)}
    chosen = [people[name] for name in batch.ids]
    return asyncio.run(_in_writing(chosen, batch) if batch.level == TEXT else _with_sound(chosen, batch))


async def _in_writing(people: Sequence[Person], batch: Batch) -> list[Verdict]:
    flow, say = flow_of(batch.clinic), written(dict(company().answers))
    stage = Stage(flow=flow, recordings=Recordings(AUDIO), take=take_written, folder=ROOT, keep=False)
    calls = [Ringing(person=each, repertoire=say, seed=batch.seed, patience=batch.patience) for each in people]
    return await ring(calls, stage, company())


async def _with_sound(people: Sequence[Person], batch: Batch) -> list[Verdict]:
    flow, recordings = flow_of(batch.clinic), Recordings(AUDIO)
    entries, answers = recordings.entries(), dict(company().answers)
    calls = [
        Ringing(
            person=person,
            repertoire=repertoire,
            level=batch.level,
            impair=impairment(person, batch.level, batch.seed) if person.speaks else None,
            seed=batch.seed,
            patience=batch.patience,
        )
        for person in people
        if (repertoire := spoken(answers, entries, person)) is not None
    ]
    async with _opened() as night:
        await night.prepare(flow, FLOWS / batch.clinic)

        async def take(call: IncomingCall) -> Ended:
            return await night.take(
                call.line,
                call.flow,
                call=call.id,
                clock=AudioClock(call.now),
                world=ScriptedWorld(night.world_of(flow), call.fakes),
                observers=call.observers,
                keep_audio=False,
            )

        stage = Stage(flow=flow, recordings=recordings, take=take, folder=ROOT, keep=False)
        return await ring(calls, stage, company(), jobs=_SIDE_BY_SIDE)


@contextlib.asynccontextmanager
async def _opened() -> AsyncIterator[Nightbell]:
    """Open recognisers, voice and fresh records for one batch."""
    with tempfile.TemporaryDirectory(prefix="nightbell-triage-") as name:
        async with open_nightbell(load_settings().rehearsing(Path(name))) as night:
            if not night.hears:
                raise ModelMissing("there is no recogniser", provider="vosk", hint="run nightbell setup")
            yield night


def impairment(person: Person, level: str, seed: int) -> Impair | None:
    """Return the noise under a caller, by seed: one of the beds in turn; under a machine the line's own."""
    ratio = LEVELS[level]
    if ratio is None:
        return None
    turn = sum(person.id.encode()) + seed
    noise = "pink" if person.machine else NOISES[turn % len(NOISES)]
    return Impair(noise=noise, snr_db=ratio, seed=turn)
