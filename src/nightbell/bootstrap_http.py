"""Bootstrap of HTTP: the port, and what is served on it - a carrier's webhooks and media streams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from nightbell.bootstrap_secret import secret_in
from nightbell.line.media_stream.endpoint import CarrierConfig, StreamEndpoint
from nightbell.reception.web import WebConfig, WebServer

if TYPE_CHECKING:
    from aiohttp import web

    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.reception.pace import Pace
    from nightbell.reception.reception import Reception
    from nightbell.settings import Settings

__all__ = ["open_http"]


@asynccontextmanager
async def open_http(settings: Settings, reception: Reception, engine: RtpEngine, pace: Pace) -> AsyncIterator[str]:
    """Serve HTTP where the settings say so; give where, "" for nowhere.

    Args:
        settings: the machine's.
        reception: takes the calls.
        engine: its ticker serves their sound, as it does that of SIP.
        pace: how fast calls may begin, with those of SIP.

    Raises:
        LineFailed: the address cannot be had.
        SettingsError: a certificate or a token cannot be used.
    """
    http = settings.http
    if not http.listen:
        yield ""
        return
    routes: list[web.RouteDef] = []
    if http.twilio is not None:
        carrier = CarrierConfig(
            token=http.twilio.token.get_secret_value()
            or secret_in(http.twilio.token_file, "http.twilio.token_file"),
            account=http.twilio.account,
            public_url=http.public_url or "",
            media_timeout_s=settings.rtp.media_timeout_s,
        )
        endpoint = StreamEndpoint(
            carrier, engine.ticker, rings=reception.invited, refuses=reception.refuses, too_fast=pace.refuses
        )
        routes += endpoint.routes()
    config = WebConfig(
        listen=http.listen,
        certificate=http.certificate,
        private_key=http.private_key,
        requests_per_s=http.requests_per_s,
        burst=http.burst,
        connections=http.connections,
        request_s=http.request_s,
    )
    server = WebServer(config, routes, ready=lambda: not reception.draining)
    await server.start()
    try:
        yield server.address
    finally:
        await server.close()
