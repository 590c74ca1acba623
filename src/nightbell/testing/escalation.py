"""Fakes for escalations: a telephone, a way back to callers, a bell; and calls that need somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from nightbell.call.effects import Close, Effect, Escalate, RingBack
from nightbell.call.events import CallStarted, HungUp, PromiseMade
from nightbell.escalation.port import Accept, Alarm, Ring, RingBackOutcome, RingOutcome
from nightbell.records.port import Records
from nightbell.terms.disposition import Disposition

__all__ = ["FakeBell", "FakeCallers", "FakeDialler", "flagged_call", "promised_call"]

Plan = Callable[[Ring], "RingOutcome | None"]
"""What a ring comes to; None rings until it is given up or stopped."""


@dataclass(slots=True)
class FakeDialler:
    """The Dialler port in memory."""

    plan: Plan = lambda _: None
    rings: list[Ring] = field(default_factory=list)
    won: list[str] = field(default_factory=list)
    """Pages whose key won."""
    beaten: list[str] = field(default_factory=list)
    """Pages whose key came too late."""
    stopped: list[str] = field(default_factory=list)
    """Pages whose ringing was stopped from outside."""
    rang: asyncio.Condition = field(default_factory=asyncio.Condition)
    time_scale: float = 1.0

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        """See the port."""
        self.rings.append(ring)
        async with self.rang:
            self.rang.notify_all()
        outcome = self.plan(ring)
        try:
            if outcome in {"taken", "ring_back"}:
                won = await accept("connect" if outcome == "taken" else "ring_back")
                (self.won if won else self.beaten).append(ring.page)
            elif outcome is None:
                await asyncio.sleep(ring.ring_ms / 1000 / self.time_scale)
                return "no_answer"
        except asyncio.CancelledError:
            self.stopped.append(ring.page)
            raise
        assert outcome is not None
        return outcome

    async def until(self, rings: int, *, seconds: float = 30) -> None:
        """Wait until so many rings were begun."""
        async with asyncio.timeout(seconds), self.rang:
            await self.rang.wait_for(lambda: len(self.rings) >= rings)


@dataclass(slots=True)
class FakeCallers:
    """The CallerLine port in memory."""

    outcome: RingBackOutcome = "no_answer"
    rung: list[tuple[str, str, str]] = field(default_factory=list)
    """Call, number, reason."""

    async def ring_back(self, call: str, number: str, *, reason: str) -> RingBackOutcome:
        """See the port."""
        self.rung.append((call, number, reason))
        return self.outcome


@dataclass(slots=True)
class FakeBell:
    """The AlarmBell port in memory."""

    sounded: list[Alarm] = field(default_factory=list)
    rang: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def sound(self, alarm: Alarm) -> None:
        """See the port."""
        self.sounded.append(alarm)
        async with self.rang:
            self.rang.notify_all()

    def kinds(self, escalation: str | None = None) -> list[str]:
        """Return the kinds of what sounded."""
        return [one.kind for one in self.sounded if escalation in {None, one.escalation}]

    async def until(self, kind: str, *, seconds: float = 30) -> None:
        """Wait until an alarm of that kind sounded."""
        async with asyncio.timeout(seconds), self.rang:
            await self.rang.wait_for(lambda: kind in self.kinds())


async def flagged_call(
    records: Records,
    call: str,
    *,
    at: int,
    disposition: Disposition = Disposition.D1,
    clinic: str = "rosewood",
    caller: str | None = "+447700900123",
    over: bool = False,
    ring_back: bool = False,
) -> str:
    """Put a call into the records whose caller raised a flag; return the escalation's id."""
    page = Escalate(call=call, n=1, disposition=disposition, state="screen", question="pain", row="3")
    await records.append(_started(call, at, clinic, caller), (page,), "{}", limit_ms=10_000)
    if over:
        effects: list[Effect] = [
            Close(call=call, n=3, disposition=disposition, state="screen", reason="hangup"),
        ]
        if ring_back:
            effects.insert(0, RingBack(call=call, n=2, times=3, within_ms=600_000, then="page", number=caller))
        gone = HungUp(clinic=clinic, call=call, seq=1, at_utc=at + 1, audio_ms=20, by="caller")
        await records.append(gone, tuple(effects), "{}", limit_ms=10_000)
    return f"{call}:1"


async def promised_call(
    records: Records, call: str, *, at: int, by: int, disposition: Disposition, clinic: str = "rosewood"
) -> str:
    """Put a call into the records that ended with a promise and no flag; return the promise's escalation's id."""
    caller = "+447700900124"
    await records.append(_started(call, at, clinic, caller), (), "{}", limit_ms=10_000)
    made = PromiseMade(
        clinic=clinic,
        call=call,
        seq=1,
        at_utc=at,
        audio_ms=20,
        timed_out=False,
        who="a clinician",
        from_number="+442079460142",
        by_utc=by,
        by_spoken="soon",
    )
    await records.append(made, (), "{}", limit_ms=10_000)
    close = Close(call=call, n=4, disposition=disposition, state="bye", reason="end")
    gone = HungUp(clinic=clinic, call=call, seq=2, at_utc=at + 1, audio_ms=40, by="caller")
    await records.append(gone, (close,), "{}", limit_ms=10_000)
    return f"{call}:p1"


def _started(call: str, at: int, clinic: str, caller: str | None) -> CallStarted:
    return CallStarted(
        clinic=clinic, call=call, seq=0, at_utc=at, audio_ms=0, flow="f", line="fake", caller=caller, called="100"
    )
