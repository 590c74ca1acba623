"""CarrierExchange: a carrier's REST API and the people whom it rings, for rehearsals and tests.

It does what a carrier does and no more: a leg that is placed asks its addresses, signed, and obeys what it is
answered. Who answers it hears the whisper out and presses 1; in a conference they wait for the caller. Nobody of
flesh and blood is rung: it listens on loopback alone, and knows no telephone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

from nightbell.audio.dtmf import tone
from nightbell.audio.wav import wav_bytes
from nightbell.errors import LineFailed, NightbellError
from nightbell.line.webhook.carrier import RequestedCall
from nightbell.line.webhook.told import Gather, Join, Redirect

if TYPE_CHECKING:
    from nightbell.line.media_stream.carrier import Carrier
    from nightbell.line.webhook.told import Told

__all__ = ["CarrierExchange"]

_log = structlog.get_logger(__name__)

_LINE: Final = "webhook"
_HERE: Final = "127.0.0.1"
_COMES_S: Final = 10.0
"""Longest that somebody who was sent to a conference waits until the other one is there."""
_MOST_TURNS: Final = 20
"""What a leg is told to do before it is in a conference, at most."""


@dataclass(slots=True, eq=False)
class _Leg:
    """One person's."""

    call: RequestedCall
    url: str
    status_url: str
    room: str = ""
    there: asyncio.Event = field(default_factory=asyncio.Event)
    """They are in their room, or never will be."""
    over: asyncio.Event = field(default_factory=asyncio.Event)


class CarrierExchange:
    """One account's, on one line."""

    def __init__(self) -> None:
        self.rung = 0
        """People who were rung."""
        self.met = 0
        """Of them, those whom a caller met."""
        self.recorded: set[str] = set()
        """Recordings that it had."""
        self.deleted: set[str] = set()
        """Of them, those that were fetched, and then deleted."""
        self._lasts_ms: dict[str, int] = {}
        self._line: tuple[Carrier, str] | None = None
        self._legs: dict[str, _Leg] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def waiting(self) -> int:
        """People who are in a conference at this moment."""
        return sum(bool(leg.room) for leg in self._legs.values())

    async def start(self) -> str:
        """Listen; return the address of the API."""
        here = "/2010-04-01/Accounts/{account}"
        app = web.Application()
        app.add_routes(
            [
                web.post(here + "/Calls.json", self._place),
                web.post(here + "/Calls/{sid}.json", self._change),
                web.get(here + "/Calls.json", self._nothing),
                web.get(here + "/Recordings.json", self._nothing),
                web.get(here + "/Recordings/{sid}.wav", self._recording),
                web.delete(here + "/Recordings/{sid}.json", self._delete),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HERE, 0).start()
        return f"http://{_HERE}:{self._runner.addresses[0][1]}"

    def serves(self, carrier: Carrier, public: str) -> None:
        """Take the line that legs ask, and what it is called."""
        self._line = carrier, public

    async def aclose(self) -> None:
        """Put everybody down, and stop; safe to repeat."""
        for leg in self._legs.values():
            leg.over.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def meets(self, room: str) -> None:
        """Bring a caller into a conference. Raises LineFailed: nobody waits for them there."""
        try:
            async with asyncio.timeout(_COMES_S):
                while not any(leg.room == room for leg in self._legs.values()):
                    coming = [leg.there.wait() for leg in self._legs.values() if not leg.there.is_set()]
                    if not coming:
                        raise LineFailed("a caller is sent to a conference where nobody waits", provider=_LINE)
                    await _first(coming)
        except TimeoutError as error:
            raise LineFailed("nobody comes to a conference in time", provider=_LINE) from error
        self.met += 1

    async def leaves(self, room: str) -> None:
        """Have the person in a conference put their telephone down, and the line told of it."""
        for leg in [leg for leg in self._legs.values() if leg.room == room]:
            await self._end(leg)

    async def nobody_waits(self, *, within_s: float = _COMES_S) -> None:
        """Wait until nobody is in a conference any more. Raises LineFailed: somebody was left alone there."""
        try:
            async with asyncio.timeout(within_s):
                while waiting := [leg for leg in self._legs.values() if leg.room]:
                    await _first([leg.over.wait() for leg in waiting])
                    await asyncio.sleep(0)
        except TimeoutError as error:
            raise LineFailed("a person is left alone in a conference", provider=_LINE) from error

    def keeps(self, sid: str, lasts_ms: int) -> None:
        """Have a recording to be fetched: a tone of that length."""
        self.recorded.add(sid)
        self._lasts_ms[sid] = lasts_ms

    async def _recording(self, request: web.Request) -> web.Response:
        lasts_ms = self._lasts_ms.get(request.match_info["sid"])
        if lasts_ms is None:
            return web.json_response({"code": 20404}, status=404)
        return web.Response(body=wav_bytes(tone("5", lasts_ms)), content_type="audio/wav")

    async def _delete(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        if self._lasts_ms.pop(sid, None) is None:
            return web.json_response({"code": 20404}, status=404)
        self.deleted.add(sid)
        return web.Response(status=204)

    async def _place(self, request: web.Request) -> web.Response:
        form = await request.post()
        wanted = ("To", "From", "Url", "StatusCallback", "Method", "Timeout")
        if self._line is None or any(not form.get(name) for name in wanted):
            return web.json_response({"code": 21201}, status=400)
        carrier, public = self._line
        call = RequestedCall(carrier, public, caller=str(form["From"]), called=str(form["To"]), name="")
        leg = self._legs[call.sid] = _Leg(call, str(form["Url"]), str(form["StatusCallback"]))
        self.rung += 1
        task = asyncio.create_task(self._answers(leg), name="person")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.json_response({"sid": call.sid, "status": "queued"}, status=201)

    async def _change(self, request: web.Request) -> web.Response:
        form, leg = await request.post(), self._legs.get(request.match_info["sid"])
        if leg is not None and form.get("Status") == "completed":
            leg.over.set()
        return web.json_response({"sid": request.match_info["sid"]})

    async def _nothing(self, request: web.Request) -> web.Response:
        """Tell that there are none."""
        del request
        found: dict[str, Any] = {"calls": [], "recordings": []}
        return web.json_response(found)

    async def _answers(self, leg: _Leg) -> None:
        """Be a person who takes the call."""
        try:
            told = await leg.call.ask(leg.url, {})
            for _ in range(_MOST_TURNS):
                if isinstance(told, Join):
                    leg.room = told.room
                    leg.there.set()
                    await leg.over.wait()
                    break
                if not isinstance(told, Gather | Redirect) or leg.over.is_set():
                    break
                told = await self._next(leg, told)
            await self._end(leg)
        except NightbellError as error:
            _log.error("person_not_served", code=error.code, why=error.message)
        finally:
            leg.there.set()
            leg.over.set()
            self._legs.pop(leg.call.sid, None)

    async def _next(self, leg: _Leg, told: Gather | Redirect) -> Told:
        """Hear the words to their end, press 1, and ask on."""
        if isinstance(told, Redirect) or not told.play:
            return await leg.call.ask(told.next, {})
        if not len(await leg.call.fetch(told.play)):
            raise LineFailed("a whisper without words", provider=_LINE)
        return await leg.call.ask(told.next, {"Digits": "1"})

    async def _end(self, leg: _Leg) -> None:
        """Tell once that a leg is over."""
        if self._legs.pop(leg.call.sid, None) is None:
            return
        leg.room = ""
        await leg.call.tell(leg.status_url, {"CallStatus": "completed"})
        leg.over.set()


async def _first(waits: list[Any]) -> None:
    """Wait for the first of some."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
