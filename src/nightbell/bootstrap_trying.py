"""Test calls from the browser phone: the same conversation; nobody is rung, and no row, sound or figure stays."""

from __future__ import annotations

from nightbell.bootstrap import Nightbell
from nightbell.bootstrap_ringing import whisper_of
from nightbell.bootstrap_rota import rota_of
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.conversation import Outcome
from nightbell.conversation.observer import Observer
from nightbell.line.port import Line
from nightbell.line.stream.ring import StreamRing
from nightbell.oncall.rota import Rota
from nightbell.reception.captions import Captions
from nightbell.reception.handset import Handset, HandsetWorld
from nightbell.reception.live import LiveCall
from nightbell.reception.way import Way
from nightbell.records.unkept import UnkeptRecords

__all__ = ["try_call"]


async def try_call(night: Nightbell, line: Line, live: LiveCall) -> Outcome:
    """Take a test call; whoever tries the line sees its words, its way and a handset that rings beside it."""
    flow, world = live.entry.flow, night.world_of(live.entry.flow)
    watching: tuple[Observer, ...] = (live,)
    if isinstance(live.ring, StreamRing) and live.ring.tell is not None:
        tell, clinic = live.ring.tell, flow.clinic
        rota = rota_of(live.entry.folder, flow) or Rota(zone=clinic.zone, cover=clinic.cover)
        handset = Handset(
            clinic.title,
            tell,
            night.voice.render,
            rota=rota,
            began=SystemClock().at(0),
            waiting=whisper_of(clinic.title),
        )
        live.ring.on_handset, world = handset.press, HandsetWorld(world, handset)
        watching = (live, Way(flow, tell), Captions(tell))
    return await night.take(
        line,
        flow,
        call=live.call,
        world=world,
        records=UnkeptRecords(),
        observers=watching,
        keep_audio=False,
    )
