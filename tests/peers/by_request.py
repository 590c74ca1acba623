"""Calls by requests between a carrier that obeys and a line, over real HTTP on loopback; no model and no voice."""

from __future__ import annotations

import functools
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import numpy as np
from aiohttp import web
from tests.peers.obeying import ACCOUNT, PUBLIC, TOKEN, Clock, Obedient

from nightbell.audio.frame import Samples
from nightbell.call.compile import Plan, compile_flow
from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.conversation.by_request.happening import Parts
from nightbell.conversation.world import Escalated, Past, Transferred
from nightbell.errors import SynthesisFailed
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.line.dialler import RingOrder
from nightbell.line.webhook.back import Back
from nightbell.line.webhook.endpoint import WebhookConfig, WebhookEndpoint
from nightbell.line.webhook.legs import Legs, RestDialler
from nightbell.line.webhook.rest import CarrierRest
from nightbell.reception.admission import Admission
from nightbell.reception.correspondents import Correspondents
from nightbell.reception.directory import Directory, Entry
from nightbell.reception.left_messages import LeftMessages
from nightbell.reception.live import LiveCall
from nightbell.reception.messages import Messages
from nightbell.reception.meter import Meter
from nightbell.reception.port import Ring
from nightbell.reception.reception import CallLimits, Reception
from nightbell.reception.request_meter import RequestMeter
from nightbell.reception.web import WebConfig, WebServer
from nightbell.records.port import Records
from nightbell.records.recordings import Recorder
from nightbell.rehearsal.requested.meeting import MeetingWorld
from nightbell.rehearsal.staged import Stage, nobody
from nightbell.rehearsal.world import clinic_world
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise
from nightbell.terms.segment import Segment
from nightbell.testing.records import MemoryRecords

__all__ = ["CALLER", "NIGHT", "Exchange", "Line", "Outside", "Spoken", "line_of", "shipped"]

ROOT: Final = Path(__file__).parents[2]
NIGHT: Final = Instant.parse("2026-11-21T22:40:00+00:00")
CALLER: Final = "+447700900123"
PERSON: Final = "+447700900799"
_CHAR_MS: Final = 55
"""About how long a letter takes to say."""
_LOUD: Final = 1_000
"""Loud enough to be heard."""


@functools.cache
def shipped(name: str) -> Flow:
    """Return a flow that is shipped."""
    return load_flow(ROOT / "flows" / name)


_PLANS: dict[str, Plan] = {}


def _plan(flow: Flow) -> Plan:
    return _PLANS.setdefault(flow.hash, compile_flow(flow)) if flow.hash not in _PLANS else _PLANS[flow.hash]


@dataclass
class Spoken:
    """A voice whose samples tell which prompt they belong to, and last as long as its words."""

    failing: set[str] = field(default_factory=set)
    known: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        """See the port."""
        if prompt in self.failing:
            raise SynthesisFailed("told to fail", provider="test")
        return self._sound(prompt, " ".join(segment.text for segment in segments))

    def safe_words(self) -> Samples:
        """See the port."""
        return self._sound("safe_words", "x" * 150)

    def _sound(self, prompt: str, words: str) -> Samples:
        if prompt not in self.known:
            self.known.append(prompt)
        self.words[prompt] = words
        return np.full(max(len(words), 10) * _CHAR_MS * 8, self.known.index(prompt) + _LOUD, np.int16)

    def name(self, samples: Samples) -> str:
        """Return which prompt a sound is; the tone before a message is none."""
        same = len(set(samples[:200].tolist())) == 1
        return self.known[int(samples[0]) - _LOUD] if same and samples[0] >= _LOUD else "tone"


@dataclass
class Outside:
    """A world that answers at once; what becomes of a page is told by the test."""

    hours_: str = "closed"
    pages: list[Escalate] = field(default_factory=list)
    ring_backs: list[RingBack] = field(default_factory=list)
    notes: list[Notify] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    past_: Past = field(default_factory=Past)
    changes: Any = None
    transferred: Any = None

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """See the port."""
        del clinic, caller, before
        return self.past_

    async def hours(self, now: Instant) -> Any:
        """See the port."""
        del now
        return self.hours_

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """See the port."""
        del disposition
        by = now.plus(ms=1_800_000)
        return Promise(who="a clinician", from_number="+442079460123", by=by, by_spoken="ten past eleven")

    async def notify(self, effect: Notify) -> bool:
        """See the port."""
        self.notes.append(effect)
        return True

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the port."""
        self.pages.append(effect)
        return Escalated(changes=self.changes() if self.changes is not None else None)

    async def transfer(self, effect: Transfer) -> Transferred:
        """See the port."""
        self.dialled.append(effect.to)
        if self.transferred is not None:
            found: Transferred = await self.transferred()
            return found
        return Transferred(outcome="no_answer")

    async def ring_back(self, effect: RingBack) -> None:
        """See the port."""
        self.ring_backs.append(effect)


@dataclass
class Exchange:
    """The carrier's REST API: what was placed and what was put down, in order."""

    placed: list[dict[str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    status: int = 201
    recording: bytes = b""
    late: int = 0
    """So often a recording is not there yet."""
    deleted: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """Recordings that it lists, and whose call each is of."""
    fetched_back: list[tuple[str, str]] = field(default_factory=list)
    """Calls that it was told to ask about again, and where."""
    over: set[str] = field(default_factory=set)
    """Calls that it has no more."""
    in_progress: set[str] = field(default_factory=set)
    """Calls that it still has."""
    listed: int = 0
    """How often it was asked what it has."""
    refusing: int = 0
    """So often it does not end or ask again."""
    clock: Clock | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        here = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
        there = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{{sid}}"
        calls = [
            web.get(here + ".json", self.progress),
            web.get(here + "/{sid}.json", self.about),
            web.post(here + ".json", self.place),
            web.post(here + "/{sid}.json", self.end),
        ]
        listed = web.get(f"/2010-04-01/Accounts/{ACCOUNT}/Recordings.json", self.listing)
        return [*calls, listed, web.get(there + ".wav", self.fetch), web.delete(there + ".json", self.delete)]

    async def about(self, request: web.Request) -> web.Response:
        """Tell what became of a call."""
        sid = request.match_info["sid"].removesuffix(".json")
        return web.json_response({"sid": sid, "status": "completed" if sid in self.over else "in-progress"})

    async def progress(self, request: web.Request) -> web.Response:
        """Tell which calls it has."""
        assert request.query["Status"] == "in-progress"
        if self.status >= 300:
            return web.json_response({"code": 20003}, status=self.status)
        page = [{"sid": sid, "status": "in-progress"} for sid in sorted(self.in_progress)]
        return web.json_response({"calls": page if request.query["Page"] == "0" else []})

    async def listing(self, request: web.Request) -> web.Response:
        """Tell what is recorded, as far as it is asked for."""
        assert self.clock is not None
        self.listed += 1
        since = request.query["DateCreated>"]
        assert len(since) == len("2026-11-21")
        if self.status >= 300:
            return web.json_response({"code": 20003}, status=self.status)
        now = format_datetime(self.clock.now.datetime())
        page = [
            {"sid": sid, "call_sid": call, "start_time": now, "status": "completed"}
            for sid, call in self.held.items()
        ]
        return web.json_response({"recordings": page if request.query["Page"] == "0" else []})

    async def fetch(self, request: web.Request) -> web.Response:
        """Give a recording."""
        del request
        self.late -= 1
        return web.Response(status=404) if self.late >= 0 else web.Response(body=self.recording)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one."""
        self.deleted.append(request.match_info["sid"])
        self.held.pop(request.match_info["sid"], None)
        return web.Response(status=204)

    async def place(self, request: web.Request) -> web.Response:
        """Place a leg."""
        basic = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        assert request.headers["Authorization"] == f"Basic {basic}"
        if self.status >= 300:
            return web.json_response({"code": 20003}, status=self.status)
        self.placed.append({name: str(value) for name, value in (await request.post()).items()})
        return web.json_response({"sid": f"CAleg{len(self.placed)}", "status": "queued"}, status=201)

    async def end(self, request: web.Request) -> web.Response:
        """End one, or ask about it again."""
        told, sid = await request.post(), request.match_info["sid"].removesuffix(".json")
        self.refusing -= 1
        if self.refusing >= 0:
            return web.json_response({"code": 20500}, status=500)
        if sid in self.over:
            return web.json_response({"code": 21220}, status=400)
        if "Url" in told:
            self.fetched_back.append((sid, str(told["Url"])))
        else:
            assert told["Status"] == "completed"
            self.ended.append(sid)
        return web.json_response({})


@dataclass
class Line:
    """Both ends."""

    here: str
    """Where it is: http://127.0.0.1:PORT"""
    carrier: Obedient
    calls: Correspondents
    reception: Reception
    records: Records
    world: Any
    spoken: Spoken
    clock: Clock
    closed: list[str]
    exchange: Exchange
    legs: Legs
    left: LeftMessages | None
    meter: Meter

    async def record(self) -> Any:
        """Return the only call that there is."""
        (one,) = await self.records.calls()
        return one


async def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("no call by sound")


@asynccontextmanager
async def line_of(
    flow: Flow,
    *,
    speech: dict[str, str] | None = None,
    records: Records | None = None,
    world: Any = None,
    clock: Clock | None = None,
    spoken: Spoken | None = None,
    most: int = 50,
    recorder: Recorder | None = None,
    exchange: Exchange | None = None,
    stage: Stage = nobody,
    api_of: str = "",
) -> AsyncIterator[Line]:
    """Open both ends; ``stage`` gives the outside of calls that are rehearsed, ``api_of`` another API."""
    records, world, clock = records or MemoryRecords(), world or Outside(), clock or Clock(NIGHT)
    spoken, plan, closed, meter = spoken or Spoken(), _plan(flow), [], Meter()
    entry = Entry(flow=flow, folder=ROOT / "flows" / flow.clinic.name, draft=False)
    reception = Reception(
        Directory([entry]),
        admission=Admission(most=most, retry_after_s=5),
        line_of=_never,  # type: ignore[arg-type]
        taker=_never,  # type: ignore[arg-type]
        meter=meter,
        limits=CallLimits(stalled_s=5, dead_air_s=5, stop_s=5),
    )

    async def parts(clinic: str, version: str, _entry: Entry | None, ring: Ring | None) -> Parts | None:
        if (clinic, version) != (flow.clinic.name, flow.hash):
            return None
        staged = stage(LiveCall(call="", entry=entry, ring=ring))
        made = Parts(
            plan=plan,
            prompts=spoken,
            records=records,
            world=world,
            clock=clock,
            safe_text="Hang up and dial the emergency number.",
            speech=speech or {},
            messages=messages,
            back=Back(rest, PUBLIC, waits_s=(0.02,)),
        )
        if staged is None:
            return made
        outside = MeetingWorld(staged.world(clinic_world(flow, records)), person)
        return replace(made, world=outside, clock=staged.clock, observers=staged.observers, over=staged.over)

    async def person() -> Any:
        people = RestDialler(legs, {"person": PERSON}, sender=flow.clinic.number)
        order = RingOrder(person="person", whisper=np.full(8_000, _LOUD, np.int16), ring_s=20, answer_s=20)
        return (await people.ring(order)).leg

    async def close(call: str) -> None:
        closed.append(call)

    config = WebhookConfig(token=TOKEN, account=ACCOUNT, public_url=PUBLIC)
    served = WebConfig(listen="127.0.0.1:0", requests_per_s=10_000, burst=10_000, request_s=60)
    exchange = exchange or Exchange()
    exchange.clock = clock
    api = WebServer(served, exchange.routes(), ready=lambda: True)
    await api.start()
    figures = RequestMeter(meter.registry, live=lambda: len(reception.by_request))
    rest = CarrierRest(
        api_of or f"http://{api.address}",
        account=ACCOUNT,
        token=TOKEN,
        country=flow.clinic.country,
        told=figures.asked,
    )
    legs = Legs(config, rest, clock=lambda: clock.now.ms / 1000)

    def seconds() -> float:
        return clock.now.ms / 1000

    messages = Messages(rest, recorder, waits_s=(0, 0, 0)) if recorder is not None else None
    left = LeftMessages(rest, records, messages, clock=seconds, now=lambda: clock.now) if messages else None
    calls = Correspondents(
        reception,
        records,
        parts=parts,
        close=close,
        left=left,
        alive=rest.live,
        ended=figures.ended,
        reads_s=(0, 0),
        clock=seconds,
    )
    await calls.adopt()
    routes = WebhookEndpoint(config, calls, legs=legs.sound).routes() + legs.routes()
    server = WebServer(served, figures.metered(routes), ready=lambda: True)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            carrier = Obedient(session, f"http://{server.address}", clock, spoken.name)
            yield Line(
                f"http://{server.address}",
                carrier,
                calls,
                reception,
                records,
                world,
                spoken,
                clock,
                closed,
                exchange,
                legs,
                left,
                meter,
            )
    finally:
        await server.close()
        if messages is not None:
            await messages.aclose()
        await rest.aclose()
        await api.close()
