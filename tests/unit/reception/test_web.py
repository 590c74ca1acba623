"""The HTTP port: what is too slow, too much or too large is cut, and nobody else hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.unit.line.sip.certificates import certificates

from nightbell.errors import LineFailed, SettingsError
from nightbell.reception.web import WebConfig, WebServer

pytestmark = pytest.mark.asyncio

CONFIG = WebConfig(listen="127.0.0.1:0")
HASTY = replace(CONFIG, request_s=0.3)


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def filled(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.post())))


async def breaks(_request: web.Request) -> web.Response:
    raise RuntimeError("a fault of ours, with a number in it: +447700900123")


async def echoes(request: web.Request) -> web.WebSocketResponse:
    one = web.WebSocketResponse()
    await one.prepare(request)
    async for message in one:
        await one.send_str(message.data)
    return one


@asynccontextmanager
async def serving(
    config: WebConfig = CONFIG, *, ready: Callable[[], bool] = lambda: True
) -> AsyncIterator[WebServer]:
    routes = [web.get("/hello", hello), web.post("/hello", hello), web.get("/breaks", breaks)]
    routes.append(web.post("/form", filled))
    server = WebServer(config, [*routes, web.get("/echo", echoes)], ready=ready)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def got(server: WebServer, path: str, *, scheme: str = "http", tls: ssl.SSLContext | bool = True) -> int:
    url = f"{scheme}://{server.address}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, ssl=tls) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers
        assert "+4477" not in await answer.text()
        return answer.status


@asynccontextmanager
async def socket(server: WebServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"http://{server.address}/echo") as live:
        yield live


async def raw(server: WebServer, data: bytes) -> bytes:
    """Send bytes and no more; return what comes until the other side closes."""
    host, port = server.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(data)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_it_serves_what_it_was_given_and_tells_how_it_stands() -> None:
    up = True
    async with serving(ready=lambda: up) as server:
        assert [await got(server, path) for path in ("/hello", "/livez", "/readyz")] == [200, 200, 200]
        assert [await got(server, path) for path in ("/nothing", "/metrics", "/breaks")] == [404, 404, 500]
        up = False
        assert await got(server, "/readyz") == 503


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /hello HT",
        b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=["nothing", "half a line", "half a header", "half a body"],
)
async def test_whoever_is_slow_is_cut_and_a_live_socket_stays(sent: bytes) -> None:
    async with serving(HASTY) as server, socket(server) as live:
        assert b"200" not in await raw(server, sent)
        await live.send_str("still here")
        assert await live.receive_str(timeout=5) == "still here"


async def test_a_request_that_comes_byte_by_byte_is_cut_in_time() -> None:
    async with serving(HASTY) as server, socket(server) as live:
        host, port = server.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        dripping = asyncio.ensure_future(_drips(writer))
        async with asyncio.timeout(3):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        dripping.cancel()
        writer.close()
        await live.send_str("still here")
        assert await live.receive_str(timeout=5) == "still here"


async def _drips(writer: asyncio.StreamWriter) -> None:
    for byte in b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"x" * 1_000:
        writer.write(bytes((byte,)))
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
async def test_a_body_that_swells_is_413_and_is_not_held(kind: str) -> None:
    bomb = zlib.compressobj(wbits=31 if kind == "gzip" else 15)
    data = b"".join([*(bomb.compress(bytes(1 << 20)) for _ in range(20)), bomb.flush()])
    assert len(data) < 65_000
    headers = {"Content-Encoding": kind}
    async with serving() as server, aiohttp.ClientSession() as session:
        tracemalloc.start()
        async with session.post(f"http://{server.address}/hello", data=data, headers=headers) as answer:
            assert answer.status == 413
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 8 << 20
        assert await got(server, "/hello") == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"To=\xff\xfe&From=%ff"),
        ("application/x-www-form-urlencoded; charset=none-such", b"To=1"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"odd"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--'),
        ("multipart/form-data", b"To=1"),
        ("multipart/mixed", b""),
    ],
)
async def test_a_form_that_is_none_is_400_and_no_fault_of_ours(kind: str, body: bytes) -> None:
    async with serving() as server, aiohttp.ClientSession() as session:
        headers = {"Content-Type": kind}
        async with session.post(f"http://{server.address}/form", data=body, headers=headers) as answer:
            assert answer.status == 400
        async with session.post(f"http://{server.address}/form", data={"To": "ü"}) as answer:
            assert await answer.text() == "1"


async def test_a_body_that_is_too_large_is_413() -> None:
    async with serving() as server, aiohttp.ClientSession() as session:
        for size, status in ((65_000, 200), (70_000, 413)):
            async with session.post(f"http://{server.address}/hello", data=b"x" * size) as answer:
                assert answer.status == status


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_400_and_nothing_breaks(sent: bytes) -> None:
    async with serving() as server:
        answer = await raw(server, sent)
        assert b" 400 " in answer
        assert b"Content-Security-Policy" in answer
        assert b"aiohttp" not in answer
        assert b"xxx" not in answer  # it is not quoted
        assert await got(server, "/hello") == 200


async def test_more_requests_than_the_rate_are_429() -> None:
    async with serving(replace(CONFIG, requests_per_s=0.01, burst=4)) as server:
        assert [await got(server, "/hello") for _ in range(3)] == [200, 200, 429]


async def test_more_connections_than_are_held_are_cut() -> None:
    async with serving(replace(CONFIG, connections=1, request_s=30)) as server, socket(server) as live:
        assert await raw(server, b"GET /livez HTTP/1.1\r\n") == b""
        await live.send_str("x")
        assert await live.receive_str(timeout=5) == "x"


async def test_it_speaks_tls_by_its_own_certificate(tmp_path: Path) -> None:
    files = certificates(tmp_path)
    config = replace(CONFIG, certificate=files.certificate, private_key=files.key, request_s=5.0)
    async with serving(config) as server:
        believed = ssl.create_default_context(cafile=str(files.authorities))
        assert await got(server, "/hello", scheme="https", tls=believed) == 200


async def test_what_cannot_be_served_is_said(tmp_path: Path) -> None:
    async with serving() as server:
        with pytest.raises(LineFailed, match="cannot be had"):
            async with serving(replace(CONFIG, listen=server.address)):
                pass
    (tmp_path / "bad.pem").write_text("none")
    with pytest.raises(SettingsError):
        async with serving(replace(CONFIG, certificate=tmp_path / "bad.pem", private_key=tmp_path / "bad.pem")):
            pass
