"""Test calls from the browser phone: the same conversation; nobody is rung, and no row, sound or figure stays."""

from __future__ import annotations

from nightbell.bootstrap.nightbell import Nightbell
from nightbell.bootstrap.ringing import whisper_of
from nightbell.bootstrap.rota import rota_of
from nightbell.conversation.clock import CallClock, SystemClock
from nightbell.conversation.conversation import Outcome
from nightbell.conversation.observer import Observer
from nightbell.line.port import Line
from nightbell.line.stream.ring import StreamRing
from nightbell.oncall.rota import Rota
from nightbell.reception.captions import Captions
from nightbell.reception.handset import Handset, HandsetWorld
from nightbell.reception.live import LiveCall, WatchedLine
from nightbell.reception.way import Way
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.staged import Staged

__all__ = ["try_call"]


async def try_call(night: Nightbell, line: Line, live: LiveCall, staged: Staged | None = None) -> Outcome:
    """Take a test call; whoever tries the line sees its words, its way and a handset that rings beside it.

    One that is rehearsed has its time, its outside and its number from the script: a browser shows no number.
    """
    flow, world = live.entry.flow, night.world_of(live.entry.flow)
    watching: tuple[Observer, ...] = (live,)
    clock: CallClock = SystemClock()
    if staged is not None:
        clock, world = staged.clock, staged.world(world)
        watching = (live, *staged.observers)
        if isinstance(line, WatchedLine):
            line.caller = live.entry.caller(staged.caller)
    if isinstance(live.ring, StreamRing) and live.ring.tell is not None:
        tell, clinic = live.ring.tell, flow.clinic
        rota = rota_of(live.entry.folder, flow) or Rota(zone=clinic.zone, cover=clinic.cover)
        handset = Handset(
            clinic.title,
            tell,
            night.voice.render,
            rota=rota,
            began=clock.at(0),
            waiting=whisper_of(clinic.title),
        )
        live.ring.on_handset, world = handset.press, HandsetWorld(world, handset)
        watching = (*watching, Way(flow, tell), Captions(tell))
    told = ""
    try:
        outcome = await night.take(
            line,
            flow,
            call=live.call,
            clock=clock,
            world=world,
            records=UnkeptRecords(),
            observers=watching,
            keep_audio=False,
        )
        told = outcome.disposition.value
        return outcome
    finally:
        if staged is not None:
            staged.over(told)
