"""schemas/http.openapi.json names what the port serves, and nothing else, and what is refused and how."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

import aiohttp
import pytest
from aiohttp import web

from nightbell.errors import WebhookRefused
from nightbell.line.browser.door import Door
from nightbell.line.browser.endpoint import PhoneEndpoint
from nightbell.line.browser.links import Links
from nightbell.line.chan_websocket.endpoint import MediaEndpoint
from nightbell.line.media_stream.endpoint import CarrierConfig, StreamEndpoint
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.registry import Registry
from nightbell.line.stream.ring import StreamRing
from nightbell.line.webhook.asked import Asked, Recorded
from nightbell.line.webhook.endpoint import WebhookConfig, WebhookEndpoint
from nightbell.line.webhook.legs import Legs
from nightbell.line.webhook.reply import Sound
from nightbell.line.webhook.rest import CarrierRest
from nightbell.reception.figures import Figures
from nightbell.reception.web import WebConfig, WebServer

PAPER: Final = json.loads((Path(__file__).parents[3] / "schemas" / "http.openapi.json").read_text("utf-8"))
ODD: Final = ("", "x", "\x00", "ü" * 200, "'\"><script>", "9" * 5_000, "../../etc", "%00", "{}", "[[[[")


async def never(ring: StreamRing) -> None:
    raise AssertionError(f"{ring.id} rang")


class _NoCalls:
    """Takes no call by requests, and knows of none."""

    def knows(self, sid: str) -> bool:
        return False

    async def begin(self, ring: StreamRing) -> int:
        return 404

    async def ask(self, asked: Asked) -> None:
        return None

    async def said(self, asked: Asked) -> None: ...

    async def recorded(self, message: Recorded) -> None: ...

    async def back(self, sid: str) -> None:
        return None

    async def hung_up(self, sid: str) -> None: ...

    async def sound(self, sound: Sound) -> NoReturn:
        raise WebhookRefused("no call of ours", provider="webhook", status=410)


async def no_picture(called: str) -> str:
    return ""


def routes() -> list[web.RouteDef]:
    ticker, registry = Ticker(), Registry("key", refuses=lambda _: 0)
    config = CarrierConfig(token="t", account="AC1", public_url="https://example.org", media_timeout_s=20)
    asked = WebhookConfig(token="t", account="AC1", public_url="https://example.org")
    rest = CarrierRest("http://127.0.0.1:1", account="AC1", token="t")
    return [
        *Figures(lambda: "", peers=["127.0.0.0/8"]).routes(),
        *StreamEndpoint(config, ticker, rings=never, refuses=lambda _: 0).routes(),
        *WebhookEndpoint(asked, _NoCalls()).routes(),
        *Legs(asked, rest).routes(),
        *registry.routes(),
        *MediaEndpoint(registry, ticker, rings=never, media_timeout_s=20).routes(),
        *PhoneEndpoint(
            Door("key", Links("key", None)),
            ticker,
            clinic=lambda: "c",
            pictures=no_picture,
            rings=never,
            media_timeout_s=20,
        ).routes(),
    ]


def operations() -> Iterable[tuple[str, str, dict[str, Any]]]:
    for path, methods in PAPER["paths"].items():
        for method, told in methods.items():
            yield path, method.upper(), told


def test_what_is_served_is_on_paper_and_the_other_way_round() -> None:
    served = {(route.path, route.method) for route in routes()} | {("/livez", "GET"), ("/readyz", "GET")}
    assert {(path, method) for path, method, _ in operations()} == served


@pytest.mark.asyncio
async def test_whoever_shows_nothing_good_is_told_what_the_paper_says() -> None:
    config = WebConfig(listen="127.0.0.1:0", requests_per_s=10_000, burst=10_000)
    server = WebServer(config, routes(), ready=lambda: True)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            for path, method, told in operations():
                allowed = {int(code) for code in told["responses"]} | {400, 404}
                if "security" in told or "key" in str(told.get("parameters")):
                    allowed -= {200, 101}
                for odd in ODD:
                    where = f"http://{server.address}{path}"
                    where = re.sub(r"\{\w+\}", "t", where)
                    form = {"CallSid": odd, "called": odd} if method == "POST" else None
                    seen = {
                        "X-Twilio-Signature": odd.encode().hex()[:60],
                        "Authorization": f"Basic {odd.encode().hex()}",
                    }
                    query = {"key": odd, "id": odd}
                    async with session.request(method, where, data=form, headers=seen, params=query) as answer:
                        assert answer.status in allowed, f"{method} {path} {odd[:20]!r}"
    finally:
        await server.close()
