"""Web: the one HTTP port of the process that takes calls. What is served there others bring, as routes.

A request keeps to a time, a size and a rate, or it is cut, 413 or 429; a connection carries one request
or one WebSocket. Every answer has the headers that keep a browser from making anything else of it. It knows no
caller and no protocol of any carrier.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from nightbell.errors import LineFailed, SettingsError
from nightbell.reception.pace import Pace, Rates

__all__ = ["WebConfig", "WebServer"]

_log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 65_536
"""Of a request's body; a webhook has two thousand."""
_MOST_LINE: Final = 4_096
"""Of its first line, and of each of its headers."""
_LATER_S: Final = 1
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FORM: Final = "application/x-www-form-urlencoded"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """Where it listens, and what it takes."""

    listen: str
    """HOST:PORT."""
    certificate: Path | None = None
    private_key: Path | None = None
    requests_per_s: float = 150
    burst: int = 300
    connections: int = 500
    request_s: float = 5.0


class WebServer:
    """Serves routes until it is closed."""

    def __init__(self, config: WebConfig, routes: Sequence[web.RouteDef], *, ready: Callable[[], bool]) -> None:
        """Take what is served beside /livez and /readyz.

        Args:
            config: where and how much.
            routes: what others bring.
            ready: tells whether calls are taken.
        """
        self._config = config
        self._ready = ready
        self._pace = Pace(
            Rates(
                per_s=config.requests_per_s,
                burst=config.burst,
                source_per_s=config.requests_per_s / 2,
                source_burst=max(config.burst / 2, 1),
                retry_after_s=_LATER_S,
            )
        )
        self._waiting: dict[RequestHandler, asyncio.TimerHandle] = {}
        """Connections whose request is not whole yet."""
        self._server: asyncio.Server | None = None
        app = web.Application(client_max_size=_MOST_BYTES, middlewares=[self._guard])
        app.on_response_prepare.append(_dress)
        app.add_routes([web.get("/livez", self._livez), web.get("/readyz", self._readyz), *routes])
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT; "" before it does."""
        if self._server is None or not self._server.sockets:
            return ""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            LineFailed: the address cannot be had.
            SettingsError: certificate or key cannot be used.
        """
        await self._runner.setup()
        host, _, port = self._config.listen.rpartition(":")
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._connection,
                host.strip("[]"),
                int(port),
                ssl=self._tls(),
                backlog=128,
                ssl_handshake_timeout=self._config.request_s if self._config.certificate else None,
            )
        except (OSError, OverflowError) as error:
            await self._runner.cleanup()
            raise LineFailed(
                f"the address {self._config.listen} cannot be had", provider="http", hint="set http.listen"
            ) from error

    async def close(self) -> None:
        """Stop, and cut what is left; safe to repeat."""
        if self._server is not None:
            self._server.close()
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        await self._runner.cleanup()

    def _tls(self) -> ssl.SSLContext | None:
        if self._config.certificate is None or self._config.private_key is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._config.certificate, self._config.private_key)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                "the certificate or key of [http] cannot be used", hint="PEM files that the service can read"
            ) from error
        return context

    def _connection(self) -> RequestHandler:
        """Make what reads one connection; it is cut when its request is not whole in time."""
        assert self._runner.server is not None
        loop = asyncio.get_running_loop()
        handler = _Reader(
            self._runner.server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # none is none, as for AppRunner
            keepalive_timeout=self._config.request_s,
            max_line_size=_MOST_LINE,
            max_field_size=_MOST_LINE,
        )
        full = len(self._runner.server.connections) >= self._config.connections
        wait_s = 0.0 if full else self._config.request_s
        self._waiting[handler] = loop.call_later(wait_s, self._cut, handler)
        return handler

    def _cut(self, handler: RequestHandler) -> None:
        if self._waiting.pop(handler, None) is not None and handler.transport is not None:
            handler.transport.abort()

    def _whole(self, request: web.Request) -> None:
        timer = self._waiting.pop(request.protocol, None)
        if timer is not None:
            timer.cancel()

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Hold a request to its rate and its time, and tell nothing of a fault of ours."""
        later_s = self._pace.refuses(request.remote or "")
        if later_s is not None:
            self._whole(request)
            raise _closing(web.HTTPTooManyRequests(headers={"Retry-After": str(later_s)}))
        try:
            await request.read()  # whole, or cut: its timer still runs
            await _form(request)
            self._whole(request)
            answer = await handler(request)
        except web.HTTPException as error:
            self._whole(request)
            raise _closing(error) from None
        except Exception as error:  # noqa: BLE001 - one request must not take the others with it
            self._whole(request)
            _log.error("request_broke", error=type(error).__name__)
            raise _closing(web.HTTPInternalServerError()) from None
        if not isinstance(answer, web.WebSocketResponse):
            answer.force_close()
        return answer

    async def _livez(self, _request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _readyz(self, _request: web.Request) -> web.Response:
        ready = self._ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)


class _Reader(RequestHandler):
    """Reads one connection. What is no request is answered as all else is, and is not quoted."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what no handler will see."""
        del message
        answer = super().handle_error(request, status, exc, HTTPStatus(status).phrase)
        answer.headers.update({**_HEADERS, "Server": "nightbell"})
        return answer


async def _form(request: web.Request) -> None:
    """Read a form where there is one, so that no handler meets one that cannot be read; the request keeps it.

    Raises:
        HTTPBadRequest: it is none, or one in parts, which neither a carrier nor a PBX sends.
    """
    if request.content_type.startswith("multipart/"):
        raise web.HTTPBadRequest
    if request.content_type != _FORM:
        return
    try:
        await request.post()
    except (LookupError, ValueError):  # an encoding that there is not, or signs that are not in it
        raise web.HTTPBadRequest from None


async def _dress(_request: web.Request, answer: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.pop("Server", None)


def _closing(error: web.HTTPException) -> web.HTTPException:
    error.force_close()
    return error
