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
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.bootstrap_ringing import Whispers, people_of, ringing_world
from nightbell.bootstrap_secret import secret_of
from nightbell.conversation.by_request.happening import Parts
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.limits import Limits
from nightbell.errors import NightbellError
from nightbell.line.webhook.back import Back
from nightbell.line.webhook.endpoint import WebhookConfig
from nightbell.line.webhook.legs import Legs, RestDialler
from nightbell.line.webhook.rest import CarrierRest
from nightbell.reception.correspondents import Correspondents
from nightbell.reception.left_messages import LeftMessages
from nightbell.reception.live import LiveCall
from nightbell.reception.messages import Messages
from nightbell.reception.request_meter import RequestMeter
from nightbell.rehearsal.staged import nobody
from nightbell.speech.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nightbell.bootstrap import Nightbell
    from nightbell.conversation.world import World
    from nightbell.reception.adoption import Alive
    from nightbell.reception.directory import Entry
    from nightbell.reception.meter import Meter
    from nightbell.reception.port import Ring
    from nightbell.reception.reception import Reception
    from nightbell.rehearsal.staged import Stage, Staged
    from nightbell.settings import Settings

__all__ = ["Carrier", "CarrierLegs", "correspondents", "open_carrier", "webhook_config"]

_log = structlog.get_logger(__name__)

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


@asynccontextmanager
async def open_carrier(
    settings: Settings, night: Nightbell, reception: Reception, meter: Meter, *, country: str
) -> AsyncIterator[Carrier | None]:
    """Give the way to a carrier; None where none is set up, and then there are no figures of it either.

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
        yield Carrier(
            messages=messages,
            left=LeftMessages(rest, night.records, messages),
            alive=rest.live,
            back=Back(rest, config.public_url),
            meter=figures,
            legs=CarrierLegs(Legs(config, rest)) if known.calls_out else None,
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

    async def world(entry: Entry, inner: World) -> World:
        people = people_of(entry)
        if carrier.legs is None or not people:
            return followed(inner)
        try:
            async with asyncio.timeout(_SPEAK_S):
                whisper = await whispers.of(entry.flow.clinic.title)
        except (NightbellError, TimeoutError) as error:
            _log.error("nobody_can_be_rung", error=type(error).__name__)
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
        outside = staged.world(desk.world)
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
