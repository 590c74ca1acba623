"""Legs: people whom a carrier rings for us: the requests about them, a Dialler, and a person who took the call.

A person waits in a conference with a random name; a caller whose call goes by requests is sent there. Any other
line cannot be joined with one. ``/twilio/leg/TICKET/TURN`` must be signed, as every request.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

import structlog
from aiohttp import web

from nightbell.audio.frame import SILENCE
from nightbell.errors import DialRefused, LineFailed
from nightbell.line.dialler import RingOrder, Rung
from nightbell.line.media_stream.forms import SignedForms, xml
from nightbell.line.webhook.asked import OVER
from nightbell.line.webhook.leg import LegPlaces, PlacedLeg
from nightbell.line.webhook.sounds import address

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame, Samples
    from nightbell.line.dialler import Outcome, Progress
    from nightbell.line.port import Line, Tick
    from nightbell.line.webhook.reply import Sound
    from nightbell.line.webhook.rest import CarrierRest

__all__ = ["Joins", "Legs", "LegsConfig", "RestDialler", "RestPerson"]

_log = structlog.get_logger(__name__)

_TALK_S: Final = 4 * 3600.0
"""Longest that two may talk: a carrier puts calls down after four hours."""
_SIGNALLING_S: Final = 6.0
"""How much later than ringing and whisper last a carrier may tell what became of it."""
_KEPT: Final = 200


@runtime_checkable
class Joins(Protocol):
    """A caller's line that can be sent to a conference."""

    @property
    def parted(self) -> asyncio.Event:
        """Set once they are there no more."""

    def join(self, room: str) -> None:
        """Send the caller there with the next answer."""


class LegsConfig(Protocol):
    """What is known of the carrier; ``endpoint.WebhookConfig`` is one."""

    @property
    def token(self) -> str:
        """The account's secret."""

    @property
    def account(self) -> str:
        """The account's id."""

    @property
    def public_url(self) -> str:
        """What the carrier calls us."""


class Legs:
    """The legs of one process."""

    def __init__(
        self, config: LegsConfig, rest: CarrierRest, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the carrier."""
        self.rest = rest
        self._config = config
        self._clock = clock
        self._forms = SignedForms(config.token, config.account, config.public_url)
        self._legs: dict[str, PlacedLeg] = {}
        self._answers: dict[str, tuple[int, dict[str, str], str]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            web.post("/twilio/leg/{ticket}/status", self.status),
            web.post("/twilio/leg/{ticket}/{turn}", self.next),
        ]

    def sound(self, sound: Sound) -> Samples | None:
        """Return a sound of a leg; None where there is none."""
        leg = self._legs.get(sound.call)
        return leg.sound(sound.number) if leg is not None else None

    async def place(self, number: str, order: RingOrder, *, sender: str, room: str = "") -> PlacedLeg:
        """Have somebody rung; ``room`` sends them to a conference as they answer. Raises LineFailed."""
        ticket = secrets.token_hex(16)
        leg = self._legs[ticket] = PlacedLeg(ticket, order, self._clock, room=room)
        while len(self._legs) > _KEPT:
            old = next(iter(self._legs))
            del self._legs[old]
            self._answers.pop(old, None)
        here = f"{self._config.public_url}/twilio/leg/{ticket}"
        try:
            leg.sid = await self.rest.place(
                number, sender=sender, url=f"{here}/0", status_url=f"{here}/status", ring_s=order.ring_s
            )
        except BaseException:
            del self._legs[ticket]
            raise
        return leg

    async def put_down(self, leg: PlacedLeg) -> None:
        """End a leg; safe to repeat."""
        if leg.gone.is_set():
            return
        try:
            await self.rest.end(leg.sid)
        except LineFailed as error:
            _log.warning("leg_not_put_down", code=error.code)
        leg.ended("completed")

    async def next(self, request: web.Request) -> web.Response:
        """Take what a person pressed, and tell what comes next."""
        form = await self._forms.read(request)
        leg = self._legs.get(request.match_info["ticket"])
        turn = request.match_info["turn"]
        if leg is None or not turn.isdecimal() or not turn.isascii():
            raise web.HTTPNotFound
        before = self._answers.get(leg.ticket)
        if before is not None and before[:2] == (int(turn), form):
            return xml(before[2])
        if int(turn) != leg.turn:
            raise web.HTTPConflict
        leg.turn += 1
        text = leg.next(form.get("Digits", ""), self._places(leg))
        self._answers[leg.ticket] = (int(turn), form, text)
        return xml(text)

    async def status(self, request: web.Request) -> web.Response:
        """Take what became of a leg."""
        form = await self._forms.read(request)
        leg = self._legs.get(request.match_info["ticket"])
        if leg is not None and form.get("CallStatus", "") in OVER:
            leg.ended(form["CallStatus"])
        return web.Response(status=204)

    def _places(self, leg: PlacedLeg) -> LegPlaces:
        public, token = self._config.public_url, self._config.token

        def place(sound: Sound) -> str:
            return f"{public}/twilio/sound/{address(token, sound, now_s=int(time.time()))}"

        return LegPlaces(next=f"{public}/twilio/leg/{leg.ticket}/{leg.turn}", sound=place)


class RestPerson:
    """A person who took a call; ``line.dialler.PersonLeg``. Their sound stays with the carrier."""

    def __init__(self, legs: Legs, leg: PlacedLeg) -> None:
        self._legs = legs
        self._leg = leg

    @property
    def room(self) -> str:
        """Where they wait."""
        return self._leg.room

    @property
    def gone(self) -> asyncio.Event:
        """Set once their leg is over."""
        return self._leg.gone

    async def ticks(self) -> AsyncIterator[Tick]:
        """See the port; there is no sound of theirs here."""
        raise LineFailed("a person at the carrier has no sound here", provider="carrier")
        yield  # an iterator all the same

    def play(self, frame: Frame) -> None:
        """See the port; nothing is heard of it."""
        del frame

    async def hang_up(self) -> None:
        """See the port."""
        await self._legs.put_down(self._leg)

    async def ask(self, words: Samples, *, keys: str, answer_s: float) -> str:
        """See the port."""
        try:
            async with asyncio.timeout(answer_s + _SIGNALLING_S):
                return await self._leg.ask(words, keys=keys, answer_s=answer_s)
        except TimeoutError:
            return ""

    async def talk(self, line: Line, *, keep: bool = False) -> Literal["caller", "person", "line"]:
        """See the port."""
        inner = getattr(line, "inner", line)
        if not isinstance(inner, Joins):
            await self.hang_up()
            raise LineFailed("this line cannot be joined with a person at a carrier", provider="carrier")
        self._leg.keep = keep
        inner.join(self._leg.room)
        try:
            await _apart(self._leg.parted, inner.parted)
        except asyncio.CancelledError:
            await self.hang_up()
            raise
        by: Literal["caller", "person"] = "person" if self._leg.gone.is_set() else "caller"
        if not keep:
            await self.hang_up()
        return by


class RestDialler:
    """The Dialler port over a carrier: rings the people of one clinic, from its own number."""

    def __init__(self, legs: Legs, people: Mapping[str, str], *, sender: str) -> None:
        """Take the clinic's list: key of each person to their number, E.164."""
        self._legs = legs
        self._people = people
        self._sender = sender

    async def ring(self, order: RingOrder, told: Callable[[Progress], None] = lambda _: None) -> Rung:
        """Ring one person; see the port."""
        number = self._people.get(order.person)
        if number is None:
            return Rung("refused")
        try:
            leg = await self._legs.place(number, order, sender=self._sender)
        except LineFailed as error:
            _log.error("not_rung", code=error.code)
            return Rung("refused" if error.code == DialRefused.code else "failed")
        told("ringing")
        answered = asyncio.ensure_future(leg.answered.wait())
        answered.add_done_callback(lambda done: None if done.cancelled() else told("answered"))
        try:
            outcome = await self._decided(leg, order.ring_s + order.answer_s)
        finally:
            answered.cancel()
        if outcome == "taken":
            return Rung("taken", RestPerson(self._legs, leg))
        await self._legs.put_down(leg)
        return Rung(outcome)

    async def join(self, key: str, person: RestPerson, *, ring_s: float) -> Outcome:
        """Ring somebody of the list for a person who waits, and have the two talk until either is gone.

        ``taken`` is that they talked: whoever answers has it, an answering machine too; the person hears which.
        """
        number = self._people.get(key)
        if number is None:
            return "refused"
        order = RingOrder(person=key, whisper=SILENCE, ring_s=ring_s, answer_s=0)
        try:
            leg = await self._legs.place(number, order, sender=self._sender, room=person.room)
        except LineFailed as error:
            _log.error("not_rung", code=error.code)
            return "refused" if error.code == DialRefused.code else "failed"
        try:
            outcome = await self._decided(leg, ring_s)
            if outcome == "taken":
                await _apart(leg.parted, person.gone)
        finally:
            await self._legs.put_down(leg)
        return outcome

    async def _decided(self, leg: PlacedLeg, within_s: float) -> Outcome:
        try:
            async with asyncio.timeout(within_s + _SIGNALLING_S):
                return await asyncio.shield(leg.decided)
        except TimeoutError:
            return "no_key" if leg.answered.is_set() else "no_answer"
        except asyncio.CancelledError:
            await self._legs.put_down(leg)
            raise


async def _apart(*either: asyncio.Event) -> None:
    """Wait for the first of two to leave; a carrier that never tells of it ends its calls by then all the same."""
    waiting = [asyncio.ensure_future(one.wait()) for one in either]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=_TALK_S)
    finally:
        for each in waiting:
            each.cancel()
