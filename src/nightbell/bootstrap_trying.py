"""Test calls from the browser phone: the same conversation; nobody is rung, and no row, sound or figure stays."""

from __future__ import annotations

from nightbell.bootstrap import Nightbell
from nightbell.bootstrap_ringing import whisper_of
from nightbell.bootstrap_rota import rota_of
from nightbell.conversation.conversation import Outcome
from nightbell.conversation.observer import Observer
from nightbell.line.port import Line
from nightbell.line.stream.ring import StreamRing
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
        tell, rota = live.ring.tell, rota_of(live.entry.folder, flow)
        people = len(rota.people) if rota is not None else 1
        title = flow.clinic.title
        handset = Handset(title, tell, night.voice.render, waiting=whisper_of(title), people=people)
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
