"""Bootstrap of the way out: how people of a clinic and callers of a call are rung, and what they are told.

Whom it may ring is looked at anew for each ring: the people of the clinic's file as it is now, and the callers of
that one call. People of a call that goes by requests are rung by its carrier, where that is to: the two can only
meet there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

import structlog

from nightbell.audio.frame import SILENCE
from nightbell.bootstrap.trunk import way_out
from nightbell.conversation.by_request.saying import LINE
from nightbell.errors import LineFailed, NightbellError, RecordNotFound
from nightbell.line.dialler import RingOrder, Rung
from nightbell.line.sip.dialler import SipDialler, SipPerson
from nightbell.line.sip.guard import DialGuard
from nightbell.line.webhook.legs import RestPerson
from nightbell.oncall.person import BY_HAND
from nightbell.reception.judging import RIGHT
from nightbell.speech.dtmf import DtmfDetector

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.bootstrap.by_request import CarrierLegs
    from nightbell.escalation.port import Ring
    from nightbell.escalation.rotas import Rotas
    from nightbell.line.dialler import Outcome, PersonLeg
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.digest import Account
    from nightbell.reception.directory import Entry
    from nightbell.records.port import CallRecord, Records
    from nightbell.settings import Settings
    from nightbell.speech.port import Voice

__all__ = ["Outside"]

_log = structlog.get_logger(__name__)

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
_RINGING: Final = "Your caller is being rung. Please stay on the line."
_HOLD_S: Final = 600.0
"""Longer than any caller hears last words; who holds a person company ends it."""
_PLAIN: Final = "A caller needs a clinician now. Press 1 to take it, 2 to pass it on, 3 to ring back yourself."
_WHY: Final = {
    "dropped": "We were cut off. If you still need the clinic, ring us again on this number, and press nine. ",
    "missed": "We promised to ring you by now, and nobody has. We keep trying. Ring us again, and press nine. ",
}
_TO_CALLER: Final = (
    "This is {title}. {why}For trouble breathing, pain in the chest, or any change in sight, hang up and dial the "
    "emergency number. Press 1 to say that you heard this."
)
_ALWAYS: Final = (_PLAIN, _PIN, _RINGING, RIGHT)
"""Spoken as the line opens, and never forgotten."""


@dataclass(slots=True)
class Outside:
    """The Outside port of ``reception.paging``: over SIP, and over a carrier for the calls that go by requests."""

    settings: Settings
    agent: SipAgent
    engine: RtpEngine
    voice: Voice
    records: Records
    rotas: Rotas
    entries: dict[str, Entry]
    account: Account | None = None
    carrier: CarrierLegs | None = None
    _spoken: dict[str, Samples] = field(default_factory=dict)
    _callers: list[str] = field(default_factory=list)

    async def person(self, ring: Ring, words: str, ring_s: float) -> Rung:
        """See the port."""
        entry = self.entries.get(ring.clinic)
        if entry is None or ring.number not in self._people(ring.clinic):
            return Rung("refused")
        pin = await self._say(_PIN) if ring.pin else None
        there = await self._is_at_carrier(ring.call)
        return await self._ring(entry, ring.number, words, ring_s, pin=ring.pin, pin_words=pin, by_carrier=there)

    async def caller(self, call: str, number: str, reason: Literal["dropped", "missed"]) -> Rung:
        """See the port."""
        record, entry = await self._called(call)
        if record is None or entry is None or number not in _numbers(record):
            return Rung("refused")
        words = _TO_CALLER.format(title=entry.flow.clinic.title, why=_WHY[reason])
        self._callers.append(number)
        try:
            return await self._ring(entry, number, words, _RING_S, by_carrier=not self.settings.sip.calls_out)
        finally:
            self._callers.remove(number)

    async def join(self, call: str, leg: PersonLeg, ring_s: float) -> Outcome:
        """See the port."""
        record, entry = await self._called(call)
        numbers = _numbers(record) if record is not None else []
        if entry is None or not numbers:
            return "refused"
        number = numbers[-1]
        if isinstance(leg, RestPerson) and self.carrier is not None:
            return await self.carrier.dialler({_WHO: number}, entry).join(_WHO, leg, ring_s=ring_s)
        if not isinstance(leg, SipPerson):
            return "refused"
        self._callers.append(number)
        try:
            self._let()
            words = await self._perhaps(_RINGING)
            return await self._dialler(entry, number).join(_WHO, leg, ring_s=ring_s, keep=True, meanwhile=words)
        finally:
            self._callers.remove(number)

    async def hold(self, leg: PersonLeg, words: str) -> None:
        """See the port; at a carrier they hear its music, and say when they go."""
        if isinstance(leg, RestPerson):
            await leg.gone.wait()
        else:
            await leg.ask(await self._perhaps(words), keys="", answer_s=_HOLD_S)

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
        for words in _ALWAYS:
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
        by_carrier: bool = False,
    ) -> Rung:
        if not self.settings.sip.calls_out and not (by_carrier and self.carrier is not None):
            return Rung("failed")
        order = RingOrder(
            person=_WHO,
            whisper=await self._say(words),
            ring_s=ring_s,
            answer_s=_ANSWER_S,
            pin=pin,
            pin_words=pin_words,
        )
        if by_carrier and self.carrier is not None:
            return await self.carrier.dialler({_WHO: number}, entry).ring(order)
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

    async def _is_at_carrier(self, call: str) -> bool:
        """Tell whether a call's people are rung by its carrier; records that fail keep nobody from being rung."""
        if self.carrier is None:
            return False
        if not call:  # the last alarm is about no call
            return not self.settings.sip.calls_out
        try:
            record, _ = await self._called(call)
        except NightbellError as error:
            _log.error("way_out_not_known", code=error.code)
            return not self.settings.sip.calls_out
        return record is not None and record.line == LINE

    async def _called(self, call: str) -> tuple[CallRecord | None, Entry | None]:
        try:
            record = await self.records.call(call)
        except RecordNotFound:
            return None, None
        return record, self.entries.get(record.clinic)

    async def _perhaps(self, words: str) -> Samples:
        """Say words that keep somebody company; silence where the voice is out, for no others mean the same."""
        there = words in self._spoken or await self._spoke(words)
        return self._spoken[words] if there else SILENCE

    async def _say(self, words: str, *, limit_s: float = _SPEAK_S) -> Samples:
        if words not in self._spoken and not await self._spoke(words, limit_s=limit_s):
            if _PLAIN not in self._spoken:
                raise LineFailed("the reason cannot be spoken", provider="voice")
            return self._spoken[_PLAIN]
        return self._spoken[words]

    async def _spoke(self, words: str, *, limit_s: float = _SPEAK_S) -> bool:
        """Have words spoken and kept; tell whether they were."""
        try:
            async with asyncio.timeout(limit_s):
                samples = await self.voice.render(words)
        except (NightbellError, TimeoutError) as error:
            _log.error("whisper_not_spoken", error=type(error).__name__)
            return False
        while len(self._spoken) >= _KEPT:
            self._spoken.pop(next(key for key in self._spoken if key not in _ALWAYS))
        self._spoken[words] = samples
        return True


def _numbers(record: CallRecord) -> list[str]:
    """Return what the caller of a call may be rung by; the one that they gave last."""
    found = [record.caller, *(each.number for each in record.ring_backs)]
    return [number for number in found if number]
