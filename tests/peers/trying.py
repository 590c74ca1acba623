"""Calls of the browser phone in writing: the line's own taker, session and conversation, without models.

What leads outside is there and fails as soon as it is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from nightbell.audio.frame import RATE, Samples
from nightbell.bootstrap.line import _Calls
from nightbell.call.compile import compile_flow
from nightbell.conversation.clock import AudioClock, CallClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.observer import Observer
from nightbell.conversation.world import World
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.line.port import Line
from nightbell.line.stream.ring import StreamRing
from nightbell.reception.directory import Entry
from nightbell.reception.live import LiveCall, WatchedLine
from nightbell.records.port import Records
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.staged import Stage, nobody
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import clinic_world
from nightbell.terms.instant import Instant

__all__ = ["WHISPER_S", "Trying"]

WHISPER_S = 4
"""How long the reason takes to be said."""
_NIGHT = Instant.parse("2026-11-21T22:40:00+00:00")


class _Untouched:
    """What leads outside: to look at it is to fail."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was reached for")


class _Voice:
    async def render(self, words: str) -> Samples:
        return np.zeros(RATE * WHISPER_S, np.int16)


class Trying:
    """A clinic that is tried; what a process shares, as far as a test call needs it."""

    voice = _Voice()

    def __init__(self, folder: Path, *, oncall: Path | None = None, stage: Stage = nobody) -> None:
        """Take a clinic's folder, the one of its oncall.yaml where that is another, and who rehearses."""
        self.flow = load_flow(folder)
        self.kept: list[Records] = []
        """Where the calls were written to."""
        self._folder = oncall or folder
        self._tasks: set[asyncio.Task[Outcome]] = set()
        outside: Any = _Untouched()
        self._calls = _Calls(self, outside, outside, stage, outside)  # type: ignore[arg-type]

    async def rings(self, ring: StreamRing) -> None:
        """Take what rings."""
        assert ring.line is not None
        task = asyncio.create_task(self.call(ring.line, ring))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def call(self, line: Line, ring: StreamRing, *, watched: bool = False) -> Outcome:
        """Take a call to its end; ``watched``: as reception has it, with a line of its own before the caller's."""
        entry = Entry(flow=self.flow, folder=self._folder, draft=False)
        live = LiveCall(call="c", entry=entry, ring=ring, test=True)
        number = self.flow.clinic.number
        return await self._calls(WatchedLine(line, live, caller=None, called=number) if watched else line, live)

    def world_of(self, flow: Flow) -> World:
        """See ``Nightbell``."""
        return clinic_world(flow, UnkeptRecords())

    async def take(
        self,
        line: Line,
        flow: Flow,
        *,
        call: str,
        clock: CallClock,
        world: World,
        records: Records,
        observers: Sequence[Observer],
        keep_audio: bool,
    ) -> Outcome:
        """See ``Nightbell``; it is always the same night, unless a rehearsal says so."""
        assert not keep_audio
        self.kept.append(records)
        return await Conversation(
            call=call,
            plan=compile_flow(flow),
            line=line,
            ears=TypedEars(),
            prompts=ReadPrompts(),
            records=records,
            world=world,
            clock=clock if isinstance(clock, AudioClock) else AudioClock(_NIGHT),
            observers=observers,
        ).run()
