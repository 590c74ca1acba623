"""Health: /livez, /readyz and /metrics of one process, over aiohttp, on a port or on a Unix socket.

/livez: the loop turns. /readyz: it takes calls; 503 while it starts, drains or lacks something. Bodies are JSON
with closed words; no number and no name stands in them. It only tells: who asks decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

__all__ = ["Told", "health_app", "serve_health"]

Told = Mapping[str, Any]
"""``ready``: whether calls are taken; and why, or why not."""


def health_app(*, ready: Callable[[], Awaitable[Told]], metrics: Callable[[], Awaitable[str]]) -> web.Application:
    """Make the application.

    Args:
        ready: tells how it stands; ``ready`` in it decides between 200 and 503.
        metrics: gives the metrics in Prometheus' text format.
    """
    app = web.Application()

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def readyz(_request: web.Request) -> web.Response:
        told = await ready()
        return web.json_response(dict(told), status=200 if told.get("ready") else 503)

    async def metricsz(_request: web.Request) -> web.Response:
        return web.Response(text=await metrics(), content_type="text/plain", charset="utf-8")

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metricsz)
    return app


@asynccontextmanager
async def serve_health(app: web.Application, *, at: str | Path) -> AsyncIterator[str]:
    """Serve the application at ``HOST:PORT`` or on a Unix socket; give where it is.

    Raises:
        OSError: the address cannot be had.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _site(runner, at).start()
        address = runner.addresses[0]
        yield f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
    finally:
        await runner.cleanup()


def _site(runner: web.AppRunner, at: str | Path) -> web.BaseSite:
    if isinstance(at, Path):
        at.unlink(missing_ok=True)
        return web.UnixSite(runner, str(at))
    host, _, port = at.rpartition(":")
    return web.TCPSite(runner, host.strip("[]"), int(port))
