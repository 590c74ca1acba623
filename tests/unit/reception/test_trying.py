"""A call from the browser phone reaches nobody: no telephone, no row, no duty, whatever it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from nightbell.audio.frame import Samples
from nightbell.bootstrap_line import _Calls
from nightbell.call.compile import compile_flow
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.observer import Observer
from nightbell.conversation.world import World
from nightbell.flow.load import load_flow
from nightbell.line.stream.ring import StreamRing
from nightbell.reception.directory import Entry
from nightbell.reception.live import LiveCall
from nightbell.records.port import Records
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import clinic_world
from nightbell.terms.instant import Instant
from nightbell.testing.line import FakeLine

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

FOLDER = Path(__file__).parents[3] / "flows" / "rosewood"
ROSEWOOD = load_flow(FOLDER)


class Untouched:
    """What leads outside: to look at it is to fail."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was reached for")


class _Voice:
    async def render(self, words: str) -> Samples:
        return np.zeros(800, np.int16)


class Night:
    """A Nightbell without models: the same conversation, in writing."""

    voice = _Voice()

    def __init__(self) -> None:
        self.records: list[Records | None] = []

    def world_of(self, flow: object) -> World:
        return clinic_world(ROSEWOOD, UnkeptRecords())

    async def take(
        self,
        line: FakeLine,
        flow: object,
        *,
        call: str,
        world: World,
        records: Records,
        observers: Sequence[Observer],
        keep_audio: bool,
    ) -> Outcome:
        assert not keep_audio
        self.records.append(records)
        return await Conversation(
            call=call,
            plan=compile_flow(ROSEWOOD),
            line=line,
            ears=TypedEars(),
            prompts=ReadPrompts(),
            records=records,
            world=world,
            clock=AudioClock(Instant.parse("2026-11-21T22:40:00+00:00")),
            observers=observers,
        ).run()


@pytest.mark.parametrize("key", ["0", "9"])
@pytest.mark.parametrize("done", [["up", "1", "down"], ["up", "3"], []])
async def test_a_page_rings_the_handset_and_nobody_else(key: str, done: list[str]) -> None:
    night, left = Night(), [*done]
    told: list[tuple[str, str, str]] = []
    outside: Any = Untouched()
    calls = _Calls(night, outside, outside, outside, outside)  # type: ignore[arg-type]

    def tell(who: str, text: str, **more: str) -> None:
        told.append((who, more.get("state", ""), text))
        if more.get("state") in {"ringing", "asking", "talking"} and left:
            asyncio.get_running_loop().call_soon(ring.on_handset, left.pop(0))

    ring = StreamRing(id="r", caller=None, called="rosewood", test=True, tell=tell)
    live = LiveCall(call="c", entry=Entry(flow=ROSEWOOD, folder=FOLDER, draft=False), ring=ring, test=True)
    await calls(FakeLine(keys={700: (key,)}, length=4_000), live)
    assert any(who == "page" for who, _, _ in told)
    assert any(state == "ringing" for _, state, _ in told)
    assert left == []
    assert [type(one) for one in night.records] == [UnkeptRecords]
    digits = "".join(sign for _, _, text in told for sign in text if sign.isdigit())
    assert not any(number in digits for number in ("770090", "900701", "79460199"))  # rule 7
    assert not any(name in text for _, _, text in told for name in ("Anna", "Harrowgate", "Wrenfield"))
