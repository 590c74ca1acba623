"""The process on duty in a night of faults: forked, told what to meet, killed from outside or at a point.

What leaves the house - rings, keys, messages, alarms - is written to ``wire`` by one write each, which a kill does
not undo: it is the world's memory against which the records are held.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import structlog

from nightbell.channels.delivery import Patience
from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt
from nightbell.errors import ChannelBusy, ChannelFailed
from nightbell.escalation.duty import Duty, DutySettings
from nightbell.escalation.port import Accept, Alarm, Ring, RingBackOutcome, RingOutcome
from nightbell.escalation.rotas import Clinic, Rotas
from nightbell.records.database import shared_records
from nightbell.testing.nights.plan import Fault, NightPlan

__all__ = ["ROTA", "run_duty"]

ROTA: Final = """\
people:
  anna: {name: Anna Bright, mobile: "+447700900701", contact: [sms: "+447700900701"]}
  ben: {name: Ben Harrow, mobile: "+447700900702"}
  chloe: {name: Chloe Wren, mobile: "+447700900703", contact: [email: chloe@example.org]}
rotations:
  one: {kind: daily, people: [anna], hand_over: "12:00"}
  two: {kind: daily, people: [ben], hand_over: "12:00"}
layers: {first: one, second: two}
last_resort: [anna, ben, chloe]
"""
_BUSY_MS: Final = 10_000
_SLOW_MS: Final = 45_000
"""How long a slow line rings on beyond what it was told."""
_FULL_BYTES: Final = 65_536
"""Less than the databases have: no page of theirs can be written."""


@dataclass(slots=True)
class _Wire:
    """What left the house, and where this process is killed."""

    path: Path
    plan: NightPlan
    fault: Fault | None
    crossed: dict[str, int] = field(default_factory=dict)

    def tell(self, kind: str, **what: Any) -> None:
        line = {"t": time.monotonic(), "kind": kind, "pid": os.getpid()} | what
        with self.path.open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")

    def cross(self, point: str) -> None:
        """Die here if that is the plan."""
        if self.fault is None or self.fault.kind != "kill_at" or self.fault.point != point:
            return
        self.crossed[point] = self.crossed.get(point, 0) + 1
        if self.crossed[point] == self.fault.count:
            self.tell("killed_at", point=point)
            os.kill(os.getpid(), signal.SIGKILL)

    def rings(self, escalation: str) -> int:
        """Return how often anybody was rung about one escalation in this night."""
        lines = [json.loads(line) for line in self.path.read_bytes().splitlines()]
        return sum(one["kind"] == "ring" and one["escalation"] == escalation for one in lines)


@dataclass(slots=True)
class _Telephone:
    """The Dialler port with a will of its own."""

    wire: _Wire

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        wire, plan = self.wire, self.wire.plan
        alarm = ring.page.startswith("alarm/")
        outcome = "no_answer" if alarm else plan.outcome(ring.page, ring.copy, wire.rings(ring.escalation))
        wire.cross("ring")
        wire.tell(
            "alarm_ring" if alarm else "ring",
            page=ring.page,
            escalation=ring.escalation,
            copy=ring.copy,
            says_repeat=ring.whisper.startswith("This is a repeat"),
            number=ring.number[-1],
            words=ring.whisper,
        )
        wire.cross("rung")
        stopped = False
        try:
            return await self._answer(ring, accept, outcome)
        except asyncio.CancelledError:
            stopped = True
            raise
        finally:
            wire.tell("ring_over", page=ring.page, escalation=ring.escalation, stopped=stopped)

    async def _answer(self, ring: Ring, accept: Accept, outcome: str) -> RingOutcome:
        wire, plan = self.wire, self.wire.plan
        patience = ring.ring_ms / 1000 / plan.scale
        if outcome in {"taken", "ring_back", "late"}:
            # A late key is pressed in the very moment in which the next person presses theirs.
            await asyncio.sleep(patience * (1.3 if outcome == "late" else 0.3))
            wire.tell("pressed", page=ring.page, escalation=ring.escalation)
            wire.cross("key")
            won = await accept("ring_back" if outcome == "ring_back" else "connect")
            wire.tell("key", page=ring.page, escalation=ring.escalation, won=won)
            wire.cross("taken")
            return "taken"
        if outcome == "double":  # one key, and the network says it twice (RFC 4733 2.5.1.4)
            wire.tell("pressed", page=ring.page, escalation=ring.escalation)
            both = await asyncio.gather(accept("connect"), accept("connect"))
            wire.tell("key", page=ring.page, escalation=ring.escalation, won=any(both))
            return "taken"
        if outcome == "raise":
            raise OSError("the trunk is gone")
        if outcome == "lie":  # a carrier that says "answered" of a voicemail
            await asyncio.sleep(patience * 0.2)
            return "taken"
        if outcome == "slow":
            await asyncio.sleep(patience + _SLOW_MS / 1000 / plan.scale)
            return "no_answer"
        await asyncio.sleep(patience if outcome == "no_answer" else 0.01)
        return outcome  # type: ignore[return-value] # the rest are a ring's own words


@dataclass(slots=True)
class _Carrier:
    """The Channel port with a will of its own."""

    wire: _Wire

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        del limit_s
        self.wire.cross("message")
        meets = self.wire.plan.message(message.id, message.copy)
        self.wire.tell("message", page=message.id, copy=message.copy, words=message.subject + message.text)
        if meets == "busy":
            raise ChannelBusy("answered 503", provider="fake", retry_after_s=0.05)
        if meets == "failed":
            raise ChannelFailed("answered 400", provider="fake")
        if meets == "raise":
            raise RuntimeError("a carrier's adapter that is broken")
        if meets == "slow":
            await asyncio.sleep(0.5)
        return Receipt(reference="")

    async def aclose(self) -> None:
        """See the port."""


@dataclass(slots=True)
class _Callers:
    wire: _Wire

    async def ring_back(self, call: str, number: str, *, reason: str) -> RingBackOutcome:
        del number
        self.wire.tell("caller", call=call, reason=reason)
        return "no_answer"


@dataclass(slots=True)
class _Bell:
    wire: _Wire

    async def sound(self, alarm: Alarm) -> None:
        self.wire.tell("alarm", alarm=alarm.kind, escalation=alarm.escalation)


def run_duty(
    plan: NightPlan, folder: Path, fault: Fault | None, plant: Callable[[], None] | None = None
) -> NoReturn:
    """Be the process on duty until killed. Run it in a fork.

    Args:
        plan: the night.
        folder: where records, rota and wire are.
        fault: what happens to this start.
        plant: plants a bug in the program; None in earnest.
    """
    if plant is not None:
        plant()
    log = (folder / "log").open("a", buffering=1, encoding="utf-8")
    sys.stdout = sys.stderr = log  # what a log would hold is searched for numbers
    structlog.reset_defaults()
    wire = _Wire(folder / "wire", plan, fault)
    try:
        asyncio.run(_serve(plan, folder, wire, fault))
    except BaseException as error:  # noqa: BLE001 - whatever ends it is told to the judge
        wire.tell("ended", error=type(error).__name__, words=str(error)[:200])
    os._exit(1)


async def _serve(plan: NightPlan, folder: Path, wire: _Wire, fault: Fault | None) -> None:
    rotas = Rotas(
        {
            "rosewood": Clinic(
                name="rosewood",
                title="Rosewood Clinic",
                country="GB",
                zone="Europe/London",
                cover="full",
                oncall=folder / "oncall.yaml",
            )
        }
    )
    duty = Duty(
        shared_records(f"sqlite:///{folder / 'records.sqlite3'}", busy_ms=_BUSY_MS),
        DutySettings(
            durable=folder / "duty.sqlite3", time_scale=plan.scale, patience=Patience(pauses_s=(0.05, 0.1))
        ),
        rotas=rotas,
        dialler=_Telephone(wire),
        callers=_Callers(wire),
        channels={"sms": _Carrier(wire), "email": _Carrier(wire)},
        bell=_Bell(wire),
        on_fenced=lambda: os._exit(3),
    )
    perform = duty.runner._perform  # noqa: SLF001 - a point between the commit and what follows from it

    def performing(done: Any) -> None:
        if done.new:
            wire.cross("written")
        perform(done)

    duty.runner._perform = performing  # type: ignore[method-assign] # noqa: SLF001
    await duty.open()
    wire.tell("open", executor=duty.me.executor, now=duty.clock.now().ms)
    if fault is not None and fault.kind == "disk_full":
        await asyncio.sleep(fault.after_s)
        wire.tell("disk_full")
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        # Files cannot grow any more: the next commit meets a full disk. The wire is small and goes on.
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL_BYTES, resource.RLIM_INFINITY))
        await asyncio.sleep(1.0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wire.tell("disk_free")
    if fault is not None and fault.kind == "step":
        await asyncio.sleep(fault.after_s)
        _step(fault.step_ms)
        wire.tell("step", ms=fault.step_ms)
    await asyncio.Event().wait()


def _step(ms: int) -> None:
    """Set the wall clock of this process by so much; the machine's own count goes on."""
    ns, seconds = time.time_ns, time.time
    time.time_ns = lambda: ns() + ms * 1_000_000
    time.time = lambda: seconds() + ms / 1000
