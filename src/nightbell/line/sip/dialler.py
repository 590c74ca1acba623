"""SipDialler: the Dialler port over SIP. Numbers come out of the clinic's list and go no further than the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

import structlog

from nightbell.audio.frame import FRAME_MS
from nightbell.errors import LineFailed
from nightbell.line.dialler import Rung
from nightbell.line.leg import SoundLeg
from nightbell.line.presses import Presses
from nightbell.line.rtp.bridge import bridge
from nightbell.line.sip.placed import PlacedLeg, place
from nightbell.line.whisper import Asking, Whisper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nightbell.audio.frame import Frame, Samples
    from nightbell.line.dialler import Outcome, Progress, RingOrder
    from nightbell.line.port import Line, Tick
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.rtp.leg import Leg
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.digest import Account
    from nightbell.line.sip.outbound import ProgressKind
    from nightbell.line.sip.peer import Peer

__all__ = ["KeyFinder", "SipDialler", "SipPerson", "Way"]

_log = structlog.get_logger(__name__)

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "busy": "busy",
    "no answer": "no_answer",
    "cancelled": "no_answer",
    "failed": "failed",
}


class KeyFinder(Protocol):
    """Finds keys in the sound itself, for telephones that send no events."""

    def hear(self, frame: Frame) -> tuple[str, ...]:
        """Take the next 20 ms; return the keys whose press was recognised in it."""


class _Keys:
    """The keys of one leg's ticks, signalled and in the sound, each press once."""

    def __init__(self, key_finder: Callable[[], KeyFinder] | None) -> None:
        self._presses = Presses()
        self._finder = key_finder() if key_finder is not None else None

    def of(self, tick: Tick) -> tuple[str, ...]:
        """Return what was pressed in a tick."""
        at_ms = tick.number * FRAME_MS
        keys = [key for key in tick.keys if self._presses.is_new(key, "event", at_ms)]
        if self._finder is not None:
            keys += [key for key in self._finder.hear(tick.frame) if self._presses.is_new(key, "inband", at_ms)]
        return tuple(keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How calls go out: under whose number, and by which trunk."""

    from_number: str
    """The clinic's own, E.164."""
    display: str = ""
    """The clinic's name."""
    host: str = ""
    """Trunk or PBX behind whose address numbers stand; entries of the list that are SIP addresses need none."""
    advertise: str = ""
    account: Account | None = None
    through: Peer | None = None
    keys_through: bool = False
    """Send the keys of a bridged caller to the person, and the other way."""


class SipPerson:
    """A person who took a call; ``line.dialler.PersonLeg``."""

    def __init__(
        self, placed: PlacedLeg, *, keys_through: bool, key_finder: Callable[[], KeyFinder] | None = None
    ) -> None:
        self._placed = placed
        self._keys_through = keys_through
        self._key_finder = key_finder

    @property
    def leg(self) -> Leg:
        """Their sound."""
        return self._placed.leg

    def ticks(self) -> AsyncIterator[Tick]:
        """See the port."""
        return self._placed.ticks()

    def play(self, frame: Frame) -> None:
        """See the port."""
        self._placed.play(frame)

    async def hang_up(self) -> None:
        """See the port."""
        await self._placed.hang_up()

    async def ask(self, words: Samples, *, keys: str, answer_s: float) -> str:
        """See the port."""
        asking, pressed = Asking(words, keys=keys, answer_s=answer_s), _Keys(self._key_finder)
        if self.leg.over:
            return ""
        async for tick in self._placed.ticks():
            if tick.gone:
                break
            frame, answer = asking.take(pressed.of(tick))
            if answer is not None:
                return answer
            self._placed.play(frame)
        return ""

    async def talk(self, line: Line, *, keep: bool = False) -> Literal["caller", "person", "line"]:
        """See the port."""
        inner = getattr(line, "inner", line)  # reception watches a call through a line of its own
        leg = getattr(inner, "leg", None)
        if not isinstance(leg, SoundLeg):
            await self.hang_up()
            raise LineFailed("this line cannot be bridged", provider="sip", hint="its sound must go by the ticker")
        return await bridge(leg, self._placed.leg, keys_through=self._keys_through, keep=keep)


class SipDialler:
    """Rings the people of one clinic."""

    def __init__(
        self,
        agent: SipAgent,
        engine: RtpEngine,
        way: Way,
        people: Mapping[str, str],
        *,
        key_finder: Callable[[], KeyFinder] | None = None,
    ) -> None:
        """Take the clinic's list.

        Args:
            agent: our end of SIP; its guard has the last word on whom it rings.
            engine: where the sound is carried.
            way: how calls go out.
            people: key of each person to their number (E.164) or SIP address.
            key_finder: makes what finds keys in the sound; None trusts signalled keys alone.
        """
        self._agent = agent
        self._engine = engine
        self._way = way
        self._people = people
        self._key_finder = key_finder

    async def ring(self, order: RingOrder, told: Callable[[Progress], None] = lambda _: None) -> Rung:
        """Ring one person; see the port."""
        number = self._people.get(order.person)
        if number is None:
            return Rung("refused")
        way = self._way
        target = number if number.startswith(("sip:", "sips:")) else f"sip:{number}@{way.host}"
        try:
            self._agent.config.guard.check(target)
        except LineFailed as error:
            _log.error("not_rung", code=error.code)
            return Rung("refused")
        try:
            placed = await place(
                self._agent,
                self._engine,
                target,
                from_number=way.from_number,
                display=way.display,
                ring_s=order.ring_s,
                advertise=way.advertise,
                account=way.account,
                through=way.through,
            )
        except LineFailed as error:
            _log.error("not_rung", code=error.code)
            return Rung("failed")
        placed.on_ringing = lambda: told("ringing")
        outcome = await placed.answered()
        if outcome != "answered":
            return Rung(_OUTCOMES.get(outcome, "failed"))
        told("answered")
        return await self._asked(placed, order)

    async def join(
        self,
        key: str,
        person: SipPerson,
        *,
        ring_s: float,
        meanwhile: Samples,
        keep: bool = False,
    ) -> Outcome:
        """Ring somebody of the list for a person who is on the line, and connect the two until either is gone.

        ``taken`` is that they talked: whoever answers has it, an answering machine too, and the person hears
        which. In every other case the person is still there - unless they put the telephone down as it rang, which
        ends the ringing as ``failed``; kept, also where the other one hung up.

        Args:
            key: of who is rung.
            person: who waits.
            ring_s: how long it may ring.
            meanwhile: what the person hears as it rings, again and again.
            keep: leave the person's leg up where the other one hung up.
        """
        number = self._people.get(key)
        if number is None:
            return "refused"
        way = self._way
        try:
            placed = await place(
                self._agent,
                self._engine,
                f"sip:{number}@{way.host}",
                from_number=way.from_number,
                display=way.display,
                ring_s=ring_s,
                advertise=way.advertise,
                account=way.account,
                through=way.through,
            )
        except LineFailed as error:
            _log.error("not_rung", code=error.code)
            return "refused"
        outcome = await _answered(placed, person, meanwhile, ring_s)
        if outcome != "answered":
            return _OUTCOMES.get(outcome, "failed")
        try:
            await bridge(placed.leg, person.leg, keys_through=way.keys_through, keep=keep)
        finally:
            await placed.hang_up()
        return "taken"

    async def _asked(self, placed: PlacedLeg, order: RingOrder) -> Rung:
        whisper, pressed = Whisper(order), _Keys(self._key_finder)
        try:
            async for tick in placed.ticks():
                if tick.gone:
                    break
                frame, decision = whisper.take(pressed.of(tick))
                if decision == "taken":
                    finder, through = self._key_finder, self._way.keys_through
                    return Rung("taken", SipPerson(placed, keys_through=through, key_finder=finder))
                if decision:
                    await placed.hang_up()
                    return Rung(decision)
                placed.play(frame)
        except asyncio.CancelledError:
            await placed.hang_up()
            raise
        return Rung("no_key")


async def _answered(placed: PlacedLeg, person: SipPerson, meanwhile: Samples, ring_s: float) -> ProgressKind:
    """Wait for a call's answer while a person hears words; it is not rung on for one who has gone."""
    ringing = asyncio.ensure_future(placed.answered())
    hearing = asyncio.ensure_future(person.ask(meanwhile, keys="", answer_s=2 * ring_s))
    try:
        await asyncio.wait((ringing, hearing), return_when=asyncio.FIRST_COMPLETED)
        return await ringing if ringing.done() or not person.leg.over else "failed"
    finally:
        ringing.cancel()
        hearing.cancel()
        await asyncio.gather(ringing, hearing, return_exceptions=True)
