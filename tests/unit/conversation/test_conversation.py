"""The conversation: durable before audible, the safe path when something fails, every wait with a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from nightbell.audio.frame import Frame, Samples
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect, Escalate, Notify, Play, RingBack, StopTransfer, Transfer
from nightbell.call.events import Event, KeyPressed, Played, RecordsFailing, TimerFired, TransferEnded
from nightbell.call.session import Session
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.ears import Ears
from nightbell.conversation.world import Escalated, Past, Transferred
from nightbell.errors import LineFailed, RecordsFailed, SynthesisFailed
from nightbell.flow.model import Flow
from nightbell.flow.model import Transfer as TransferState
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise
from nightbell.terms.segment import Segment
from nightbell.testing.flows import changed, prompt, small_flow
from nightbell.testing.line import FakeLine
from nightbell.testing.records import MemoryRecords

START = Instant.parse("2026-11-21T22:40:00+00:00")
WORDS = np.full(800, 1000, dtype=np.int16)
SAFE = np.full(1600, -2000, dtype=np.int16)


class Quiet:
    """Voice activity of a caller who never speaks."""

    def probability(self, window: Samples) -> float:
        return 0.0

    def reset(self) -> None:
        pass


@dataclass
class Words:
    """Every prompt is 100 ms; the safe words are 200 ms of another sound."""

    failing: frozenset[str] = frozenset()
    said: list[str] = field(default_factory=list)

    async def samples(self, prompt: str, segments: Sequence[Segment]) -> Samples:
        if prompt in self.failing:
            raise SynthesisFailed("told to fail", provider="test")
        self.said.append(prompt)
        return WORDS

    def safe_words(self) -> Samples:
        self.said.append("safe_words")
        return SAFE


@dataclass
class Outside:
    """A world that answers, or never does."""

    answers: bool = True
    taken_after_ms: int | None = None
    transferred: Transferred = field(default_factory=lambda: Transferred(outcome="failed"))
    dialled: list[str] = field(default_factory=list)
    pages: list[Escalate] = field(default_factory=list)
    ring_backs: list[RingBack] = field(default_factory=list)

    async def _or_never(self) -> None:
        if not self.answers:
            await asyncio.Event().wait()

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        await self._or_never()
        return Past()

    async def hours(self, now: Instant) -> Any:
        await self._or_never()
        return "closed"

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        await self._or_never()
        return Promise(who="a clinician", from_number="+442079460123", by=now, by_spoken="ten")

    async def notify(self, effect: Notify) -> bool:
        await self._or_never()
        return True

    async def escalate(self, effect: Escalate) -> Escalated:
        self.pages.append(effect)
        await self._or_never()
        return Escalated(taken_after_ms=self.taken_after_ms)

    async def transfer(self, effect: Transfer) -> Transferred:
        self.dialled.append(effect.to)
        await self._or_never()
        return self.transferred

    async def ring_back(self, effect: RingBack) -> None:
        self.ring_backs.append(effect)


class FailingRecords(MemoryRecords):
    """Takes a number of events, then none."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    async def append(self, event: Event, effects: Sequence[Effect], session: str, **limits: Any) -> None:
        if event.seq >= self.takes:
            raise RecordsFailed("told to fail", provider="test")
        await super().append(event, effects, session, **limits)


@dataclass
class Watch:
    """An observer that remembers."""

    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    happenings: list[tuple[Event, Sequence[Effect]]] = field(default_factory=list)
    spoken: list[tuple[str, int]] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        self.events.append(event)
        self.effects.extend(effects)
        self.happenings.append((event, effects))

    def speaking(self, prompt: str, audio_ms: int) -> None:
        self.spoken.append((prompt, audio_ms))


@dataclass
class Stage:
    line: FakeLine
    prompts: Words = field(default_factory=Words)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    world: Outside = field(default_factory=Outside)
    watch: Watch = field(default_factory=Watch)
    flow: Flow = field(default_factory=small_flow)

    async def run(self) -> Outcome:
        flow = self.flow
        await self.records.store_flow(flow.clinic.name, flow.hash, "{}")
        conversation = Conversation(
            call="c1",
            plan=compile_flow(flow),
            line=self.line,
            ears=Ears(None, None, Quiet(), patient=True),
            prompts=self.prompts,
            records=self.records,
            world=self.world,
            clock=AudioClock(START),
            observers=[self.watch],
        )
        async with asyncio.timeout(20):
            return await conversation.run()


def keyed(*keys: tuple[int, str], length: int = 6000) -> FakeLine:
    """Return a line on which keys are pressed at audio milliseconds."""
    line_keys = {at // 20: (key,) for at, key in keys}
    return FakeLine(keys=line_keys, length=length, caller="+447700900123")


@pytest.mark.asyncio
async def test_a_silent_caller_hears_the_words_twice_and_is_not_paged() -> None:
    stage = Stage(keyed())
    outcome = await stage.run()

    assert outcome.disposition is Disposition.DU
    assert stage.world.pages == []
    assert len(stage.world.ring_backs) == 1
    assert stage.prompts.said.count("opening") == 2
    assert stage.line.hung_up >= 1


@pytest.mark.asyncio
async def test_every_event_is_durable_before_a_sample_of_its_prompt_goes_out() -> None:
    stage = Stage(keyed((2000, "1"), (4000, "1"), length=400))
    kept: list[int] = []
    append = stage.records.append

    async def noting(event: Event, *rest: Any, **limits: Any) -> None:
        await append(event, *rest, **limits)
        kept.append(event.seq)
        prompts = [effect.n for effect in rest[0] if isinstance(effect, Play)]
        assert not (set(prompts) & started), "a prompt began before its event was kept"

    started: set[int] = set()
    speak = stage.watch.speaking

    def speaking(prompt: str, audio_ms: int) -> None:
        speak(prompt, audio_ms)
        started.update(effect.n for effect in stage.watch.effects if isinstance(effect, Play))

    stage.records.append = noting  # type: ignore[method-assign]
    stage.watch.speaking = speaking  # type: ignore[method-assign]
    await stage.run()

    assert kept == list(range(len(kept)))
    assert len(stage.watch.spoken) >= 4


@pytest.mark.asyncio
async def test_what_is_kept_replays_to_the_same_effects() -> None:
    stage = Stage(keyed((2000, "1"), (4000, "3"), length=600))
    await stage.run()

    session = Session(compile_flow(small_flow()))
    entries = await stage.records.journal("c1")
    assert [list(entry.effects) for entry in entries] == [session.handle(entry.event) for entry in entries]
    assert [entry.event.at_utc - START.ms for entry in entries] == [entry.event.audio_ms for entry in entries]


@pytest.mark.asyncio
@pytest.mark.parametrize("takes", [0, 1, 3, 6])
async def test_records_that_fail_lead_to_recorded_words_a_page_and_no_promise(takes: int) -> None:
    stage = Stage(keyed((2000, "1")), records=FailingRecords(takes))
    await stage.run()

    assert "safe_words" in stage.prompts.said
    told = [
        effect.prompt
        for event, effects in stage.watch.happenings
        for effect in effects
        if isinstance(effect, Play) and event.seq < takes
    ]
    assert stage.prompts.said == [*told, "safe_words"], "something was said that is not durable"
    assert [page.disposition for page in stage.world.pages] == [Disposition.DU]
    assert any(isinstance(event, RecordsFailing) for event in stage.watch.events)
    assert any((frame == SAFE[:160]).all() for frame in stage.line.played.values())
    assert stage.line.hung_up >= 1


@pytest.mark.asyncio
async def test_records_that_fail_at_a_red_flag_still_ring_for_it() -> None:
    stage = Stage(keyed((2000, "1"), (3500, "1"), length=1500))
    await stage.run()
    at = next(e.seq for e in stage.watch.events if isinstance(e, KeyPressed) and e.audio_ms > 3000)
    again = Stage(keyed((2000, "1"), (3500, "1"), length=1500), records=FailingRecords(at))
    await again.run()
    assert [page.disposition for page in again.world.pages] == [Disposition.D0]


@pytest.mark.asyncio
@pytest.mark.parametrize("prompt", ["opening", "reason", "screen.sight"])
async def test_a_voice_that_fails_leads_to_recorded_words_and_a_page(prompt: str) -> None:
    stage = Stage(keyed((2000, "1")), prompts=Words(failing=frozenset({prompt})))
    outcome = await stage.run()

    assert stage.prompts.said[-1] == "safe_words"
    assert len(stage.world.pages) == 1
    assert outcome.disposition.at_least(Disposition.DU)


@pytest.mark.asyncio
async def test_a_world_that_never_answers_is_waited_for_only_so_long() -> None:
    stage = Stage(keyed((2000, "1"), (3500, "2"), (4500, "2"), length=3000), world=Outside(answers=False))
    await stage.run()

    assert not any(isinstance(event, TimerFired) and event.timer == "watchdog" for event in stage.watch.events)
    assert stage.watch.spoken[-1][0] == "booked"


@pytest.mark.asyncio
async def test_a_fault_of_our_own_meets_the_caller_as_recorded_words(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Session.handle

    def broken(session: Session, event: Event) -> list[Effect]:
        if isinstance(event, KeyPressed):
            raise ZeroDivisionError
        return handle(session, event)

    monkeypatch.setattr(Session, "handle", broken)
    stage = Stage(keyed((2000, "1")))
    await stage.run()

    assert stage.prompts.said[-1] == "safe_words"
    assert stage.line.hung_up >= 1
    record = await stage.records.call("c1")
    assert (record.disposition, record.reason) == (Disposition.DU, "interrupted")
    assert [page.question for page in record.pages] == ["interrupted"], (
        "who carries pages out looks at the records"
    )


@pytest.mark.asyncio
async def test_a_caller_who_is_gone_when_we_answer_hung_up_and_pages_nobody() -> None:
    stage = Stage(keyed())

    async def gone() -> None:
        raise LineFailed("the call was cancelled", provider="line")

    stage.line.answer = gone  # type: ignore[method-assign]
    await stage.run()

    record = await stage.records.call("c1")
    assert record.closed is not None
    assert (record.reason, record.pages) == ("hangup", ())


@pytest.mark.asyncio
async def test_a_key_stops_a_prompt_within_one_frame() -> None:
    stage = Stage(keyed((260, "2"), length=60))
    await stage.run()
    cut = [event for event in stage.watch.events if isinstance(event, Played) and event.stopped_by == "key"]

    assert [event.audio_ms for event in cut] == [280]
    assert cut[0].played_ms < 100


@pytest.mark.asyncio
async def test_the_page_that_a_person_takes_ends_the_hold() -> None:
    stage = Stage(keyed((2000, "0"), length=4000), world=Outside(taken_after_ms=5000))
    await stage.run()

    assert stage.watch.spoken[-1][0] == "connected"


@pytest.mark.asyncio
async def test_a_world_that_breaks_is_a_world_that_did_not_answer() -> None:
    class Broken(Outside):
        async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
            raise KeyError(clinic)

    stage = Stage(keyed(length=400), world=Broken())
    await stage.run()

    found = [event for event in stage.watch.events if event.kind == "history_found"]
    assert [event.timed_out for event in found] == [True]
    assert "safe_words" not in stage.prompts.said


@pytest.mark.asyncio
async def test_a_line_that_fails_in_mid_call_ends_it_with_its_rules() -> None:
    class Torn(FakeLine):
        def play(self, frame: Frame) -> None:
            if len(self.played) > 30:
                raise LineFailed("the far end is gone", provider="test")
            super().play(frame)

    stage = Stage(Torn(length=400, caller="+447700900123"))
    outcome = await stage.run()

    assert outcome.disposition is Disposition.DU
    assert (await stage.records.call("c1")).reason == "hangup"
    assert len(stage.world.ring_backs) == 1


@pytest.mark.asyncio
async def test_a_caller_gone_before_the_answer_leaves_a_closed_call() -> None:
    stage = Stage(FakeLine(length=0, caller="+447700900123"))
    await stage.run()

    assert (await stage.records.call("c1")).disposition is Disposition.DU


def dialling_flow() -> Flow:
    """Return a flow in which key 0 at the reason dials the clinician, for three seconds at most."""
    connect = TransferState(
        name="connect",
        line=30,
        say=prompt("connect", "Please stay on the line."),
        to="clinician",
        limit_ms=3_000,
        answered="connected",
        busy="goodbye",
        no_answer="number",
        failed="hold",
    )
    flow = changed(small_flow(), "reason", routes=(("person", "connect"),))
    return replace(flow, states=(*flow.states, connect))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("transferred", "state"),
    [
        (Transferred(outcome="answered"), "connected"),
        (Transferred(outcome="answered", after_ms=1_000), "connected"),
        (Transferred(outcome="busy", after_ms=500), "goodbye"),
        (Transferred(outcome="no_answer"), "number"),
        (Transferred(outcome="failed"), "hold"),
        (Transferred(outcome="answered", after_ms=60_000), "hold"),
    ],
)
async def test_a_transfer_is_dialled_and_what_becomes_of_it_comes_back(
    transferred: Transferred, state: str
) -> None:
    world = Outside(transferred=transferred)
    stage = Stage(keyed((2000, "0"), length=600), world=world, flow=dialling_flow())
    await stage.run()

    assert world.dialled == ["clinician"]
    ended = [event for event in stage.watch.events if isinstance(event, TransferEnded)]
    assert [event.outcome for event in ended] == ([] if transferred.after_ms == 60_000 else [transferred.outcome])
    after = [said for said in stage.prompts.said[stage.prompts.said.index("connect") :] if said != "connect"]
    assert after[0].startswith(state)


@pytest.mark.asyncio
async def test_a_transfer_that_breaks_is_one_that_failed() -> None:
    class Broken(Outside):
        async def transfer(self, effect: Transfer) -> Transferred:
            raise OSError("told to fail")

    stage = Stage(keyed((2000, "0"), length=600), world=Broken(), flow=dialling_flow())
    await stage.run()

    assert [event.outcome for event in stage.watch.events if isinstance(event, TransferEnded)] == ["failed"]


@pytest.mark.asyncio
async def test_dialling_stops_when_the_caller_is_led_elsewhere() -> None:
    """Key 9 while it rings: the words, and no answer that comes later means anything."""
    world = Outside(transferred=Transferred(outcome="answered", after_ms=2_000))
    stage = Stage(keyed((2000, "0"), (2500, "9"), length=600), world=world, flow=dialling_flow())
    await stage.run()

    assert [effect.kind for effect in stage.watch.effects if isinstance(effect, StopTransfer)] == ["stop_transfer"]
    assert not [event for event in stage.watch.events if isinstance(event, TransferEnded)]
    assert "connected" not in stage.prompts.said
