"""Bootstrap of a line that takes calls over SIP: agent, ports, registrations and reception, joined and taken down.

The half of ``bootstrap`` that talks to the telephone network: it too chooses adapters, and holds no rule of its
own.
A call's own parts still come from ``Nightbell.take``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from nightbell.bootstrap.by_request import correspondents, open_carrier
from nightbell.bootstrap.http import OpenHttp, open_http
from nightbell.bootstrap.nightbell import Nightbell
from nightbell.bootstrap.paging import Followed, open_paging
from nightbell.bootstrap.ringing import Ringing, guard_of
from nightbell.bootstrap.rings import SipRing, line_maker
from nightbell.bootstrap.self_test import name_in
from nightbell.bootstrap.trunk import account_out, agent_config, registration
from nightbell.bootstrap.trying import try_call
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.world import World
from nightbell.errors import NightbellError
from nightbell.line.port import Line
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.rtp.quality import Quality
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.registering import Registration
from nightbell.reception.admission import Admission
from nightbell.reception.directory import Directory, Entry
from nightbell.reception.last_words import say_last_words
from nightbell.reception.live import LiveCall, WatchedLine
from nightbell.reception.meter import Meter
from nightbell.reception.pace import Pace, Rates
from nightbell.reception.reception import CallLimits, Reception
from nightbell.rehearsal.staged import Stage, nobody
from nightbell.settings import Settings

__all__ = ["OpenLine", "open_line"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A line that takes calls."""

    reception: Reception
    agent: SipAgent
    engine: RtpEngine
    meter: Meter
    web: OpenHttp
    """Where HTTP and AudioSocket are spoken."""
    registrations: tuple[Registration, ...] = ()

    @property
    def listens(self) -> tuple[str, ...]:
        """Where SIP is spoken, as ``udp:127.0.0.1:5060``."""
        found = []
        for binding in self.agent.config.bindings:
            host, port = self.agent.address(binding.transport)
            found.append(f"{binding.transport}:{host}:{port}")
        return tuple(found)

    @property
    def held(self) -> dict[str, int]:
        """What is held for calls, by kind; all 0 when the last one is over."""
        return {**self.agent.held, "legs": self.engine.legs, "calls": len(self.reception.calls)}

    async def drain(self, *, within_s: float) -> None:
        """Take no new calls and let the live ones finish; OPTIONS are told 503 from the first moment on."""
        self.agent.ready = False
        await self.reception.drain(within_s=within_s)


def _alone(world: World, *, meets: bool = True) -> World:
    del meets
    return world


@dataclass(slots=True)
class _Calls:
    """The Taker port: Nightbell's own conversation over a line of this room."""

    night: Nightbell
    meter: Meter
    ringing: Ringing
    stage: Stage = nobody
    followed: Followed = _alone
    """Has what becomes of a page told to the caller who waits; where nobody is on duty, nothing is told."""

    async def __call__(self, line: Line, live: LiveCall) -> Outcome:
        """See the port."""
        if live.test:
            return await try_call(self.night, line, live, self.stage(live))
        flow = live.entry.flow
        watch = self.meter.watch()
        staged = self.stage(live)
        world = self.night.world_of(flow)

        def started(conversation: Conversation) -> None:
            live.give_up = conversation.give_up
            live.connected = lambda: conversation.connected
            live.backlog_ms = lambda: conversation.backlog_ms

        told = ""
        try:
            outcome = await self.night.take(
                line,
                flow,
                call=live.call,
                clock=staged.clock if staged else None,
                world=staged.world(world) if staged else self.followed(await self._ringing_world(world, live)),
                observers=(live, watch, *(staged.observers if staged else ())),
                keep_audio=staged is None,
                started=started,
            )
            told = outcome.disposition.value
            return outcome
        finally:
            watch.over()
            self._heard(line)
            if staged is not None:
                staged.over(told)

    async def _ringing_world(self, world: World, live: LiveCall) -> World:
        """Return the clinic's world whose transfers ring; a whisper that cannot be spoken costs that alone."""
        try:
            return await self.ringing.world(world, live.entry)
        except NightbellError as error:
            _log.error("nobody_can_be_rung", call=live.call, code=error.code)
            return world

    def _heard(self, line: Line) -> None:
        inner = line.inner if isinstance(line, WatchedLine) else line
        quality = getattr(inner, "quality", None)
        if isinstance(quality, Quality):
            mos = quality.mos if quality.received else None
            self.meter.heard(received=quality.received, lost=quality.lost + quality.late, mos=mos)

    async def rescue(self, line: Line, live: LiveCall) -> None:
        """See the port."""
        await say_last_words(line, self.night.safe_words(live.entry.flow))
        await self.night.close_interrupted(live.call)

    async def prepare(self, entry: Entry) -> None:
        """See the port."""
        await self.night.prepare(entry.flow, entry.folder)


@asynccontextmanager
async def open_line(
    settings: Settings,
    night: Nightbell,
    directory: Directory,
    *,
    stage: Stage = nobody,
    run: Path | None = None,
) -> AsyncIterator[OpenLine]:
    """Open the line for a directory whose flows are prepared; what comes in is taken from here on.

    Leaving it hangs up what is left; drain first.

    Args:
        settings: the machine's.
        night: what calls share.
        directory: the clinics served.
        stage: for rehearsals.
        run: folder in which ``duty`` asks for telephones; None where no duty is expected.

    Raises:
        LineFailed: an address cannot be had.
        SettingsError: an address, network, certificate or password file makes no sense.
    """
    serve = settings.serve
    meter = Meter()
    country = directory.entries[0].flow.clinic.country
    config = agent_config(settings, country=country)
    agent = SipAgent(replace(config, guard=guard_of(directory.entries, country)))
    engine = RtpEngine(_ports(settings), media_timeout_s=settings.rtp.media_timeout_s)
    account = account_out(settings)
    taker = _Calls(night, meter, Ringing(settings, night.voice, agent, engine, account=account), stage)
    reception = Reception(
        directory,
        admission=Admission(most=serve.calls, retry_after_s=serve.retry_after_s),
        line_of=line_maker(engine, settings.sip.advertise),
        taker=taker,
        meter=meter,
        limits=CallLimits(stalled_s=serve.stalled_s, dead_air_s=serve.dead_air_s, stop_s=serve.stop_s),
        test_numbers=frozenset(serve.test_numbers),
        self_test=name_in(run) if run is not None else "",
    )
    pace = Pace(
        Rates(
            per_s=serve.calls_per_s,
            burst=serve.burst,
            source_per_s=serve.source_calls_per_s,
            source_burst=serve.source_burst,
            retry_after_s=serve.retry_after_s,
        ),
        refused=meter.refused,
    )
    agent.stack.refuses = pace.refuses

    async def rings(invitation: Invitation) -> None:
        await reception.invited(SipRing(invitation))

    agent.on_invite = rings
    meter.ask("rtp_lateness_p99_seconds", "How late packets leave, of the last 15 s.", lambda: _late_s(engine))
    meter.ask("rtp_legs", "Legs with sound.", lambda: engine.legs)
    meter.ask("calls_heard", "Live calls that have a recogniser.", lambda: night.listening)
    meter.ask(
        "decode_queue_age_seconds",
        "Sound of the call that waits longest for its decoder.",
        lambda: max((live.backlog_ms() for live in reception.calls), default=0) / 1000,
    )
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(
            open_carrier(settings, night, reception, meter, country=country, rehearsed=stage is not nobody)
        )
        legs = carrier.legs if carrier is not None else None
        await agent.start()
        stack.push_async_callback(agent.close)
        stack.callback(engine.close)
        if run is not None:
            taker.followed = await stack.enter_async_context(
                open_paging(
                    settings,
                    run,
                    directory.entries,
                    agent=agent,
                    engine=engine,
                    voice=night.voice,
                    records=night.records,
                    live=reception.is_live,
                    account=account,
                    carrier=legs,
                )
            )
        asked, watches = None, [reception.patrol]
        if carrier is not None:  # who speaks SIP alone has no such calls, and nothing to watch over
            follow = partial(taker.followed, meets=legs is not None)
            asked = correspondents(settings, night, reception, carrier, followed=follow, stage=stage)
            await asked.adopt()
            watches += [asked.patrol, carrier.left.patrol]
        web = await stack.enter_async_context(
            open_http(
                settings,
                reception,
                engine,
                pace,
                correspondents=asked,
                carrier=carrier,
                figures=meter.text,
                rehearsed=stage is not nobody,
            )
        )
        stack.push_async_callback(reception.stop)
        for watch in watches:
            stack.callback(asyncio.create_task(watch(), name="patrol").cancel)
        registrations = tuple(registration(agent, trunk) for trunk in settings.sip.trunks if trunk.registrars)
        for one in registrations:
            one.start()
            stack.push_async_callback(one.stop)
        yield OpenLine(
            reception=reception, agent=agent, engine=engine, meter=meter, registrations=registrations, web=web
        )


def _ports(settings: Settings) -> PortRange:
    hosts = {one.host for one in settings.sip.listen}
    several = "::" if any(":" in one for one in hosts) else "0.0.0.0"  # noqa: S104 - SIP is spoken on all of them
    host = hosts.pop() if len(hosts) == 1 else several
    return PortRange(host, settings.rtp.first_port, settings.rtp.last_port)


def _late_s(engine: RtpEngine) -> float:
    return engine.ticker.lateness_ms(99) / 1000
