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
from collections import deque
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import numpy as np
import structlog
from aiohttp import ClientError, WSMsgType, web

from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.errors import StreamRefused
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.ring import StreamRing

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
        self._waiting: deque[bytes | str] = deque(maxlen=_WAITING)
        self._more = asyncio.Event()
        self._ended = False

    def sound(self, sound: bytes) -> None:
        self._put(decode_mulaw(sound).astype("<i2").tobytes())

    def quiet(self) -> None:
        """Send nothing: the page plays silence."""

    def cut(self) -> None:
        """Let go of what has not left; the page holds 60 ms."""
        kept = [one for one in self._waiting if isinstance(one, str)]
        self._waiting.clear()
        self._waiting.extend(kept)

    def end(self) -> None:
        self._ended = True
        self._more.set()

    def tell(self, who: str, text: str) -> None:
        """Send a caption."""
        self._put(json.dumps({"who": who, "text": text}))

    def _put(self, message: bytes | str) -> None:
        if not self._ended:
            self._waiting.append(message)
            self._more.set()

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Send what there is until it is put down."""
        while True:
            while self._waiting:
                message = self._waiting.popleft()
                await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
            if self._ended:
                await socket.close()
                return
            self._more.clear()
            await self._more.wait()


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
        self._rings = rings
        self._timeout_s = media_timeout_s
        self._tasks: set[asyncio.Future[None]] = set()

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
        ring = StreamRing(
            id=secrets.token_hex(8), caller=None, called=called, line=line, test=True, tell=wire.tell
        )
        ring.on_reject = lambda _: line.left()
        task = asyncio.ensure_future(self._rings(ring))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        sending = asyncio.ensure_future(_sent(wire, socket))
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


async def _sent(wire: _Wire, socket: web.WebSocketResponse) -> None:
    try:
        await wire.run(socket)
    except (ClientError, ConnectionError) as error:
        _log.info("stream_gone", error=type(error).__name__)


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
