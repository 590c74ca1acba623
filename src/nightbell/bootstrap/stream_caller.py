"""Bootstrap of a caller over a stream: our own end of a media stream or of a PBX, for rehearsals and tests.

It calls one line on this machine, as a carrier or as a PBX would: announced over HTTP, then its sound. A carrier
that asks by requests alone is opened here too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias
from uuid import UUID

import aiohttp

from nightbell.audio.frame import SILENCE
from nightbell.audio.g711 import decode_mulaw
from nightbell.errors import LineFailed
from nightbell.line.audio_socket.pbx import connect, register
from nightbell.line.browser.caller import PageCall, open_page
from nightbell.line.browser.links import signed
from nightbell.line.chan_websocket.pbx import open_media
from nightbell.line.media_stream.carrier import Carrier
from nightbell.line.port import Tick
from nightbell.line.webhook.carrier import RequestedCall

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.webhook.exchange import CarrierExchange

__all__ = [
    "Over",
    "PagePhone",
    "Place",
    "Requests",
    "StreamPhone",
    "carrier_calls",
    "media_calls",
    "page_calls",
    "pbx_calls",
    "request_calls",
]

Over: TypeAlias = Literal["media_stream", "audiosocket", "chan_websocket"]
Place: TypeAlias = Callable[[str | None, str], Awaitable["StreamPhone"]]
"""Given the caller's number and the name to show, places a call."""
Requests: TypeAlias = Callable[[str | None, str], RequestedCall]
"""Given the same, gives a carrier's end of a call that nobody was asked about yet."""


_LINK_S: Final = 3600


class _End(Protocol):
    """What both ends have in common."""

    def say(self, samples: Frame) -> None: ...

    async def talk(self) -> None: ...

    async def hang_up(self) -> None: ...


class StreamPhone:
    """A call that was placed; the Phone of ``rehearsal.telephone``."""

    def __init__(self, end: _End, call_id: str, press: Callable[[str], Awaitable[None]]) -> None:
        self.call_id = call_id
        """What the line's end of the call is found by."""
        self._end = end
        self._press = press
        self._heard: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._tasks = {asyncio.ensure_future(self._talk())}

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield what is heard, 20 ms at a time."""
        number = 0
        while True:
            frame = await self._heard.get()
            gone: Literal["", "caller"] = "" if frame is not None else "caller"
            yield Tick(number=number, frame=frame if frame is not None else SILENCE, gone=gone)
            number += 1
            if gone:
                return

    def take(self, frame: Frame) -> None:
        """Take 20 ms that were heard."""
        self._heard.put_nowait(frame)

    def play(self, frame: Frame) -> None:
        """Send 20 ms."""
        self._end.say(frame)

    def press(self, keys: str) -> None:
        """Send keys."""
        self._spawn(self._pressing(keys))

    async def hang_up(self) -> None:
        """Put it down."""
        await self._end.hang_up()

    async def _pressing(self, keys: str) -> None:
        for key in keys:
            await self._press(key)

    async def _talk(self) -> None:
        try:
            await self._end.talk()
        finally:
            self._heard.put_nowait(None)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class PagePhone(StreamPhone):
    """A call from the phone page; the PagePhone of ``rehearsal.browsed.page``."""

    def __init__(self, call: PageCall, name: str) -> None:
        super().__init__(call, name, call.press)
        self._call = call
        call.on_tick = self.take

    @property
    def told(self) -> Sequence[tuple[str, str]]:
        """What the page was told so far: who, and what."""
        return self._call.told

    @property
    def handset(self) -> str:
        """How the handset stands."""
        return self._call.handset

    async def do(self, what: str) -> None:
        """Do something at the handset."""
        await self._call.do(what)


@asynccontextmanager
async def carrier_calls(here: str, public: str, *, token: str, account: str, called: str) -> AsyncIterator[Place]:
    """Open a carrier that calls one number of a line.

    Args:
        here: where the line is: http://127.0.0.1:8070
        public: what it is called.
        token: what requests are signed with.
        account: whose calls these are.
        called: the number.
    """
    async with aiohttp.ClientSession() as session:
        carrier = Carrier(session, here, public, token=token, account=account)

        async def place(number: str | None, display: str) -> StreamPhone:
            call = carrier.call(number or "anonymous", called, name=display)
            try:
                stream = await call.stream()
            except (LookupError, aiohttp.ClientError) as error:
                raise LineFailed("the line did not take the call", provider="media_stream") from error
            phone = StreamPhone(stream, call.form["CallSid"], stream.press)
            stream.on_tick = lambda sound: phone.take(decode_mulaw(sound))
            return phone

        yield place


@asynccontextmanager
async def request_calls(
    here: str, public: str, *, token: str, account: str, called: str, exchange: CarrierExchange | None = None
) -> AsyncIterator[Requests]:
    """Open a carrier that asks a line by requests alone; see ``carrier_calls``.

    ``exchange`` is where it rings people for the line; None where it rings nobody.
    """
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        carrier = Carrier(session, here, public, token=token, account=account)
        if exchange is not None:
            exchange.serves(carrier, public)

        def place(number: str | None, display: str) -> RequestedCall:
            return RequestedCall(carrier, public, caller=number, called=called, name=display)

        yield place


@asynccontextmanager
async def pbx_calls(here: str, sound: str, *, key: str, called: str) -> AsyncIterator[Place]:
    """Open a PBX that calls one number of a line over AudioSocket.

    Args:
        here: where the line is registered at: http://127.0.0.1:8070
        sound: HOST:PORT of its AudioSocket.
        key: what registering asks for.
        called: the number.
    """

    async def place(session: aiohttp.ClientSession, name: UUID) -> StreamPhone:
        del session
        call = await connect(sound, name)

        async def press(keyed: str) -> None:
            call.press(keyed)

        phone = StreamPhone(call, str(name), press)
        call.on_tick = phone.take
        return phone

    async with _announced(here, "audiosocket", place, key=key, called=called) as placing:
        yield placing


@asynccontextmanager
async def media_calls(here: str, *, key: str, called: str) -> AsyncIterator[Place]:
    """Open a PBX that calls one number of a line over chan_websocket; see ``pbx_calls``."""

    async def place(session: aiohttp.ClientSession, name: UUID) -> StreamPhone:
        try:
            call = await open_media(session, here, name)
        except aiohttp.ClientError as error:
            raise LineFailed("the line did not take the call", provider="chan_websocket") from error
        phone = StreamPhone(call, str(name), call.press)
        call.on_tick = phone.take
        return phone

    async with _announced(here, "chan_websocket", place, key=key, called=called) as placing:
        yield placing


@asynccontextmanager
async def _announced(
    here: str,
    over: Over,
    place: Callable[[aiohttp.ClientSession, UUID], Awaitable[StreamPhone]],
    *,
    key: str,
    called: str,
) -> AsyncIterator[Place]:
    """Give what announces a call as a dial plan does, and then brings its sound."""
    async with aiohttp.ClientSession() as session:

        async def announced(number: str | None, display: str) -> StreamPhone:
            status, name = await register(session, here, key, caller=number or "", called=called, name=display)
            if status != 200:
                raise LineFailed("the line did not take the call", provider=over, hint=f"it said {status}")
            return await place(session, UUID(name))

        yield announced


@asynccontextmanager
async def page_calls(here: str, *, word: str, clinic: str) -> AsyncIterator[Callable[[str], Awaitable[PagePhone]]]:
    """Open a browser that calls one clinic of a line from its phone page, each call by a link of its own.

    Args:
        here: where the line is: http://127.0.0.1:8070
        word: what links are signed with.
        clinic: its name.
    """
    async with aiohttp.ClientSession() as session:

        async def place(name: str) -> PagePhone:
            link = signed(word, until_s=round(time.time()) + _LINK_S, calls=1, clinic=clinic, name=name)
            try:
                return PagePhone(await open_page(session, here, link), name)
            except aiohttp.ClientError as error:
                raise LineFailed("the line did not take the call", provider="browser") from error

        yield place
