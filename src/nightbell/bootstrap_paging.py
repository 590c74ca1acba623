"""Bootstrap of paging: the telephone by which ``duty`` rings people, on the line of the process that takes calls.

It joins the socket, the dialler, the voice and the rows. Whom it may ring is looked at anew for each ring: the
people of the clinic's file as it is now, and the callers of that one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import structlog

from nightbell.bootstrap_carriers import open_carriers
from nightbell.bootstrap_trunk import way_out
from nightbell.conversation.escalating import EscalatingWorld
from nightbell.errors import LineFailed, NightbellError, RecordNotFound
from nightbell.escalation.auditor import Auditor
from nightbell.escalation.exchange import Exchange
from nightbell.escalation.last_alarm import LastAlarm
from nightbell.escalation.rotas import Clinic, Rotas
from nightbell.escalation.standings import Standings
from nightbell.line.dialler import RingOrder, Rung
from nightbell.line.sip.dialler import SipDialler, SipPerson
from nightbell.line.sip.guard import DialGuard
from nightbell.oncall.person import BY_HAND
from nightbell.reception.hand_overs import HandOvers
from nightbell.reception.judging import RIGHT, Judging
from nightbell.reception.paging import Paging
from nightbell.records.database import shared_records
from nightbell.records.projection import effect_id
from nightbell.speech.dtmf import DtmfDetector

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Escalate
    from nightbell.conversation.world import Person, Status, World
    from nightbell.escalation.port import Ring
    from nightbell.line.dialler import Outcome, PersonLeg
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.digest import Account
    from nightbell.reception.directory import Entry
    from nightbell.records.port import CallRecord, Records
    from nightbell.settings import Settings
    from nightbell.speech.port import Voice

__all__ = ["BUSY_MS", "HEARTBEAT", "PAGES", "Followed", "clinics_of", "open_paging"]

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

_WHO: Final = "who"
_ANSWER_S: Final = 40.0
"""How long who answered may listen: a person woken up needs to hear the reason twice."""
_RING_S: Final = 45.0
_SPEAK_S: Final = 8.0
"""Longest wait for the voice; then plain words that were rendered before."""
_FIRST_S: Final = 120.0
"""The same when the process starts: a voice is loaded when it first speaks."""
_KEPT: Final = 64
_PIN: Final = "Please key your PIN."
_PLAIN: Final = "A caller needs a clinician now. Press 1 to take it, 2 to pass it on, 3 to ring back yourself."
_WHY: Final = {
    "dropped": "We were cut off. If you still need the clinic, ring us again on this number, and press nine. ",
    "missed": "We promised to ring you by now, and nobody has. We keep trying. Ring us again, and press nine. ",
}
_TO_CALLER: Final = (
    "This is {title}. {why}For trouble breathing, pain in the chest, or any change in sight, hang up and dial the "
    "emergency number. Press 1 to say that you heard this."
)


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


@dataclass(slots=True)
class _Outside:
    """The Outside port of ``reception.paging`` over SIP."""

    settings: Settings
    agent: SipAgent
    engine: RtpEngine
    voice: Voice
    records: Records
    rotas: Rotas
    entries: dict[str, Entry]
    account: Account | None = None
    _spoken: dict[str, Samples] = field(default_factory=dict)
    _callers: list[str] = field(default_factory=list)

    async def person(self, ring: Ring, words: str, ring_s: float) -> Rung:
        """See the port."""
        entry = self.entries.get(ring.clinic)
        if entry is None or ring.number not in self._people(ring.clinic):
            return Rung("refused")
        pin = await self._say(_PIN) if ring.pin else None
        return await self._ring(entry, ring.number, words, ring_s, pin=ring.pin, pin_words=pin)

    async def caller(self, call: str, number: str, reason: Literal["dropped", "missed"]) -> Rung:
        """See the port."""
        record, entry = await self._called(call)
        if record is None or entry is None or number not in _numbers(record):
            return Rung("refused")
        words = _TO_CALLER.format(title=entry.flow.clinic.title, why=_WHY[reason])
        self._callers.append(number)
        try:
            return await self._ring(entry, number, words, _RING_S)
        finally:
            self._callers.remove(number)

    async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
        """See the port."""
        record, entry = await self._called(call)
        numbers = _numbers(record) if record is not None else []
        if entry is None or not numbers or not isinstance(leg, SipPerson):
            return "refused"
        number = numbers[-1]
        self._callers.append(number)
        try:
            self._let()
            return await self._dialler(entry, number).join(_WHO, leg, ring_s=ring_s, keep=True)
        finally:
            self._callers.remove(number)

    async def tell(self, leg: PersonLeg, words: str) -> None:
        """See the port."""
        try:
            samples = await self._say(words)
            at = 0
            async for tick in leg.ticks():
                if tick.gone or at + len(tick.frame) > len(samples):
                    break
                leg.play(samples[at : at + len(tick.frame)])
                at += len(tick.frame)
        finally:
            await leg.hang_up()

    def question(self) -> Samples | None:
        """Return the question after a call; None until it is spoken, because no other words ask it."""
        return self._spoken.get(RIGHT)

    async def prepare(self) -> None:
        """Speak what is needed when nothing else can be spoken any more."""
        for words in (_PLAIN, _PIN, RIGHT):
            try:
                await self._say(words, limit_s=_FIRST_S)
            except NightbellError as error:
                _log.error("whisper_not_spoken", code=error.code)

    async def _ring(
        self,
        entry: Entry,
        number: str,
        words: str,
        ring_s: float,
        *,
        pin: str = "",
        pin_words: Samples | None = None,
    ) -> Rung:
        if not self.settings.sip.calls_out:
            return Rung("failed")
        order = RingOrder(
            person=_WHO,
            whisper=await self._say(words),
            ring_s=ring_s,
            answer_s=_ANSWER_S,
            pin=pin,
            pin_words=pin_words,
        )
        self._let()
        return await self._dialler(entry, number).ring(order)

    def _dialler(self, entry: Entry, number: str) -> SipDialler:
        way = way_out(self.settings, entry.flow.clinic, self.account)
        return SipDialler(self.agent, self.engine, way, {_WHO: number}, key_finder=DtmfDetector)

    def _let(self) -> None:
        """Have the wall below know whom the files name now: somebody taken off is not rung any more."""
        people = {number for clinic in self.entries for number in self._people(clinic)}
        numbers = frozenset(people.union(self._callers))
        guard = self.agent.config.guard
        self.agent.config = replace(self.agent.config, guard=DialGuard(numbers, guard.uris, guard.country))

    def _people(self, clinic: str) -> set[str]:
        people = self.rotas.of(clinic).people.values()
        return {each.address for person in people for each in person.methods if each.kind == BY_HAND}

    async def _called(self, call: str) -> tuple[CallRecord | None, Entry | None]:
        try:
            record = await self.records.call(call)
        except RecordNotFound:
            return None, None
        return record, self.entries.get(record.clinic)

    async def _say(self, words: str, *, limit_s: float = _SPEAK_S) -> Samples:
        if words in self._spoken:
            return self._spoken[words]
        try:
            async with asyncio.timeout(limit_s):
                samples = await self.voice.render(words)
        except (NightbellError, TimeoutError) as error:
            if _PLAIN not in self._spoken:
                raise LineFailed("the reason cannot be spoken", provider="voice") from error
            _log.error("whisper_not_spoken", error=type(error).__name__)
            return self._spoken[_PLAIN]
        while len(self._spoken) >= _KEPT:
            self._spoken.pop(next(key for key in self._spoken if key not in {_PLAIN, _PIN, RIGHT}))
        self._spoken[words] = samples
        return samples


def _numbers(record: CallRecord) -> list[str]:
    """Return what the caller of a call may be rung by; the one that they gave last."""
    found = [record.caller, *(each.number for each in record.ring_backs)]
    return [number for number in found if number]


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
    """
    served = tuple(entries)
    rotas = Rotas(clinics_of(served))
    named = {entry.flow.clinic.name: entry for entry in served}
    outside = _Outside(settings, agent, engine, voice, records, rotas, named, account)
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
        watching = [
            asyncio.create_task(Auditor(reading, bell, run / HEARTBEAT).run(), name="auditor"),
            asyncio.create_task(outside.prepare(), name="whispers"),
        ]
        for task in watching:
            stack.callback(task.cancel)
        yield follow
