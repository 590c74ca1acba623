"""Escalations on the real engine: lateness with a thousand armed, a restart with hundreds overdue, races.

The whole of 10,000 armed is `scripts/soak escalation`; here a sample with the same rate of due times (17 a second)
runs. Rings leave through a fake telephone; records, DBOS and flushes are real.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.figures import Figure
from sqlalchemy import update

from nightbell.escalation.case_rows import load
from nightbell.escalation.duty import Duty, DutySettings
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import Accept, Ring, RingOutcome
from nightbell.escalation.rotas import Clinic, Rotas
from nightbell.oncall.history import Taken
from nightbell.records.sqlite import open_sqlite, shared_engines
from nightbell.records.tables import escalations
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.escalation import FakeBell, FakeCallers, flagged_call

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 4.0
ARMED: Final = 1_000
A_SECOND: Final = 17
"""Due times a second: 10,000 over ten minutes."""
OVERDUE: Final = 300
RACES: Final = 200
_ROTA: Final = """\
people:
  anna: {name: Anna Bright, mobile: "+447700900701"}
  ben: {name: Ben Harrow, mobile: "+447700900702"}
"""
_BUSY_MS: Final = 10_000
_HEAD_START_MS: Final = 20_000
"""Between the last one armed and the first one due."""


@dataclass(slots=True)
class _Telephone:
    """Takes note of when it rang; rings on, or takes the page at once."""

    takes: bool = True
    rang: dict[str, float] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        if ring.escalation not in self.rang:
            self.rang[ring.escalation] = time.time()
            self.order.append(ring.escalation)
        if self.takes:
            await accept("connect")
            return "taken"
        await asyncio.sleep(ring.ring_ms / 1000)
        return "no_answer"


def measure(say: Callable[[str], None], *, armed: int = ARMED) -> list[Figure]:
    """Measure lateness, restart, drain and races."""
    return asyncio.run(_measure(say, armed))


async def _measure(say: Callable[[str], None], armed: int) -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="nightbell-bench-"))
    try:
        (folder / "oncall.yaml").write_text(_ROTA, encoding="utf-8")
        for part in ("late", "restart", "races"):
            (folder / part).mkdir()
        figures = await _lateness(folder / "late", say, armed, folder / "oncall.yaml")
        figures += await _restart(folder / "restart", say, folder / "oncall.yaml")
        return figures + await _races(folder / "races", say, folder / "oncall.yaml")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _duty(folder: Path, telephone: _Telephone, rota: Path) -> Duty:
    clinic = Clinic(name="bench", title="Bench", country="GB", zone="Europe/London", cover="full", oncall=rota)
    return await Duty(
        shared_engines(folder / "records.sqlite3", busy_ms=_BUSY_MS),
        DutySettings(durable=folder / "duty.sqlite3"),
        rotas=Rotas({"bench": clinic}),
        dialler=telephone,
        callers=FakeCallers(),
        channels={},
        bell=FakeBell(),
    ).open()


async def _arm(
    folder: Path, count: int, first_ms: int, gap_ms: float, dispositions: list[Disposition]
) -> dict[str, float]:
    """Put escalations into the records; return when each is due, seconds."""
    records = await open_sqlite(folder / "records.sqlite3", now=Instant(0), busy_ms=_BUSY_MS)
    due = {}
    for number in range(count):
        at = round(first_ms + number * gap_ms)
        disposition = dispositions[number % len(dispositions)]
        id_ = await flagged_call(records, f"c{number:06}", at=at, disposition=disposition, clinic="bench")
        due[id_] = at / 1000
    await records.aclose()
    return due


async def _lateness(folder: Path, say: Callable[[str], None], armed: int, rota: Path) -> list[Figure]:
    began = time.time()
    arming_s = armed * 0.012
    first = (began + arming_s) * 1000 + _HEAD_START_MS
    say(f"{armed} escalations are armed, {A_SECOND} due a second")
    due = await _arm(folder, armed, round(first), 1000 / A_SECOND, [Disposition.D1])
    writing, reading = shared_engines(folder / "records.sqlite3", busy_ms=_BUSY_MS)
    with writing.begin() as connection:
        # A flag is rung when it is read; what is due at a time of its own is a promise's.
        connection.execute(update(escalations).values(origin="promise"))
    writing.dispose()
    reading.dispose()
    telephone = _Telephone()
    duty = await _duty(folder, telephone, rota)
    # Not yet due, they are found by the look at all that is open: every one is a workflow before it is due.
    last = max(due.values())
    async with asyncio.timeout(max(0.0, last - time.time()) + 60):
        while len(telephone.rang) < armed:  # noqa: ASYNC110 - a bench looks on, it is not told
            await asyncio.sleep(0.2)
    late = sorted((telephone.rang[each] - due[each]) * 1000 for each in due)
    await duty.aclose()
    return [
        Figure("armed", armed, peer="10,000 in the soak"),
        Figure("lateness p50", _percentile(late, 50), "ms", peer="DBOS alone 379 with 1,000 due at once"),
        Figure("lateness p95", _percentile(late, 95), "ms", at_most=50),
        Figure("lateness max", late[-1], "ms"),
        Figure("early", sum(each < 0 for each in late), at_most=0),
    ]


async def _restart(folder: Path, say: Callable[[str], None], rota: Path) -> list[Figure]:
    say(f"{OVERDUE} are overdue at a restart")
    past = round(time.time() * 1000) - 3_600_000
    urgent = [Disposition.D2, Disposition.D1, Disposition.D2]
    due = await _arm(folder, OVERDUE, past, 100.0, urgent)
    before_end = _Telephone(takes=False)
    duty = await _duty(folder, before_end, rota)
    async with asyncio.timeout(120):
        while len(before_end.rang) < OVERDUE:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.05)
    await duty.aclose()
    telephone = _Telephone(takes=False)
    began = time.time()
    duty = await _duty(folder, telephone, rota)
    up = time.time() - began
    async with asyncio.timeout(120):
        while len(telephone.rang) < OVERDUE:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.05)
    drained = max(telephone.rang.values()) - began
    d1 = {f"c{number:06}:1" for number in range(OVERDUE) if urgent[number % 3] is Disposition.D1}
    first_d1 = min(telephone.rang[each] for each in d1) - began
    most_overdue = telephone.rang[min(d1, key=lambda each: due[each])] - began
    before = sum(each not in d1 for each in telephone.order[: len(d1)])
    await duty.aclose()
    return [
        Figure("on duty after start", up, "s"),
        Figure("first overdue D1 rings after start", first_d1, "s", at_most=3, peer="without Python's imports"),
        Figure("most overdue D1 rings after start", most_overdue, "s", at_most=3),
        Figure("less urgent ones among the first", before, peer=f"of {len(d1)} D1"),
        Figure("drain rate", OVERDUE / drained, "/s", peer=f"{OVERDUE} overdue"),
    ]


async def _races(folder: Path, say: Callable[[str], None], rota: Path) -> list[Figure]:
    say(f"{RACES} races of two keys")
    due = await _arm(folder, RACES, round(time.time() * 1000), 0.0, [Disposition.D1])
    telephone = _Telephone(takes=False)
    duty = await _duty(folder, telephone, rota)
    async with asyncio.timeout(120):
        while len(telephone.rang) < RACES:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.05)
    keys = [duty.take(f"{each}/0.0.anna", who, "connect") for each in due for who in ("anna", "ben")]
    began = time.time()
    won = await asyncio.gather(*keys)
    took = time.time() - began
    wins = [won[place] + won[place + 1] for place in range(0, len(won), 2)]
    hand = Ledger(*shared_engines(folder / "records.sqlite3", busy_ms=_BUSY_MS))
    files = [await hand.read(lambda connection, each=each: load(connection, each)) for each in due]  # type: ignore[misc]
    owners = [sum(isinstance(one, Taken) for one in file.case.history) for file in files]
    await hand.aclose()
    await duty.aclose()
    return [
        Figure("races", RACES),
        Figure("races with one winner", sum(each == 1 for each in wins), at_least=RACES),
        Figure("cases with one owner", sum(each == 1 for each in owners), at_least=RACES),
        Figure("keys taken", 2 * RACES / took, "/s"),
    ]


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
