"""Bootstrap of HTTP: the port, and what is served on it: a carrier's webhooks and streams, a PBX's calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

import structlog

from nightbell.bootstrap.by_request import webhook_config
from nightbell.bootstrap.pictures import Pictures
from nightbell.bootstrap.secret import secret_of
from nightbell.line.audio_socket.server import AudioSocketServer
from nightbell.line.browser.door import Door
from nightbell.line.browser.endpoint import CALLS, PhoneEndpoint
from nightbell.line.browser.links import USED, Links
from nightbell.line.chan_websocket.endpoint import MediaEndpoint
from nightbell.line.media_stream.endpoint import CarrierConfig, StreamEndpoint
from nightbell.line.stream.registry import Registry
from nightbell.line.webhook.endpoint import WebhookConfig, WebhookEndpoint
from nightbell.reception.figures import Figures
from nightbell.reception.web import WebConfig, WebServer

if TYPE_CHECKING:
    from aiohttp import web

    from nightbell.bootstrap.by_request import Carrier
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.stream.ring import StreamRing
    from nightbell.reception.correspondents import Correspondents
    from nightbell.reception.pace import Pace
    from nightbell.reception.reception import Reception
    from nightbell.settings import Settings

__all__ = ["OpenHttp", "open_http"]

_log = structlog.get_logger(__name__)

_REHEARSED_CALLS: Final = 64
"""Tries at one time on a line that is served for a rehearsal: as many as it may have side by side."""


class _Shared(TypedDict):
    """What every adapter is told."""

    rings: Callable[[StreamRing], Awaitable[None]]
    media_timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHttp:
    """Where it is served, as HOST:PORT; "" for nowhere."""

    http: str = ""
    audiosocket: str = ""


@asynccontextmanager
async def open_http(
    settings: Settings,
    reception: Reception,
    engine: RtpEngine,
    pace: Pace,
    *,
    correspondents: Correspondents | None = None,
    carrier: Carrier | None = None,
    figures: Callable[[], str] = lambda: "",
    rehearsed: bool = False,
) -> AsyncIterator[OpenHttp]:
    """Serve HTTP where the settings say so; give where.

    Args:
        settings: the machine's.
        reception: takes the calls.
        engine: its ticker serves their sound, as it does that of SIP.
        correspondents: know what calls by requests are about; None serves none.
        carrier: what it does for them.
        figures: gives the process's own, for /metrics.
        rehearsed: it is served for a rehearsal, on loopback alone: its calls are this machine's.
        pace: how fast calls may begin, with those of SIP.

    Raises:
        LineFailed: the address cannot be had.
        SettingsError: a certificate or a token cannot be used.
    """
    http = settings.http
    if not http.listen:
        if http.twilio or http.pbx or http.phone:
            _log.warning("http_not_served")  # a rehearsal, or listen was forgotten
        yield OpenHttp()
        return
    routes = Figures(figures, peers=http.metrics, public_url=http.public_url or "").routes()
    if http.twilio is not None:
        known = webhook_config(settings, source="127.0.0.1" if rehearsed else "")
        streams = CarrierConfig(
            token=known.token,
            account=known.account,
            public_url=known.public_url,
            media_timeout_s=settings.rtp.media_timeout_s,
            source=known.source,
        )
        endpoint = StreamEndpoint(
            streams, engine.ticker, rings=reception.invited, refuses=reception.refuses, too_fast=pace.refuses
        )
        routes += endpoint.routes()
        if correspondents is not None and carrier is not None:
            routes += _by_request(known, correspondents, pace, carrier)
    config = WebConfig(
        listen=http.listen,
        certificate=http.certificate,
        private_key=http.private_key,
        requests_per_s=http.requests_per_s,
        burst=http.burst,
        connections=http.connections,
        request_s=http.request_s,
    )
    async with AsyncExitStack() as stack:
        pbx = ""
        if http.pbx is not None:
            key = secret_of(http.pbx.key, http.pbx.key_file, "http.pbx.key_file")
            registry = Registry(key, refuses=reception.refuses, too_fast=pace.refuses)
            shared: _Shared = {"rings": reception.invited, "media_timeout_s": settings.rtp.media_timeout_s}
            media = MediaEndpoint(registry, engine.ticker, source="127.0.0.1" if rehearsed else "", **shared)
            routes += registry.routes() + media.routes()
            if http.pbx.audiosocket:
                sockets = AudioSocketServer(
                    http.pbx.audiosocket, registry, engine.ticker, peers=http.pbx.peers, **shared
                )
                stack.push_async_callback(sockets.close)
                await sockets.start()
                pbx = sockets.address
        if http.phone is not None:
            word = secret_of(http.phone.key, http.phone.key_file, "http.phone.key_file")
            routes += PhoneEndpoint(
                Door(word, Links(word, None if rehearsed else settings.data_dir / USED)),
                engine.ticker,
                clinic=lambda: reception.directory.entries[0].flow.clinic.name,
                pictures=_pictures(reception),
                rings=reception.invited,
                media_timeout_s=settings.rtp.media_timeout_s,
                calls=_REHEARSED_CALLS if rehearsed else CALLS,
            ).routes()
        server = WebServer(config, routes, ready=lambda: not reception.draining)
        stack.push_async_callback(server.close)
        await server.start()
        yield OpenHttp(http=server.address, audiosocket=pbx)


def _by_request(config: WebhookConfig, calls: Correspondents, pace: Pace, carrier: Carrier) -> list[web.RouteDef]:
    """Return what serves calls by requests, and the people whom the carrier rings for them."""
    if carrier.served is None:
        return carrier.meter.metered(WebhookEndpoint(config, calls, too_fast=pace.refuses).routes())
    legs = carrier.served.legs
    endpoint = WebhookEndpoint(config, calls, too_fast=pace.refuses, legs=legs.sound)
    return carrier.meter.metered(endpoint.routes() + legs.routes())


def _pictures(reception: Reception) -> Callable[[str], Awaitable[str]]:
    """Return what gives the flow of a clinic that is served as pictures."""
    made = Pictures()

    async def of(called: str) -> str:
        entry = reception.directory.find(called)
        return await made.of(entry.flow) if entry is not None else ""

    return of
