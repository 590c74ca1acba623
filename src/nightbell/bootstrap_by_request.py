"""Bootstrap of calls by requests: what such a call is made of, an older version of its flow included.

People are paged as for any call. With ``calls_out`` of ``[http.twilio]`` they are rung by the carrier, and the two
meet in a conference there. Without, they are rung over SIP, and who takes the call is connected by ringing the
caller back: a SIP leg cannot be joined with a caller whose sound is at a carrier.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.bootstrap_ringing import ANSWER_S, RING_S, people_of, whisper_of
from nightbell.bootstrap_secret import secret_in
from nightbell.conversation.by_request.happening import Parts
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.limits import Limits
from nightbell.conversation.ringing import RingingWorld
from nightbell.errors import NightbellError
from nightbell.line.dialler import RingOrder
from nightbell.line.webhook.endpoint import WebhookConfig
from nightbell.line.webhook.legs import Legs, RestDialler
from nightbell.line.webhook.rest import CarrierRest
from nightbell.reception.correspondents import Correspondents
from nightbell.speech.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nightbell.audio.frame import Samples
    from nightbell.bootstrap import Nightbell
    from nightbell.call.effects import Transfer
    from nightbell.conversation.world import World
    from nightbell.reception.directory import Entry
    from nightbell.reception.messages import Messages
    from nightbell.reception.reception import Reception
    from nightbell.settings import Settings

__all__ = ["CarrierLegs", "carrier_legs", "carrier_rest", "correspondents", "webhook_config"]

_log = structlog.get_logger(__name__)

_SPEAK_S: Final = 8.0
"""Longest that a call's first request waits for the voice; its transfers ring nobody then, its pages do."""


def webhook_config(settings: Settings, *, source: str = "") -> WebhookConfig:
    """Return what is known of the carrier; its settings are there. Raises SettingsError without its secret."""
    carrier = settings.http.twilio
    assert carrier is not None
    token = carrier.token.get_secret_value() or secret_in(carrier.token_file, "http.twilio.token_file")
    public = settings.http.public_url or ""
    return WebhookConfig(token=token, account=carrier.account, public_url=public, source=source)


@dataclass(frozen=True, slots=True)
class CarrierLegs:
    """The legs that a carrier places for us."""

    legs: Legs

    def dialler(self, people: Mapping[str, str], entry: Entry) -> RestDialler:
        """Return what rings people of a clinic, from its own number."""
        return RestDialler(self.legs, people, sender=entry.flow.clinic.number)

    def world(self, inner: World, entry: Entry, whisper: Samples) -> World:
        """Return a clinic's world whose transfers ring by the carrier; the inner one where nobody is listed."""
        people = people_of(entry)
        if not people:
            return inner

        def everybody(role: str) -> Sequence[str]:
            return [role] if role in people else list(people)

        def order(person: str, effect: Transfer) -> RingOrder:
            ring_s = min(RING_S, effect.limit_ms / 1000)
            return RingOrder(person=person, whisper=whisper, ring_s=ring_s, answer_s=ANSWER_S)

        return RingingWorld(inner, self.dialler(people, entry), people=everybody, order=order)


def carrier_rest(settings: Settings, country: str) -> CarrierRest | None:
    """Return the way to a carrier, where there is one. Raises SettingsError without its secret."""
    carrier = settings.http.twilio
    if not settings.http.listen or carrier is None:
        return None
    config = webhook_config(settings)
    return CarrierRest(carrier.api, account=config.account, token=config.token, country=country)


def carrier_legs(settings: Settings, rest: CarrierRest | None) -> CarrierLegs | None:
    """Return what a carrier places legs with, where it is to."""
    carrier = settings.http.twilio
    if rest is None or carrier is None or not carrier.calls_out:
        return None
    return CarrierLegs(Legs(webhook_config(settings), rest))


def correspondents(
    settings: Settings,
    night: Nightbell,
    reception: Reception,
    *,
    followed: Callable[[World], World],
    legs: CarrierLegs | None = None,
    messages: Messages | None = None,
) -> Correspondents:
    """Return the calls by requests of a line; ``followed`` has what becomes of their pages told to them."""
    carrier = settings.http.twilio
    speech = dict(carrier.speech) if carrier is not None else {}
    spoken: dict[str, Samples] = {}

    async def world(entry: Entry, inner: World) -> World:
        words = whisper_of(entry.flow.clinic.title)
        if legs is None:
            return followed(inner)
        try:
            if words not in spoken:
                async with asyncio.timeout(_SPEAK_S):
                    spoken[words] = await night.voice.render(words)
            return followed(legs.world(inner, entry, spoken[words]))
        except (NightbellError, TimeoutError) as error:
            _log.error("nobody_can_be_rung", error=type(error).__name__)
            return followed(inner)

    async def parts(clinic: str, flow: str, entry: Entry | None) -> Parts | None:
        served = (each for each in reception.directory.entries if each.flow.clinic.name == clinic)
        entry = entry or next(served, None)
        desk = await night.desk(flow, entry.folder) if entry is not None else None
        if desk is None or entry is None:
            return None
        return Parts(
            plan=desk.plan,
            prompts=desk,
            records=night.records,
            world=await world(entry, desk.world),
            clock=SystemClock(),
            safe_text=safe_text(desk.plan.flow.clinic.emergency),
            speech=speech,
            limits=Limits(commit_ms=settings.commit_limit_ms),
            messages=messages,
        )

    return Correspondents(reception, night.records, parts=parts, close=night.close_interrupted, messages=messages)
