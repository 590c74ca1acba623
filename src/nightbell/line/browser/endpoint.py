"""PhoneEndpoint: the page of the browser phone, and the WebSocket that carries its calls.

Who has the word or a good link may call (``door``). Sound is 16-bit PCM of 8000 Hz, little end first, 20 ms to a
message, both ways. Keys of the caller, and of the handset beside them, come as JSON; what is said and heard and
the way of the call go back as JSON. Each call rings as a test: who takes it rings nobody and keeps nothing.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog
from aiohttp import WSMsgType, web

from nightbell.audio.g711 import decode_mulaw, encode_mulaw
from nightbell.errors import StreamRefused
from nightbell.line.browser.door import POLICY, read_page
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.outbox import Outbox, sent
from nightbell.line.stream.ring import Rings, StreamRing

if TYPE_CHECKING:
    from nightbell.line.browser.door import Door
    from nightbell.line.browser.links import Link

__all__ = ["CALLS", "PhoneEndpoint"]

_log = structlog.get_logger(__name__)

_MOST_BYTES: Final = 4_096
_FRAME_BYTES: Final = 320
_WAITING: Final = 100
"""Messages that wait for a slow browser."""
CALLS: Final = 4
"""Calls at one time: it is for trying."""
_PAGE: Final = {
    "": ("index.html", "text/html"),
    "phone.js": ("phone.js", "text/javascript"),
    "handset.js": ("handset.js", "text/javascript"),
    "way.js": ("way.js", "text/javascript"),
    "worklet.js": ("worklet.js", "text/javascript"),
    "phone.css": ("phone.css", "text/css"),
}


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

    def tell(self, who: str, text: str, **more: str) -> None:
        """Send a caption, or what else the page shows."""
        self.outbox.put(json.dumps({"who": who, "text": text, **more}))


class PhoneEndpoint:
    """Takes calls from browsers."""

    def __init__(
        self,
        door: Door,
        ticker: Ticker,
        *,
        clinic: Callable[[], str],
        pictures: Callable[[str], Awaitable[str]],
        rings: Callable[[StreamRing], Awaitable[None]],
        media_timeout_s: float,
        calls: int = CALLS,
    ) -> None:
        """Take what decides about calls.

        Args:
            door: who may.
            ticker: serves the sound of every call.
            clinic: gives the name of the clinic that is called where the link names none.
            pictures: gives the flow of a clinic as pictures, in JSON; "" where there are none.
            rings: takes a call; returns when it is picked up or refused.
            media_timeout_s: sound missing for so long ends a call as ``line``.
            calls: how many at one time.
        """
        self.live = 0
        """Calls that are open."""
        self._door = door
        self._ticker = ticker
        self._clinic = clinic
        self._pictures = pictures
        self._rings = Rings(rings)
        self._timeout_s = media_timeout_s
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            web.get("/phone", self.page),
            web.get("/phone/call", self.call),
            web.get("/phone/flow", self.flow),
            web.get("/phone/{name}", self.page),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Serve the page, to who has the link, and what belongs to it, to anybody."""
        name = request.match_info.get("name", "")
        if name not in _PAGE:
            raise web.HTTPNotFound
        if not name:
            self._door.enter(request.query)
        file, kind = _PAGE[name]
        text = await asyncio.to_thread(read_page, file)
        headers = {"Content-Security-Policy": POLICY}
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)

    async def flow(self, request: web.Request) -> web.Response:
        """Serve the flow that would be called, as pictures."""
        link = self._door.enter(request.query)
        found = await self._pictures(self._called(request, link))
        if not found:
            raise web.HTTPNotFound
        answer = web.Response(text=found, content_type="application/json")
        answer.enable_compression()
        return answer

    async def call(self, request: web.Request) -> web.WebSocketResponse:
        """Take a call."""
        link = self._door.enter(request.query)
        if self.live >= self._calls:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=_MOST_BYTES, compress=False, timeout=1.0)
        self.live += 1  # and off the link, before anything is waited for: two at once are two
        try:
            async with self._door.spent(link) as keep:
                await socket.prepare(request)
                await keep()
            await self._carry(socket, self._called(request, link), name=link.id if link is not None else "")
        except StreamRefused as error:
            _log.warning("stream_refused", code=error.code, why=error.message)
            await socket.close(code=error.close, message=error.message.encode())
        finally:
            self.live -= 1
        return socket

    def _called(self, request: web.Request, link: Link | None) -> str:
        """Return the clinic that is called: a link's own, or the one asked for with the word."""
        asked = link.clinic if link is not None else request.query.get("clinic", "")
        return asked or self._clinic()

    async def _carry(self, socket: web.WebSocketResponse, called: str, *, name: str) -> None:
        """Carry a call; the name of its link, which is signed, is what a rehearsal knows it by."""
        wire = _Wire()
        line = StreamLine(
            "browser", self._ticker, wire, caller=None, called=called, media_timeout_s=self._timeout_s
        )
        ring = StreamRing(
            id=secrets.token_hex(8), caller=None, called=called, display=name, test=True, tell=wire.tell
        )
        self._rings.begin(ring, line)
        sending = asyncio.ensure_future(sent(wire.outbox, socket))
        try:
            while (message := await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                if message.type is WSMsgType.BINARY:
                    _sound(message.data, line)
                else:
                    _done(message.data, line, ring)
            line.left()
        finally:
            line.lost()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def _sound(data: bytes, line: StreamLine) -> None:
    if len(data) != _FRAME_BYTES:
        raise StreamRefused("sound that is no frame", provider="browser", close=1007)
    line.heard(encode_mulaw(np.frombuffer(data, dtype="<i2").astype(np.int16)))


def _done(text: str, line: StreamLine, ring: StreamRing) -> None:
    """Take a key of the caller's, or what is done at the handset."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StreamRefused("a message that is no JSON", provider="browser", close=1007) from error
    if not isinstance(message, dict):
        return
    key, done = message.get("press"), message.get("handset")
    if isinstance(key, str) and len(key) == 1:
        line.pressed(key)
    if isinstance(done, str) and done:
        ring.on_handset(done)
