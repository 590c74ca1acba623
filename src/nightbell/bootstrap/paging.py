"""Bootstrap of paging: the telephone by which ``duty`` rings people, on the line of the process that takes calls.

It joins the socket, the dialler, the voice and the rows. Whom it may ring is looked at anew for each ring: the
people of the clinic's file as it is now, and the callers of that one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from nightbell.bootstrap.carriers import open_carriers
from nightbell.bootstrap.outside import Outside
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.escalating import EscalatingWorld
from nightbell.escalation.auditor import Auditor
from nightbell.escalation.exchange import Exchange
from nightbell.escalation.last_alarm import LastAlarm
from nightbell.escalation.rotas import Clinic, Rotas
from nightbell.escalation.standings import Standings
from nightbell.escalation.unwritten import GRACE_S, Unwritten
from nightbell.reception.hand_overs import HandOvers
from nightbell.reception.judging import Judging
from nightbell.reception.paging import Paging
from nightbell.records.database import shared_records
from nightbell.records.guarded import GuardedRecords
from nightbell.records.projection import effect_id

if TYPE_CHECKING:
    from nightbell.bootstrap.by_request import CarrierLegs
    from nightbell.call.effects import Escalate
    from nightbell.conversation.world import Person, Status, World
    from nightbell.escalation.port import AlarmBell
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.digest import Account
    from nightbell.reception.directory import Entry
    from nightbell.records.port import Records
    from nightbell.settings import Settings
    from nightbell.speech.port import Voice

__all__ = ["BUSY_MS", "HEARTBEAT", "PAGES", "Followed", "clinics_of", "open_paging", "tell_unwritten"]

_log = structlog.get_logger(__name__)


class Followed(Protocol):
    """Has what becomes of a call's pages told to it."""

    def __call__(self, world: World, *, meets: bool = True) -> World:
        """Return a world over this one; ``meets`` brings the caller together with whoever takes the page."""


PAGES: Final = "pages.sock"
HEARTBEAT: Final = "auditor"
"""Names in the run folder: the socket on which telephones are asked for, and the auditor's heartbeat."""
BUSY_MS: Final = 10_000
"""How long a write of one process waits for the other's; nobody is on the line of this one."""


def clinics_of(entries: Iterable[Entry]) -> dict[str, Clinic]:
    """Return what a rota must know of the clinics served."""
    return {
        entry.flow.clinic.name: Clinic(
            name=entry.flow.clinic.name,
            title=entry.flow.clinic.title,
            country=entry.flow.clinic.country,
            zone=entry.flow.clinic.zone,
            cover=entry.flow.clinic.cover,
            oncall=entry.folder / "oncall.yaml",
        )
        for entry in entries
    }


def tell_unwritten(
    records: GuardedRecords, bell: AlarmBell, stack: AsyncExitStack, *, grace_s: float = GRACE_S
) -> None:
    """Have people rung about a page that the records do not take (DESIGN section 1: a live ring)."""
    unwritten = Unwritten(bell, lambda: SystemClock().at(0), grace_s)
    stack.push_async_callback(unwritten.aclose)

    def tell(clinic: str, page: Escalate, written: Callable[[], bool]) -> None:
        unwritten.tell(clinic, effect_id(page.call, page.n), page.disposition, written)

    records.on_unwritten = tell


@asynccontextmanager
async def open_paging(
    settings: Settings,
    run: Path,
    entries: Iterable[Entry],
    *,
    agent: SipAgent,
    engine: RtpEngine,
    voice: Voice,
    records: Records,
    live: Callable[[str], bool],
    account: Account | None = None,
    carrier: CarrierLegs | None = None,
) -> AsyncIterator[Followed]:
    """Open the telephone for ``duty``, and an auditor that watches it; give what has a call's pages followed.

    Args:
        settings: the machine's.
        run: folder of the sockets.
        entries: the clinics served.
        agent: our end of SIP.
        engine: where sound is carried.
        voice: speaks the reason to who is rung.
        records: of the calls.
        live: tells whether a call is still on the line.
        account: what is shown where a ring is challenged.
        carrier: rings people for calls by requests, where a carrier is to.
    """
    served = tuple(entries)
    rotas = Rotas(clinics_of(served))
    named = {entry.flow.clinic.name: entry for entry in served}
    outside = Outside(settings, agent, engine, voice, records, rotas, named, account, carrier)
    reading = shared_records(settings.records_url, busy_ms=BUSY_MS)[1]
    standings = Standings(reading)
    hand_overs = HandOvers(standings.follow)
    judging = Judging(records, words=outside.question, live=live)
    paging = Paging(outside, hand_overs, judging, live=live)

    def followed(effect: Escalate) -> AsyncIterator[Status | Person]:
        return hand_overs.follow(effect_id(effect.call, effect.n))

    def told(effect: Escalate) -> AsyncIterator[Status | Person]:
        return standings.follow(effect_id(effect.call, effect.n))

    def follow(world: World, *, meets: bool = True) -> World:
        return EscalatingWorld(world, followed if meets else told)

    async with AsyncExitStack() as stack:
        stack.push_async_callback(standings.aclose)
        stack.push_async_callback(paging.aclose)
        await stack.enter_async_context(Exchange(run / PAGES, paging))
        bell = LastAlarm(rotas, await stack.enter_async_context(open_carriers(settings)), paging)
        if isinstance(records, GuardedRecords):
            tell_unwritten(records, bell, stack)
        watching = [
            asyncio.create_task(Auditor(reading, bell, run / HEARTBEAT).run(), name="auditor"),
            asyncio.create_task(outside.prepare(), name="whispers"),
        ]
        for task in watching:
            stack.callback(task.cancel)
        yield follow
