"""Bootstrap of calls by requests: what such a call is made of, an older version of its flow included.

People are paged as for any call. With ``calls_out`` of ``[http.twilio]`` they are rung by the carrier, and the two
meet in a conference there. Without, they are rung over SIP, and who takes the call is connected by ringing the
caller back: a SIP leg cannot be joined with a caller whose sound is at a carrier.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from nightbell.bootstrap.ringing import ANSWER_S, RING_S, Whispers, people_of, ringing_world
from nightbell.bootstrap.secret import secret_of
from nightbell.conversation.by_request.happening import Parts
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.limits import Limits
from nightbell.errors import NightbellError
from nightbell.line.dialler import RingOrder
from nightbell.line.webhook.back import Back
from nightbell.line.webhook.endpoint import WebhookConfig
from nightbell.line.webhook.legs import Legs, RestDialler
from nightbell.line.webhook.rest import CarrierRest
from nightbell.reception.correspondents import Correspondents
from nightbell.reception.left_messages import LeftMessages
from nightbell.reception.live import LiveCall
from nightbell.reception.messages import Messages
from nightbell.reception.request_meter import RequestMeter
from nightbell.rehearsal.requested.meeting import MeetingWorld
from nightbell.rehearsal.staged import nobody
from nightbell.speech.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from nightbell.audio.frame import Samples
    from nightbell.bootstrap.nightbell import Nightbell
    from nightbell.conversation.world import World
    from nightbell.line.dialler import PersonLeg
    from nightbell.reception.adoption import Alive
    from nightbell.reception.directory import Entry
    from nightbell.reception.meter import Meter
    from nightbell.reception.port import Ring
    from nightbell.reception.reception import Reception
    from nightbell.rehearsal.staged import Stage, Staged
    from nightbell.settings import Settings

__all__ = ["Carrier", "CarrierLegs", "correspondents", "open_carrier", "webhook_config"]

_log = structlog.get_logger(__name__)

_HERE: Final = "127.0.0.1"
_PERSON: Final = "person"
_NOBODYS: Final = "+447700900799"
"""A number that is kept free for stories: who stands for everybody in a rehearsal."""
_SPEAK_S: Final = 8.0
"""Longest that a call's first request waits for the voice; its transfers ring nobody then, its pages do."""


def webhook_config(settings: Settings, *, source: str = "") -> WebhookConfig:
    """Return what is known of the carrier; its settings are there. Raises SettingsError without its secret."""
    carrier = settings.http.twilio
    assert carrier is not None
    token = secret_of(carrier.token, carrier.token_file, "http.twilio.token_file")
    public = settings.http.public_url or ""
    return WebhookConfig(token=token, account=carrier.account, public_url=public, source=source)


@dataclass(frozen=True, slots=True)
class CarrierLegs:
    """The legs that a carrier places for us."""

    legs: Legs

    def dialler(self, people: Mapping[str, str], entry: Entry) -> RestDialler:
        """Return what rings people of a clinic, from its own number."""
        return RestDialler(self.legs, people, sender=entry.flow.clinic.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A carrier whose calls go by requests: what it does for us when asked."""

    messages: Messages
    left: LeftMessages
    alive: Alive
    back: Back
    meter: RequestMeter
    legs: CarrierLegs | None
    """What it rings people with, where it is to."""
    rehearsed: CarrierLegs | None = None
    """What those who take a call in a rehearsal are rung with: its API is on this machine, and rings nobody."""

    @property
    def served(self) -> CarrierLegs | None:
        """Whose requests are served, of the two."""
        return self.legs or self.rehearsed


@asynccontextmanager
async def open_carrier(
    settings: Settings,
    night: Nightbell,
    reception: Reception,
    meter: Meter,
    *,
    country: str,
    rehearsed: bool = False,
) -> AsyncIterator[Carrier | None]:
    """Give the way to a carrier; None where none is set up, and then there are no figures of it either.

    Args:
        settings: the machine's.
        night: what calls share.
        reception: takes them.
        meter: keeps the figures.
        country: of numbers without a country code.
        rehearsed: the line is served for a rehearsal; its carrier rings nobody but at an API of this machine.

    Raises:
        SettingsError: its secret cannot be read.
    """
    known = settings.http.twilio
    if not settings.http.listen or known is None:
        yield None
        return
    config = webhook_config(settings)
    figures = RequestMeter(meter.registry, live=lambda: len(reception.by_request))
    rest = CarrierRest(known.api, account=config.account, token=config.token, country=country, told=figures.asked)
    messages = Messages(rest, night.recorder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(rest.aclose)
        stack.push_async_callback(messages.aclose)
        legs = CarrierLegs(Legs(config, rest))
        here = urlsplit(known.api).hostname == _HERE
        yield Carrier(
            messages=messages,
            left=LeftMessages(rest, night.records, messages),
            alive=rest.live,
            back=Back(rest, config.public_url),
            meter=figures,
            legs=legs if known.calls_out else None,
            rehearsed=legs if rehearsed and here else None,
        )


def correspondents(
    settings: Settings,
    night: Nightbell,
    reception: Reception,
    carrier: Carrier,
    *,
    followed: Callable[[World], World],
    stage: Stage = nobody,
) -> Correspondents:
    """Return the calls by requests of a line.

    Args:
        settings: the machine's.
        night: what calls share.
        reception: takes them.
        carrier: what it does for them.
        followed: has what becomes of their pages told to them.
        stage: for rehearsals.
    """
    twilio = settings.http.twilio
    speech = dict(twilio.speech) if twilio is not None else {}
    whispers = Whispers(night.voice)

    async def whispered(entry: Entry) -> Samples | None:
        try:
            async with asyncio.timeout(_SPEAK_S):
                return await whispers.of(entry.flow.clinic.title)
        except (NightbellError, TimeoutError) as error:
            _log.error("nobody_can_be_rung", error=type(error).__name__)
            return None

    async def world(entry: Entry, inner: World) -> World:
        people = people_of(entry)
        whisper = await whispered(entry) if carrier.legs is not None and people else None
        if carrier.legs is None or whisper is None:
            return followed(inner)
        return followed(ringing_world(inner, people, carrier.legs.dialler(people, entry), whisper))

    def staged_for(entry: Entry, ring: Ring | None) -> Staged | None:
        return stage(LiveCall(call="", entry=entry, ring=ring, answered=time.monotonic()))

    async def parts(clinic: str, flow: str, entry: Entry | None, ring: Ring | None) -> Parts | None:
        served = (each for each in reception.directory.entries if each.flow.clinic.name == clinic)
        entry = entry or next(served, None)
        desk = await night.desk(flow, entry.folder) if entry is not None else None
        if desk is None or entry is None:
            return None
        made = Parts(
            plan=desk.plan,
            prompts=desk,
            records=night.records,
            world=desk.world,
            clock=SystemClock(),
            safe_text=safe_text(desk.plan.flow.clinic.emergency),
            speech=speech,
            limits=Limits(commit_ms=settings.commit_limit_ms),
            messages=carrier.messages,
            back=carrier.back,
        )
        staged = staged_for(entry, ring)
        if staged is None:
            return replace(made, world=await world(entry, desk.world))
        outside = await _met(carrier, entry, staged.world(desk.world), whispered)
        return replace(made, world=outside, clock=staged.clock, observers=staged.observers, over=staged.over)

    return Correspondents(
        reception,
        night.records,
        parts=parts,
        close=night.close_interrupted,
        left=carrier.left,
        alive=carrier.alive,
        ended=carrier.meter.ended,
    )


async def _met(
    carrier: Carrier, entry: Entry, inner: World, whispered: Callable[[Entry], Awaitable[Samples | None]]
) -> World:
    """Return a rehearsal's world in which who takes a call is rung, where its carrier is to."""
    whisper = await whispered(entry) if carrier.rehearsed is not None else None
    if carrier.rehearsed is None or whisper is None:
        return inner
    order = RingOrder(person=_PERSON, whisper=whisper, ring_s=RING_S, answer_s=ANSWER_S)
    return MeetingWorld(inner, partial(_stand_in, carrier.rehearsed.dialler({_PERSON: _NOBODYS}, entry), order))


async def _stand_in(dialler: RestDialler, order: RingOrder) -> PersonLeg | None:
    """Ring who takes every call of a rehearsal."""
    return (await dialler.ring(order)).leg
