"""While two people talk, Nightbell says nothing, hears nothing and does not hang up; then it does what waited."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from nightbell.call.effects import Close, Effect, Escalate, HangUp, Listen, Play
from nightbell.conversation.connection import Connection
from nightbell.conversation.player import Ended, Player
from nightbell.errors import LineFailed
from nightbell.terms.disposition import Disposition
from nightbell.testing.line import FakeLine

pytestmark = pytest.mark.asyncio

PLAY = Play(call="c", n=1, prompt="goodbye", segments=(), bargein="none")
LISTEN = Listen(call="c", n=2, mode="off")
HANG_UP = HangUp(call="c", n=3)
CLOSE = Close(call="c", n=4, disposition=Disposition.D1, state="end", reason="end")
PAGE = Escalate(call="c", n=5, disposition=Disposition.D1, state="s", question="q")


@dataclass
class Somebody:
    """A person who talks until told to stop."""

    done: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    lines: list[Any] = field(default_factory=list)
    cancelled: bool = False
    put_down: bool = False

    async def talk(self, line: Any) -> str:
        self.lines.append(line)
        if self.fault is not None:
            raise self.fault
        try:
            await self.done.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return "person"

    async def hang_up(self) -> None:
        self.put_down = True


class Stage:
    def __init__(self) -> None:
        self.performed: list[Effect] = []
        self.recording: list[bool] = []
        self.line = FakeLine()
        self.player = Player()
        self.cut: list[Ended] = []
        self.connection = Connection(
            self.line, self.player, perform=self._perform, record=self._record, cut=self.cut.append
        )

    async def _perform(self, effect: Effect) -> None:
        self.performed.append(effect)

    def _record(self, *, on: bool) -> None:
        self.recording.append(on)

    def begin(self, person: Somebody) -> None:
        self.connection.begin(person, asyncio.create_task)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_would_disturb_waits_and_is_done_in_its_order_afterwards() -> None:
    stage, person = Stage(), Somebody()
    stage.player.start(PLAY, np.zeros(8000, dtype=np.int16))
    stage.begin(person)
    await settled()
    assert stage.connection.up
    assert stage.player.playing is None
    assert [stage.connection.holds(effect) for effect in (PLAY, LISTEN, HANG_UP)] == [True] * 3
    assert [stage.connection.holds(effect) for effect in (CLOSE, PAGE)] == [False] * 2
    assert stage.performed == []
    assert stage.cut == []
    person.done.set()
    await settled()
    assert stage.performed == [PLAY, LISTEN, HANG_UP]
    assert stage.cut == [Ended(PLAY.n, 0)]
    assert stage.recording == [False, True]
    assert person.lines == [stage.line]
    assert not stage.connection.holds(PLAY)


async def test_a_line_that_cannot_be_bridged_goes_on_with_what_waited() -> None:
    stage = Stage()
    stage.begin(Somebody(fault=LineFailed("told to fail", provider="test")))
    assert stage.connection.holds(PLAY)
    await settled()
    assert stage.performed == [PLAY]
    assert not stage.connection.up


async def test_a_second_person_is_put_down() -> None:
    stage, first, second = Stage(), Somebody(), Somebody()
    stage.begin(first)
    stage.begin(second)
    await settled()
    assert second.put_down
    assert not second.lines
    first.done.set()
    await settled()


async def test_the_end_of_the_call_cuts_it_and_what_waited_is_not_done() -> None:
    stage, person = Stage(), Somebody()
    stage.begin(person)
    await settled()
    stage.connection.holds(PLAY)
    stage.connection.end()
    await settled()
    assert person.cancelled
    assert stage.performed == []
