"""StreamEndpoint: the webhooks of a carrier's calls, and the WebSocket that brings each call's sound.

``/twilio/voice`` announces a call and is told where to stream; ``/twilio/after`` is asked once a stream is over,
whoever ended it: a call that lives goes on where it stood, over another stream, one that is over is put down. Both
and the handshake of ``/twilio/stream/TICKET`` must be signed; what is not gets 403 and touches nothing. Which
clinic, and whether the call is taken, others decide. It keeps no number longer than the call is remembered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web

from nightbell.errors import StreamRefused
from nightbell.line.media_stream import twiml
from nightbell.line.media_stream.calls import CarrierCall, CarrierCalls
from nightbell.line.media_stream.forms import SIGNATURE, SignedForms, elsewhere, xml
from nightbell.line.media_stream.protocol import MOST_CHARS, Reader, Started
from nightbell.line.media_stream.signature import is_signed
from nightbell.line.media_stream.stream import Stream
from nightbell.line.rtp.ticker import Ticker
from nightbell.line.stream.line import StreamLine
from nightbell.line.stream.ring import Rings, StreamRing, withheld

__all__ = ["CarrierConfig", "StreamEndpoint"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierConfig:
    """What is known of the carrier."""

    token: str
    """The account's secret, which requests are signed with."""
    account: str
    """The account's id; "" takes any that the signature vouches for."""
    public_url: str
    """What the carrier calls us, without a slash at the end: https://line.example.org"""
    media_timeout_s: float
    """Sound missing for so long ends a call; so long, too, may another stream take to come."""
    source: str = ""
    """Where its calls are taken to come from; only a line that is served for a rehearsal says this machine."""
    start_s: float = 5.0
    """Longest from the handshake to the start message."""


class StreamEndpoint:
    """Takes a carrier's calls."""

    def __init__(
        self,
        config: CarrierConfig,
        ticker: Ticker,
        *,
        rings: Callable[[StreamRing], Awaitable[None]],
        refuses: Callable[[StreamRing], int],
        too_fast: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        """Take what decides about calls.

        Args:
            config: the carrier.
            ticker: serves the sound of every call.
            rings: takes a call whose stream has begun; returns when it is picked up or refused.
            refuses: tells how a call would be refused, as a SIP status; 0 takes it.
            too_fast: tells for a source after how many seconds it may try again; None lets it in.
        """
        self.config = config
        self.calls = CarrierCalls()
        self._forms = SignedForms(config.token, config.account, config.public_url)
        self.live = 0
        """Streams that are open."""
        self._ticker = ticker
        self._rings = Rings(rings)
        self._refuses = refuses
        self._too_fast = too_fast

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [
            web.post("/twilio/voice", self.voice),
            web.post("/twilio/after", self.after),
            web.get("/twilio/stream/{ticket}", self.stream),
        ]

    async def voice(self, request: web.Request) -> web.Response:
        """Take the announcement of a call."""
        form = await self._forms.read(request)
        known = self.calls.find(form["CallSid"])
        if known is not None and known.over:
            return xml(twiml.hang_up())
        if known is None:
            wait_s = self._too_fast("carrier")
            if wait_s is not None:
                raise elsewhere(wait_s)
        return self._connect(form)

    async def after(self, request: web.Request) -> web.Response:
        """Tell what comes after a stream."""
        form = await self._forms.read(request)
        known = self.calls.find(form["CallSid"])
        if known is not None and known.over:
            return xml(twiml.hang_up())
        return self._connect(form)  # its stream broke, or this process began anew: the caller is still there

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Take a stream."""
        signature = request.headers.get(SIGNATURE, "")
        address = self.config.public_url + request.raw_path
        socketed = f"ws{address.removeprefix('http')}"
        good = [is_signed(self.config.token, signature, one) for one in (socketed, address)]
        call = self.calls.redeem(request.match_info["ticket"]) if any(good) else None
        if call is None:
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(max_msg_size=MOST_CHARS, compress=False, timeout=1.0)
        await socket.prepare(request)
        self.live += 1
        try:
            await self._follow(socket, call)
        finally:
            self.live -= 1
        return socket

    def _connect(self, form: Mapping[str, str]) -> web.Response:
        caller = None if withheld(form.get("From", "")) else form["From"]
        call = self.calls.announce(
            form["CallSid"], caller=caller, called=form.get("To", ""), display=form.get("CallerName", "")
        )
        if call.line is None:
            code = self._refuses(self._ring(call))
            if code == web.HTTPNotFound.status_code:
                return xml(twiml.reject())
            if code:
                raise elsewhere(5)
            call.refused = False
        public = self.config.public_url
        stream = f"ws{public.removeprefix('http')}/twilio/stream/{self.calls.ticket(call)}"
        return xml(twiml.connect(stream, f"{public}/twilio/after"))

    async def _follow(self, socket: web.WebSocketResponse, call: CarrierCall) -> None:
        stream = Stream(socket, Reader(), start_s=self.config.start_s)
        try:
            started = await stream.started()
            if started is not None:
                self._hold(started, call)
                await stream.carry(self._line(call, stream))
        except StreamRefused as error:
            _log.warning("stream_refused", code=error.code, why=error.message)
            await socket.close(code=error.close, message=error.message.encode())

    def _hold(self, started: Started, call: CarrierCall) -> None:
        """Hold a start against the call that its ticket is for. Raises StreamRefused."""
        if started.call != call.sid or self.config.account not in {"", started.account}:
            raise StreamRefused("another call than announced", provider="media_stream")

    def _line(self, call: CarrierCall, stream: Stream) -> StreamLine:
        wire = stream.wire
        if call.line is not None:
            _log.info("stream_again")
            call.line.attach(wire)
            return call.line
        line = call.line = StreamLine(
            "media_stream",
            self._ticker,
            wire,
            caller=call.caller,
            called=call.called,
            media_timeout_s=self.config.media_timeout_s,
        )

        def refused(_code: int) -> None:
            call.refused = True

        line.on_over = call.ended
        self._rings.begin(self._ring(call), line, refused)  # it outlives this stream where another follows
        return line

    def _ring(self, call: CarrierCall) -> StreamRing:
        return StreamRing(
            id=call.sid,
            caller=call.caller,
            called=call.called,
            display=call.display,
            source=self.config.source,
        )
