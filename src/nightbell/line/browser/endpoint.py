"""PhoneEndpoint: the page of the browser phone, and the WebSocket that carries its calls.

Who has the link may call: the word in it is the key. Sound is 16-bit PCM of 8000 Hz, little end first, 20 ms to a
message, both ways; keys come as JSON, and what is said and heard goes back as JSON. Each call rings as a test: who
takes it rings nobody and keeps nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import numpy as np
import structlog
from aiohttp import WSMsgType, web

from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.errors import StreamRefused
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.outbox import Outbox, sent
from nightbell.line.stream.ring import Rings, StreamRing

__all__ = ["PhoneEndpoint"]

_log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 4_096
_FRAME_BYTES: Final = 320
_WAITING: Final = 100
"""Messages that wait for a slow browser."""
_CALLS: Final = 4
"""Calls at one time: it is for trying."""
_PAGE: Final = {
    "": ("index.html", "text/html"),
    "phone.js": ("phone.js", "text/javascript"),
    "worklet.js": ("worklet.js", "text/javascript"),
    "phone.css": ("phone.css", "text/css"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)


class _Wire:
    """The Wire port: sound as binary, the rest as text."""

    round_trip_ms = None

    def __init__(self) -> None:
        self.outbox: Outbox[bytes | str] = Outbox(_WAITING)

    def sound(self, sound: bytes) -> None:
        self.outbox.put(decode_mulaw(sound).astype("<i2").tobytes())

    def quiet(self) -> None:
        """Send nothing: the page plays silence."""

    def cut(self) -> None:
        """Let go of the sound that has not left; the page holds 60 ms."""
        self.outbox.clear(keep=lambda message: isinstance(message, str))

    def end(self) -> None:
        self.outbox.end()

    def tell(self, who: str, text: str) -> None:
        """Send a caption."""
        self.outbox.put(json.dumps({"who": who, "text": text}))


class PhoneEndpoint:
    """Takes calls from browsers."""

    def __init__(
        self,
        key: str,
        ticker: Ticker,
        *,
        clinic: Callable[[], str],
        rings: Callable[[StreamRing], Awaitable[None]],
        media_timeout_s: float,
    ) -> None:
        """Take what decides about calls.

        Args:
            key: the word in the link.
            ticker: serves the sound of every call.
            clinic: gives the name of the clinic that is called where the link names none.
            rings: takes a call; returns when it is picked up or refused.
            media_timeout_s: sound missing for so long ends a call as ``line``.
        """
        self.live = 0
        """Calls that are open."""
        self._key = key
        self._ticker = ticker
        self._clinic = clinic
        self._rings = Rings(rings)
        self._timeout_s = media_timeout_s

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            web.get("/phone", self.page),
            web.get("/phone/call", self.call),
            web.get("/phone/{name}", self.page),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Serve the page, to who has the link, and what belongs to it, to anybody."""
        name = request.match_info.get("name", "")
        if name not in _PAGE:
            raise web.HTTPNotFound
        if not name:
            self._hold(request)
        file, kind = _PAGE[name]
        text = await asyncio.to_thread(files(__package__).joinpath("page", file).read_text, "utf-8")
        headers = {"Content-Security-Policy": _POLICY}
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)

    async def call(self, request: web.Request) -> web.WebSocketResponse:
        """Take a call."""
        self._hold(request)
        if self.live >= _CALLS:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=_MOST_BYTES, compress=False, timeout=1.0)
        await socket.prepare(request)
        self.live += 1
        try:
            await self._carry(socket, request.query.get("clinic", "") or self._clinic())
        except StreamRefused as error:
            _log.warning("stream_refused", code=error.code, why=error.message)
            await socket.close(code=error.close, message=error.message.encode())
        finally:
            self.live -= 1
        return socket

    def _hold(self, request: web.Request) -> None:
        shown = request.query.get("key", "")
        if not self._key or not hmac.compare_digest(shown.encode("utf-8", "replace"), self._key.encode()):
            raise web.HTTPForbidden

    async def _carry(self, socket: web.WebSocketResponse, called: str) -> None:
        wire = _Wire()
        line = StreamLine(
            "browser", self._ticker, wire, caller=None, called=called, media_timeout_s=self._timeout_s
        )
        ring = StreamRing(id=secrets.token_hex(8), caller=None, called=called, test=True, tell=wire.tell)
        self._rings.begin(ring, line)
        sending = asyncio.ensure_future(sent(wire.outbox, socket))
        try:
            while (message := await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                if message.type is WSMsgType.BINARY:
                    _sound(message.data, line)
                else:
                    line.pressed(_key(message.data))
            line.left()
        finally:
            line.lost()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def _sound(data: bytes, line: StreamLine) -> None:
    if len(data) != _FRAME_BYTES:
        raise StreamRefused("sound that is no frame", provider="browser", close=1007)
    line.heard(encode_mulaw(np.frombuffer(data, dtype="<i2").astype(np.int16)))


def _key(text: str) -> str:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StreamRefused("a message that is no JSON", provider="browser", close=1007) from error
    key = message.get("press") if isinstance(message, dict) else None
    return key if isinstance(key, str) and len(key) == 1 else ""
