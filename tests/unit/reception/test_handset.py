"""The handset beside the browser phone: it rings, says why, knows three keys, and the caller on hold goes on.

A call in writing on loopback of nothing: real session and conversation, and a world that has no way out.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightbell.audio.frame import Samples
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Effect, Escalate, Play
from nightbell.call.effects import Transfer as Dial
from nightbell.call.events import EscalationChanged, Event
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation
from nightbell.conversation.escalating import EscalatingWorld
from nightbell.conversation.world import Person, Status, World
from nightbell.errors import SynthesisFailed
from nightbell.escalation.port import Status as Standing
from nightbell.flow.load import load_flow
from nightbell.oncall.reading.file import read_oncall
from nightbell.oncall.rota import Rota
from nightbell.reception.hand_overs import HandOvers
from nightbell.reception.handset import Handset, HandsetWorld
from nightbell.reception.way import Way
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import clinic_world
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.testing.escalation_story import PEOPLE
from nightbell.testing.line import FakeLine

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

HARBOUR = load_flow(Path(__file__).parents[2] / "flows" / "harbour")
TITLE = HARBOUR.clinic.title
NIGHT = Instant.parse("2026-11-21T22:40:00+00:00")
MADE: dict[str, Any] = {"call": "c", "n": 7}
PAGE = Escalate(**MADE, disposition=Disposition.D1, state="sight", question="vision")
WORSE = Escalate(**(MADE | {"n": 8}), disposition=Disposition.D0, state="opening", question="key_9")
SPOKEN = np.arange(1600, dtype=np.int16)
FAST = 100.0
"""A step of 45 s takes as many hundredths."""
ROTA = read_oncall(
    f"{PEOPLE}last_resort: [anna, chloe]\n", "oncall.yaml", "GB", zone="Europe/London", cover="full"
).rota


@dataclass
class Page:
    """What the page shows, and whoever sits at it: does at once what stands in ``does`` for a state."""

    does: dict[str, list[str]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)
    handset: Handset | None = None

    def tell(self, who: str, text: str, **more: str) -> None:
        self.told.append((more.get("state", who), text))
        self.sounds += [more["sound"]] if "sound" in more else []
        if self.does.get(more.get("state", "")) and self.handset is not None:
            asyncio.get_running_loop().call_soon(self.handset.press, self.does[more["state"]].pop(0))

    def rang(self, round_: int) -> bool:
        """Tell whether a round of the ladder has begun."""
        return any(f"of round {round_}:" in text for _, text in self.told)

    @property
    def states(self) -> list[str]:
        return [state for state, _ in self.told if state != "handset"]


async def speak(words: str) -> Samples:
    return SPOKEN


WAITING = "A caller is waiting for you. To take the call, press one."


async def mute(words: str) -> Samples:
    raise SynthesisFailed("no voice", provider="fake")


def laid(
    does: dict[str, list[str]],
    *,
    rota: Rota = ROTA,
    voice: Callable[[str], Any] = speak,
    times: float = 1.0,
    ring_s: float = 20,
    answer_s: float = 40,
) -> tuple[Handset, Page]:
    page = Page(does)
    page.handset = Handset(
        TITLE,
        page.tell,
        voice,
        rota=rota,
        began=NIGHT,
        waiting=WAITING,
        times=times,
        ring_s=ring_s,
        answer_s=answer_s,
    )
    return page.handset, page


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - time itself brings it about
            await asyncio.sleep(0.005)


@asynccontextmanager
async def climbing(handset: Handset, found: list[Status | Person], effect: Escalate = PAGE) -> AsyncIterator[None]:
    """Follow a page that may never be taken; keep what is told."""

    async def follow() -> None:
        async for one in handset.follow(effect):
            found.append(one)  # noqa: PERF401 - who waits looks at it meanwhile

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def became(handset: Handset, effect: Escalate = PAGE) -> list[Status | Person]:
    return [one async for one in handset.follow(effect)]


async def test_who_picks_up_hears_the_reason_as_a_real_person_does_and_takes_it_with_1() -> None:
    handset, page = laid({"ringing": ["up"], "asking": ["1"]})
    ringing, person, acknowledged = await became(handset)
    assert (ringing, acknowledged) == ("ringing", "acknowledged")
    assert not isinstance(person, str)
    words = (
        f"{TITLE}: urgent, the caller is on the line, because of vision. "
        "Press 1 to take it, 2 to pass it on, 3 to ring back yourself."
    )
    assert ("asking", words) in page.told
    (sound,) = page.sounds
    assert np.array_equal(np.frombuffer(b64decode(sound), "<i2"), SPOKEN)
    page.does["talking"] = ["down"]
    await person.talk(FakeLine())
    assert page.states == ["ringing", "asking", "talking", "idle"]
    assert await became(handset, WORSE) == ["acknowledged"]  # it stops for everyone (rule 9)
    assert page.states[-1] == "idle"


async def test_passed_on_it_rings_for_the_next_and_rung_back_nobody_is_connected() -> None:
    handset, page = laid({"ringing": ["up", "up"], "asking": ["2", "3"]})
    assert await became(handset) == ["ringing", "acknowledged"]
    assert page.states == ["ringing", "asking", "idle", "ringing", "asking", "idle"]
    assert "Step 2 of round 1: a telephone rings." in page.told[3][1]


@pytest.mark.parametrize(
    ("does", "states"),
    [
        ({}, ["ringing", "idle"]),
        ({"ringing": ["1"]}, ["ringing", "idle"]),  # a key before it is answered is none
        ({"ringing": ["up"]}, ["ringing", "asking", "idle"]),  # answered and silent is no acknowledgement (rule 8)
        ({"ringing": ["up"], "asking": ["down"]}, ["ringing", "asking", "idle"]),
        ({"ringing": ["up"], "asking": ["7"]}, ["ringing", "asking", "idle"]),
    ],
)
async def test_nothing_but_its_keys_takes_a_page(does: dict[str, list[str]], states: list[str]) -> None:
    handset, page = laid(does, times=FAST, answer_s=0.05)
    found: list[Status | Person] = []
    async with climbing(handset, found):
        await until(lambda: page.rang(2))
        handset.press("1")
    assert found[0] == "ringing"
    assert "acknowledged" not in found
    assert page.states[: len(states)] == states
    assert not handset.taken


async def test_a_page_is_rung_for_by_the_ladder_round_for_round_until_somebody_takes_it() -> None:
    handset, page = laid({}, times=FAST)
    found: list[Status | Person] = []
    async with climbing(handset, found):
        await until(lambda: page.rang(3))
        page.does["ringing"], page.does["asking"] = ["up"], ["3"]
        await until(lambda: found[-1] == "acknowledged")
    rung = [text.partition("Step ")[2] for state, text in page.told if state == "ringing"]
    plan = ["1 of round 1: a telephone rings.", "2 of round 1: a telephone rings."]
    plan += ["3 of round 1: a telephone rings."]  # the last resort, but for who was rung in this round
    assert rung[:6] == plan + [each.replace("round 1", "round 2") for each in plan]
    assert (found[0], found[-1]) == ("ringing", "acknowledged")
    assert not any(name in text for _, text in page.told for name in ("Anna", "anna", "Brightwater", "7009007"))


async def test_after_five_minutes_the_caller_hears_the_words_and_the_ringing_goes_on() -> None:
    handset, page = laid({}, times=FAST)
    found: list[Status | Person] = []
    async with climbing(handset, found):
        await until(lambda: found[-1:] == ["exhausted"])
        before = len(page.states)
        await until(lambda: "ringing" in page.states[before:])
        page.does["ringing"], page.does["asking"] = ["up"], ["1"]
        await until(lambda: found[-1] == "acknowledged")
    assert [one for one in found if isinstance(one, str)] == ["ringing", "exhausted", "acknowledged"]
    steps = [text.partition("of round ")[2][:1] for state, text in page.told if state == "ringing"]
    assert int(steps[before // 2 - 2]) >= 2  # 300 s are more than two rounds of 135 s


async def test_where_nobody_is_on_call_the_last_alarm_is_told_of() -> None:
    handset, page = laid({}, rota=Rota(zone="UTC"), times=FAST)
    found: list[Status | Person] = []
    async with climbing(handset, found):
        await until(lambda: found)
    assert (found, page.states) == (["exhausted"], ["idle"])
    assert "last alarm" in page.told[0][1]


async def test_a_more_urgent_page_begins_its_own_ladder_at_once() -> None:
    handset, page = laid({})
    less = Escalate(**MADE, disposition=Disposition.DU, state="sight", question="silence")
    found: list[Status | Person] = []
    async with climbing(handset, found, less):
        await until(lambda: page.states == ["ringing"])
        assert await became(handset, WORSE) == []
        await until(lambda: page.states == ["ringing", "ringing"])
        handset.press("up")
        await until(lambda: page.states[-1] == "asking")
        handset.press("1")
        await until(lambda: found[-1] == "acknowledged")
    assert "because of key 9" in page.told[2][1]


async def test_a_second_page_while_it_rings_rings_no_second_time_and_its_reason_is_heard() -> None:
    handset, page = laid({"asking": ["1"]})
    first = handset.follow(PAGE)
    assert await anext(first) == "ringing"
    rest = asyncio.ensure_future(anext(first))
    await asyncio.sleep(0)
    assert await became(handset, WORSE) == []
    handset.press("up")
    await rest
    assert page.states == ["ringing", "asking"]
    assert "because of key 9" in page.told[1][1]


async def test_words_that_cannot_be_spoken_are_shown() -> None:
    handset, page = laid({"ringing": ["up"], "asking": ["1"]}, voice=mute)
    assert (await became(handset))[-1] == "acknowledged"
    assert page.sounds == []


async def test_who_is_put_through_reaches_the_handset_too() -> None:
    dial = Dial(**MADE, to="clinician", limit_ms=50)
    handset, _ = laid({"ringing": ["up"], "asking": ["1"]})
    world = HandsetWorld(clinic_world(HARBOUR, UnkeptRecords()), handset)
    found = await world.transfer(dial)
    assert found.outcome == "answered"
    assert found.person is not None
    handset, page = laid({"ringing": ["up"], "asking": ["2"]})
    found = await HandsetWorld(clinic_world(HARBOUR, UnkeptRecords()), handset).transfer(dial)
    assert (found.outcome, found.person) == ("no_answer", None)
    assert page.states == ["ringing", "asking", "idle", "ringing", "idle", "ringing", "idle"]  # each of three


@dataclass
class Followed:
    """An Observer that keeps all."""

    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        self.events.append(event)
        self.effects += effects

    def speaking(self, prompt: str, audio_ms: int) -> None: ...

    @property
    def outcome(self) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        """What became of the page, what was said after it, how it was closed."""
        changes = [event.status for event in self.events if isinstance(event, EscalationChanged)]
        plays = [effect.prompt for effect in self.effects if isinstance(effect, Play)]
        return changes, plays, [effect.reason for effect in self.effects if isinstance(effect, Close)]


async def called(world: World, way: list[str] | None = None, *, at: int = 200) -> Followed:
    """Call Harbour and press 0 for a person, at some tick."""
    followed = Followed()
    tells = Way(HARBOUR, lambda _, state: way.append(state) if way is not None else None)
    await Conversation(
        call="c",
        plan=compile_flow(HARBOUR),
        line=FakeLine(keys={at: ("0",)}, length=6_000),
        ears=TypedEars(),
        prompts=ReadPrompts(),
        records=UnkeptRecords(),
        world=world,
        clock=AudioClock(NIGHT),
        observers=(followed, tells),
    ).run()
    return followed


class Somebody:
    """A real person's leg, as far as a caller notices."""

    async def talk(self, line: object) -> None:
        await asyncio.sleep(0)

    async def hang_up(self) -> None: ...


async def test_taking_it_ends_the_hold_as_a_real_acknowledgement_does() -> None:
    handset, page = laid({"ringing": ["up"], "asking": ["1"], "talking": ["down"]})
    way: list[str] = []
    tried = await called(HandsetWorld(clinic_world(HARBOUR, UnkeptRecords()), handset), way)

    hand_overs: HandOvers

    async def standing(escalation: str) -> AsyncIterator[Standing]:
        yield "ringing"
        hand_overs.give(escalation, Somebody(), lambda: None)
        yield "acknowledged"

    hand_overs = HandOvers(standing)
    real = EscalatingWorld(clinic_world(HARBOUR, UnkeptRecords()), lambda _: hand_overs.follow("c:1"))
    assert tried.outcome == (await called(real)).outcome
    changes, plays, closes = tried.outcome
    assert changes == ["recorded", "ringing", "acknowledged"]
    assert plays[-1].startswith("put_through")
    assert len(closes) == 1
    assert page.states == ["ringing", "asking", "talking", "idle"]
    assert way == ["opening", "hours", "reason", "hold", "put_through"]


async def test_the_way_has_the_states_that_say_nothing() -> None:
    way: list[str] = []
    followed = Followed()
    tells = Way(HARBOUR, lambda _, state: way.append(state))
    await Conversation(
        call="c",
        plan=compile_flow(HARBOUR),
        line=FakeLine(words={300: "booking", 600: "no"}, length=6_000),
        ears=TypedEars(),
        prompts=ReadPrompts(),
        records=UnkeptRecords(),
        world=clinic_world(HARBOUR, UnkeptRecords()),
        clock=AudioClock(NIGHT),
        observers=(followed, tells),
    ).run()
    assert way == ["opening", "hours", "reason", "booking", "wants_more", "closed"]
    spoken = {effect.state for effect in followed.effects if isinstance(effect, Play)}
    assert "hours" not in spoken


async def test_who_is_left_by_a_person_who_came_while_a_prompt_was_said_is_not_left_in_silence() -> None:
    handset, _ = laid({"ringing": ["up"], "asking": ["1"], "talking": ["down"]})
    way: list[str] = []
    tried = await called(HandsetWorld(clinic_world(HARBOUR, UnkeptRecords()), handset), way, at=5)
    assert way == ["opening", "hold", "put_through"]
    assert [effect.reason for effect in tried.effects if isinstance(effect, Close)] == ["end"]
    assert max(event.audio_ms for event in tried.events) < 30_000
