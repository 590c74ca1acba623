"""A night on duty for tests: records, a rota in a file, fakes for all outside, and a Duty that can be ended."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nightbell.channels.delivery import Patience
from nightbell.escalation.case_rows import File, load
from nightbell.escalation.duty import Duty, DutySettings
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import Channels
from nightbell.escalation.rotas import Clinic, Rotas
from nightbell.oncall.history import Entry
from nightbell.records.database import open_records, shared_records
from nightbell.records.sqlite import open_sqlite
from nightbell.records.store import SqlRecords
from nightbell.terms.instant import Instant
from nightbell.testing.channels import FakeChannel
from nightbell.testing.escalation import FakeBell, FakeCallers, FakeDialler

BUSY_MS = 10_000
PEOPLE = """\
people:
  anna: {name: Anna Bright, mobile: "+447700900701", contact: [sms: "+447700900701"]}
  ben: {name: Ben Harrow, mobile: "+447700900702"}
  chloe: {name: Chloe Wren, mobile: "+447700900703", contact: [email: chloe@example.org]}
rotations:
  one: {kind: daily, people: [anna], hand_over: "12:00"}
  two: {kind: daily, people: [ben], hand_over: "12:00"}
layers: {first: one, second: two}
last_resort: [chloe]
"""
NUMBERS = ("7700900701", "7700900702", "7700900703")


def wall() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Night:
    """What the tests touch."""

    folder: Path
    address: str
    records: SqlRecords
    rota: Path
    scale: float
    durable: Path | str
    dialler: FakeDialler = field(default_factory=FakeDialler)
    callers: FakeCallers = field(default_factory=FakeCallers)
    bell: FakeBell = field(default_factory=FakeBell)
    sms: FakeChannel = field(default_factory=FakeChannel)
    email: FakeChannel = field(default_factory=FakeChannel)
    duties: list[Duty] = field(default_factory=list)
    hand: Ledger | None = None

    @property
    def rotas(self) -> Rotas:
        clinic = Clinic(
            name="rosewood",
            title="Rosewood Clinic",
            country="GB",
            zone="Europe/London",
            cover="full",
            oncall=self.rota,
        )
        return Rotas({"rosewood": clinic})

    async def duty(self) -> Duty:
        """Start a process on duty."""
        self.dialler.time_scale = self.scale
        channels: Channels = {"sms": self.sms, "email": self.email}
        made = Duty(
            shared_records(self.address, busy_ms=BUSY_MS),
            DutySettings(durable=self.durable, time_scale=self.scale, patience=Patience(pauses_s=(0.0, 0.0))),
            rotas=self.rotas,
            dialler=self.dialler,
            callers=self.callers,
            channels=channels,
            bell=self.bell,
        )
        self.duties.append(await made.open())
        return made

    async def end(self, duty: Duty) -> None:
        """End one in good order."""
        await duty.aclose()
        self.duties.remove(duty)

    async def file(self, escalation: str) -> File:
        """Read an escalation with a hand of our own."""
        if self.hand is None:
            self.hand = Ledger(*shared_records(self.address, busy_ms=BUSY_MS))
        return await self.hand.read(lambda connection: load(connection, escalation))

    async def log(self, escalation: str) -> tuple[Entry, ...]:
        """Read what happened to one."""
        return (await self.file(escalation)).case.history


@asynccontextmanager
async def night_in(
    folder: Path, *, scale: float = 30.0, address: str | None = None, durable: str | None = None
) -> AsyncIterator[Night]:
    """Open a night; its duties are ended with it."""
    rota = folder / "oncall.yaml"
    rota.write_text(PEOPLE, encoding="utf-8")
    where = address or f"sqlite+aiosqlite:///{folder / 'records.sqlite3'}"
    if address is None:
        # The tests take no calls against a limit: on a busy machine a lock may be held for long.
        records = await open_sqlite(folder / "records.sqlite3", now=Instant(wall()), busy_ms=BUSY_MS)
    else:
        records = await open_records(address, now=Instant(wall()))
    night = Night(folder, where, records, rota, scale, durable or folder / "duty.sqlite3")
    try:
        yield night
    finally:
        for duty in list(night.duties):
            await night.end(duty)
        if night.hand is not None:
            await night.hand.aclose()
        await records.aclose()
