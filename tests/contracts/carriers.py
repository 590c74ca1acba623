"""Carriers on this machine, told how to behave: a web server (SMS, webhook, push) and an SMTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiohttp import web

HOST = "127.0.0.1"


@dataclass
class Carrier:
    """What a carrier does next, and what it got."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"sid": "SM1", "id": "n1", "status": "queued"}'
    silent: bool = False
    """Take the message and never answer."""
    cut: bool = False
    """Take the message and drop the connection."""
    got: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"


@asynccontextmanager
async def web_carrier() -> AsyncIterator[Carrier]:
    """Serve HTTP on loopback."""
    carrier, over = Carrier(), asyncio.Event()

    async def take(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        form = dict(await request.post()) if request.content_type == "application/x-www-form-urlencoded" else {}
        carrier.got.append(
            {
                "path": request.path,
                "headers": dict(request.headers),
                "raw": raw,
                "form": form,
                "text": _text(raw, form),
            }
        )
        carrier.arrived.set()
        if carrier.silent:
            await over.wait()
        if carrier.cut:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=carrier.status, headers=carrier.headers, body=carrier.body)

    app = web.Application()
    app.router.add_post("/{tail:.*}", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    carrier.port = runner.addresses[0][1]
    try:
        yield carrier
    finally:
        over.set()
        await runner.cleanup()


def _text(raw: bytes, form: dict[str, Any]) -> str:
    if "Body" in form:
        return str(form["Body"])
    try:
        return str(json.loads(raw)["text"])
    except (ValueError, KeyError, TypeError):
        return raw.decode("utf-8", "replace")


@asynccontextmanager
async def mail_carrier() -> AsyncIterator[Carrier]:
    """Serve SMTP (RFC 5321, as much as a client needs) on loopback."""
    carrier, over = Carrier(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 loopback")
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split(maxsplit=1)[0].upper()
                if verb == "DATA":
                    say("354 go on")
                    raw = await reader.readuntil(b"\r\n.\r\n")
                    mail = message_from_bytes(raw[:-5], policy=default)
                    carrier.got.append({"headers": dict(mail.items()), "raw": raw, "text": mail.get_content()})
                    carrier.arrived.set()
                    if carrier.silent:
                        await over.wait()
                    if carrier.cut:
                        break
                    say(f"{carrier.status if carrier.status != 200 else 250} told")
                elif verb == "QUIT":
                    say("221 bye")
                    break
                else:
                    say("250 good")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    carrier.port = server.sockets[0].getsockname()[1]
    try:
        yield carrier
    finally:
        over.set()
        server.close()
        await server.wait_closed()
