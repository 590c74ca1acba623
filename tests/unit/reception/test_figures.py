"""/metrics on the HTTP port: told to whoever asks from an address of the list, and to nobody through a proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiohttp
import pytest

from nightbell.reception.figures import Figures
from nightbell.reception.meter import Meter
from nightbell.reception.web import WebConfig, WebServer
from nightbell.settings_http import HttpSettings

pytestmark = pytest.mark.asyncio

PUBLIC = "https://line.example.org"
HERE = HttpSettings().metrics


async def asked(peers: Sequence[str] = HERE, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    meter = Meter()
    meter.began()
    routes = Figures(meter.text, peers=peers, public_url=PUBLIC).routes()
    server = WebServer(WebConfig(listen="127.0.0.1:0"), routes, ready=lambda: True)
    await server.start()
    try:
        where = f"http://{server.address}/metrics"
        async with aiohttp.ClientSession() as session, session.get(where, headers=headers) as answer:
            return answer.status, await answer.text()
    finally:
        await server.close()


async def test_whoever_asks_from_the_list_is_told() -> None:
    status, text = await asked()
    assert status == 200
    assert "nightbell_calls_live 1.0" in text
    assert (await asked(["192.0.2.0/24", "127.0.0.1/32"]))[0] == 200


@pytest.mark.parametrize("peers", [[], ["192.0.2.0/24"], ["::1/128"]])
async def test_nobody_else_is_told(peers: Sequence[str]) -> None:
    status, text = await asked(peers)
    assert status == 403
    assert "nightbell_" not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 caddy"},
        {"X-Real-IP": "127.0.0.1"},
        {"Host": "line.example.org"},
        {"Host": "LINE.example.org:443"},
        {"Host": "line.example.org."},
    ],
)
async def test_a_proxy_on_this_machine_lends_nobody_its_address(headers: Mapping[str, str]) -> None:
    assert (await asked(headers=headers))[0] == 403


@pytest.mark.parametrize("host", ["", "[", "[::1", "127.0.0.1:x", "[::ffff:127.0.0.1]:8070", "x" * 300])
async def test_an_odd_host_breaks_nothing(host: str) -> None:
    assert (await asked(headers={"Host": host}))[0] in {200, 400}
