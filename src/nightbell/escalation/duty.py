"""Duty: the process that gets people - executor, reconciler, ladders on DBOS, ring-backs, and who watches whom.

It is opened beside the process that takes calls and shares nothing with it but the records. Everything it does is
in a row before it is done; killed at any point and started again, it goes on within three seconds. It ends itself
when it finds that another took its work over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import structlog
from sqlalchemy import Engine

from nightbell.channels.delivery import Patience
from nightbell.errors import Fenced, NightbellError, RecordsFailed
from nightbell.escalation.auditor import is_alive
from nightbell.escalation.case_rows import File, open_cases
from nightbell.escalation.clock import SteadyClock
from nightbell.escalation.durable import Durable, prepare_file
from nightbell.escalation.executor import (
    BEAT_MS,
    Identity,
    alive,
    anchor_before,
    beat,
    identify,
    mark_recovered,
    sign_off,
    sign_on,
    take_over,
)
from nightbell.escalation.ledger import Ledger
from nightbell.escalation.port import Alarm, AlarmBell, CallerLine, Channels, Dialler, How
from nightbell.escalation.reasons import Whisper, whisper_of
from nightbell.escalation.reconciler import adopt_promises, open_rows, promises_alone
from nightbell.escalation.ringing_back import RingingBack
from nightbell.escalation.rotas import CLINIC_LOOK_MS, Rotas
from nightbell.escalation.runner import Runner
from nightbell.escalation.sending import Sender
from nightbell.oncall.alarms import alarms as rota_alarms

__all__ = ["Duty", "DutySettings"]

_RECONCILE_S: Final = 0.1
"""How often rows that nobody works on are looked for; a caller on the line waits for this."""
_PROMISES_MS: Final = 5_000
_RING_BACKS_MS: Final = 2_000
_ALL_MS: Final = 30_000
"""How often every open escalation is looked at, due or not."""
_ADOPT: Final = 500
"""Most that are looked at in one piece; the most urgent come first, and the rest at the next look."""
_ROTA_ALARMS_MS: Final = 6 * 3_600_000
_AUDITOR_MS: Final = 30_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySettings:
    """What differs between an installation and a test."""

    durable: Path | str
    """DBOS's own file, or the address of its PostgreSQL database."""
    heartbeat: Path | None = None
    """The auditor's; None where no auditor is expected."""
    time_scale: float = 1.0
    patience: Patience = field(default_factory=Patience)


class Duty:
    """One start of the process that gets people; ``open`` makes it, ``aclose`` ends it."""

    def __init__(
        self,
        engines: tuple[Engine, Engine],
        settings: DutySettings,
        *,
        rotas: Rotas,
        dialler: Dialler,
        callers: CallerLine,
        channels: Channels,
        bell: AlarmBell,
        whisper: Whisper | None = None,
        on_fenced: Callable[[], None] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = SteadyClock(time_scale=settings.time_scale)
        self.me: Identity = identify()
        self.fenced = asyncio.Event()
        self._on_fenced = on_fenced
        self._rotas = rotas
        self._carried = frozenset(channels)
        self._bell = bell
        self._ledger = Ledger(*engines)
        executor = self.me.executor
        self._callers = RingingBack(self._ledger, self.clock, callers)
        sender = Sender(
            ledger=self._ledger,
            clock=self.clock,
            rotas=rotas,
            dialler=dialler,
            channels=channels,
            executor=executor,
            patience=settings.patience,
        )
        self.runner = Runner(
            ledger=self._ledger,
            clock=self.clock,
            rotas=rotas,
            sender=sender,
            alarms=bell,
            whisper=whisper or whisper_of(rotas),
            executor=executor,
            missed=self._missed,
            fenced=self._fence,
        )
        self._durable: Durable | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> Self:
        """Sign on, take over from the dead, go on with what is open, and watch.

        Raises:
            RecordsFailed: the records or DBOS's own database cannot be written.
        """
        anchor = await self._ledger.read(lambda connection: anchor_before(connection, self.me))
        if anchor is not None:
            self.clock.anchor = anchor
        await self._ledger.run(
            lambda connection: sign_on(connection, self.me, self.clock.anchor, self.clock.now())
        )
        place = self.settings.durable
        address = await asyncio.to_thread(prepare_file, place) if isinstance(place, Path) else place
        self._durable = Durable(address, executor=self.me.executor, work=self.runner.work)
        await self._durable.launch()
        await self._take_over()
        scaled = self.clock.real_seconds
        for name, work, seconds in (
            ("beat", self._beat, scaled(BEAT_MS)),
            ("reconcile", self._reconcile, _RECONCILE_S),
            ("all", self._reconcile_all, scaled(_ALL_MS)),
            ("promises", self._promises, scaled(_PROMISES_MS)),
            ("ring-backs", self._callers.look, scaled(_RING_BACKS_MS)),
            ("rotas", self._look_at_rotas, min(scaled(CLINIC_LOOK_MS), CLINIC_LOOK_MS / 1000)),
            ("rota-alarms", self._sound_rotas, scaled(_ROTA_ALARMS_MS)),
            ("auditor", self._watch_auditor, scaled(_AUDITOR_MS)),
        ):
            self._tasks.append(asyncio.create_task(self._every(work, seconds), name=f"duty-{name}"))
        return self

    async def take(self, page: str, person: str, how: How) -> bool:
        """Take a page for who pressed the key; see ``Runner.take``."""
        return await self.runner.take(page, person, how)

    async def close_case(self, escalation: str, person: str, outcome: str) -> bool:
        """Close a case with what came of it; see ``Runner.close``."""
        return await self.runner.close(escalation, person, outcome)

    async def aclose(self) -> None:
        """Stop; what is open is gone on with at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.runner.aclose()
        await self._callers.aclose()
        if self._durable is not None:
            await self._durable.aclose()
        try:
            await self._ledger.run(lambda connection: sign_off(connection, self.me))
        except NightbellError as error:
            _log.error("duty.not_signed_off", code=error.code)
        await self._ledger.aclose()

    async def _every(self, work: Callable[[], Coroutine[Any, Any, object]], seconds: float) -> None:
        """Do a piece of work again and again; a failure costs one time, a fence ends it."""
        while True:
            try:
                await work()
            except Fenced:
                self._fence()
                return
            except NightbellError as error:
                _log.error("duty.failed", work=work.__name__, code=error.code)
            except Exception as error:  # noqa: BLE001 - one watch that breaks must not end the others
                _log.error("duty.broke", work=work.__name__, error=type(error).__name__)
            await asyncio.sleep(seconds)

    async def _beat(self) -> None:
        try:
            await self._ledger.run(lambda connection: beat(connection, self.me, self.clock.now()))
        except RecordsFailed:
            _log.error("duty.no_beat")
            return
        await self._take_over()

    async def _take_over(self) -> None:
        """Fence the dead in one transaction, and only then go on with their work."""
        assert self._durable is not None
        now = self.clock.now()
        dead = await self._ledger.run(lambda connection: take_over(connection, self.me, now))
        if not dead:
            return
        order = [each.id for each in await self._ledger.read(open_cases)]
        await self._durable.take_over(dead, order)
        await self._ledger.run(lambda connection: mark_recovered(connection, dead))

    async def _reconcile(self) -> None:
        """Begin what is due and has nobody working on it."""
        now = self.clock.now()
        await self._begin(await self._ledger.read(lambda connection: open_rows(connection, before=now)))

    async def _reconcile_all(self) -> None:
        """Look at all that is open: begin what is idle, wake who waits by something else than its row says."""
        assert self._durable is not None
        rows = await self._ledger.read(open_rows)
        self.runner.look_at(rows)
        if not await self._begin(rows):
            return
        working = self.runner.working
        if idle := [each for each in await self._ledger.read(open_rows) if each not in working]:
            await self._durable.adopt(idle[:_ADOPT], await self._ledger.read(alive))

    async def _begin(self, rows: Iterable[str]) -> int:
        assert self._durable is not None
        working = self.runner.working
        idle = [each for each in rows if each not in working]
        for escalation in idle:
            await self._durable.begin(escalation)
        return len(idle)

    async def _promises(self) -> None:
        now = self.clock.now()
        if await self._ledger.read(lambda connection: promises_alone(connection, now)):
            await self._ledger.run(lambda connection: adopt_promises(connection, now))

    async def _look_at_rotas(self) -> None:
        if await asyncio.to_thread(self._rotas.look_at_all):
            self.runner.wake_all()

    async def _sound_rotas(self) -> None:
        now = self.clock.now()
        for name in self._rotas.clinics:
            for found in rota_alarms(self._rotas.of(name), now, carried=self._carried):
                alarm = Alarm(kind="rota", clinic=name, at=found.begins, detail=found.sentence)
                await self._bell.sound(alarm)

    async def _watch_auditor(self) -> None:
        beat_file, now = self.settings.heartbeat, SteadyClock().now()
        if beat_file is None or await asyncio.to_thread(
            is_alive, beat_file, now, time_scale=self.settings.time_scale
        ):
            return
        await self._bell.sound(Alarm(kind="auditor_dead", clinic="", at=now))

    async def _missed(self, file: File) -> None:
        await self._callers.missed(file)

    def _fence(self) -> None:
        if not self.fenced.is_set():
            _log.critical("duty.fenced", executor=self.me.executor)
            self.fenced.set()
            if self._on_fenced is not None:
                self._on_fenced()
