"""Thirteen of Rosewood's call scripts by requests, unchanged: what is said is what the carrier made of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from tests.peers.by_request import NIGHT, Line, Outside, line_of, shipped
from tests.peers.obeying import Act, Clock, Taken
from tests.rehearsals.test_sip_tier import REPRESENTATIVE

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Escalate, Play, RingBack
from nightbell.call.step import TakeMessage
from nightbell.conversation.world import Escalated, Past, Person, Status
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import Answer, Script

pytestmark = pytest.mark.asyncio

ROOT: Final = Path(__file__).parents[4]
RECORDINGS: Final = Recordings(ROOT / "audio")
MOST_TURNS: Final = 120


@dataclass
class Faked(Outside):
    """The world of a script; who takes a page does so when the carrier's clock is there."""

    clock: Clock = field(default_factory=lambda: Clock(NIGHT))
    acknowledged_after_ms: int | None = None
    due: list[tuple[int, asyncio.Event]] = field(default_factory=list)

    async def escalate(self, effect: Escalate) -> Escalated:
        """See the port."""
        self.pages.append(effect)
        if self.acknowledged_after_ms is None:
            return Escalated()
        taken = asyncio.Event()
        self.due.append((self.clock.now.ms + self.acknowledged_after_ms, taken))
        return Escalated(changes=self._told(taken))

    @staticmethod
    async def _told(taken: asyncio.Event) -> AsyncIterator[Status | Person]:
        yield "ringing"
        await taken.wait()
        yield "acknowledged"

    async def catch_up(self) -> None:
        """Have happen what is due by the carrier's clock."""
        late = [taken for due, taken in self.due if due <= self.clock.now.ms and not taken.is_set()]
        for taken in late:
            taken.set()
            for _ in range(50):
                await asyncio.sleep(0)


class Scripted:
    """A caller who answers by place, as the script says."""

    def __init__(self, script: Script, line: Line) -> None:
        self._script = script
        self._line = line
        self._given: Counter[str] = Counter()
        self._texts = RECORDINGS.texts()
        steps = compile_flow(shipped("rosewood")).steps.values()
        self._messages = {step.state for step in steps if isinstance(step, TakeMessage)}
        self.state = self.place = ""

    async def look(self) -> None:
        """See where the call stands: what was said last, and whether it is a question."""
        found = await self._line.records.calls()
        if not found:
            return
        plays = [
            effect
            for entry in await self._line.records.journal(found[0].call)
            for effect in entry.effects
            if isinstance(effect, Play)
        ]
        self.state = plays[-1].state
        self.place = ".".join(filter(None, (self.state, plays[-1].question)))

    def __call__(self, heard: str, call: Taken) -> Act | None:
        """Return what is done."""
        if not heard or (self.state in self._messages and heard != "tone"):
            return None  # a message is spoken after the tone
        answer = self._answer()
        if answer is None or (not answer.speaks and not answer.press and not answer.hang_up):
            return None
        words = answer.words or self._texts.get(answer.say, "")
        return Act(keys=answer.press, say=words, after_ms=answer.barge_in_ms, hang_up=answer.hang_up)

    def _answer(self) -> Answer | None:
        answers = dict(self._script.answers)
        place = self.place if self.place in answers else self.state
        if place not in answers:
            asks = self.place != self.state or self.place in _ASKING
            return self._script.default if asks else None
        given = answers[place]
        number = self._given[self.place]
        if number >= len(given) + self._script.repeats:
            return None
        self._given[self.place] += 1
        return given[min(number, len(given) - 1)]


_ASKING: Final = frozenset({"reason", "before_booking", "after_booking", "what_it_is_about"})


def worlds(script: Script, clock: Clock) -> Faked:
    fakes = script.fakes
    past = Past(
        contacts_96h=fakes.contacts_96h,
        filler_contacts_96h=fakes.filler_contacts_96h,
        silent_96h=fakes.silent_96h,
        treated_14d=fakes.treated_14d,
        filler_14d=fakes.filler_14d,
    )
    return Faked(
        hours_=fakes.hours or "closed", past_=past, clock=clock, acknowledged_after_ms=fakes.acknowledged_after_ms
    )


@pytest.mark.parametrize("name", [*REPRESENTATIVE, "message-then-hangs-up"])
async def test_a_script_ends_as_it_does_on_every_line(name: str) -> None:
    flow = shipped("rosewood")
    script = load_script(ROOT / "flows" / "rosewood" / "calls" / f"{name}.yaml", RECORDINGS)
    clock = Clock(script.now)
    world = worlds(script, clock)
    async with line_of(flow, speech={"en": "en-GB"}, world=world, clock=clock) as line:
        caller = Scripted(script, line)
        call = line.carrier.call(script.caller or "anonymous", flow.clinic.number)
        await line.carrier.begin(call)
        for _ in range(MOST_TURNS):
            if call.over:
                break
            await caller.look()
            await line.carrier.run_one(call, caller)
            await world.catch_up()
        record = await line.record()
        effects = [each for entry in await line.records.journal(record.call) for each in entry.effects]
        visited = [each.state for each in effects if isinstance(each, Play | Close)]
        expect = script.expect
        assert record.disposition is not None
        good = record.disposition.at_least(expect.disposition) if expect.at_least else expect.disposition
        assert good in {True, record.disposition}, (record.disposition, call.heard)
        assert expect.paged in {None, bool(world.pages)}
        assert not set(expect.never) & set(visited)
        at = -1
        for state in expect.states:
            if state == "hold" and "taken" in visited and state not in visited:
                continue  # the page was taken before they came there: by requests a call takes longer
            wanted = state if state in visited else state.partition(".")[0]
            assert wanted in visited[at + 1 :], (state, visited)
            at = visited.index(wanted, at + 1)
        if expect.ring_backs is not None:
            assert sum(each.times for each in effects if isinstance(each, RingBack)) == expect.ring_backs
