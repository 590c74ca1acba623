"""What a dialler promises (``nightbell.line.dialler``), over SIP, with telephones of ours at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

import numpy as np
import pytest
import pytest_asyncio
from tests.peers.telephone import CALLED, agent_at, engine_at, exchange

from nightbell.audio.level import rms_dbfs
from nightbell.line.dialler import RingOrder
from nightbell.line.port import Tick
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.dialler import SipDialler, SipPerson, Way
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.placed import PlacedLeg

pytestmark = pytest.mark.asyncio

ANNA: Final = "+447700900777"
TONE = (8000 * np.sin(2 * np.pi * 400 * np.arange(4000) / 8000)).astype(np.int16)
LOUD = (25000 * np.sin(2 * np.pi * 400 * np.arange(4000) / 8000)).astype(np.int16)
ORDER = RingOrder(person="anna", whisper=TONE, ring_s=3, answer_s=1.5)

Picks = Callable[[Invitation, RtpEngine], Awaitable[None]]


class Persons:
    """A dialler, and the telephone of the person who is rung."""

    def __init__(self, ours: SipAgent, theirs: SipAgent) -> None:
        self.engine, self.phone_engine = engine_at(30_000), engine_at(34_000)
        self.agent, self.phone = ours, theirs
        host, port = theirs.address()
        people = {"anna": ANNA, "nobody": "+447700900778", "emergency": "999", "crisis": "116123"}
        self.dialler = SipDialler(ours, self.engine, Way(from_number=CALLED, host=f"{host}:{port}"), people)

    def picks(self, work: Picks) -> None:
        async def invited(invitation: Invitation) -> None:
            await work(invitation, self.phone_engine)

        self.phone.on_invite = invited

    def nothing_is_left(self) -> bool:
        return not self.engine.legs and not self.agent.held["dialogs"]


@pytest_asyncio.fixture
async def persons() -> AsyncIterator[Persons]:
    async with AsyncExitStack() as stack:
        numbers = frozenset({ANNA, "999", "116123"})
        agents = agent_at(rings=numbers), agent_at()
        for agent in agents:
            await agent.start()
            stack.push_async_callback(agent.close)
        found = Persons(*agents)
        stack.callback(found.engine.close)
        stack.callback(found.phone_engine.close)
        yield found


def answering(
    keys: dict[int, str] | None = None, *, ticks: int = 10_000, heard: list[Tick] | None = None
) -> Picks:
    """Pick up, press keys at ticks, hang up at one."""

    async def work(invitation: Invitation, engine: RtpEngine) -> None:
        line = SipLine(invitation, engine)
        await line.answer()
        async for tick in line.ticks():
            if heard is not None:
                heard.append(tick)
            for key in (keys or {}).get(tick.number, ""):
                line.leg.media.outgoing.press(key)
            if tick.number == ticks:
                await line.hang_up()

    return work


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is state of the other end
            await asyncio.sleep(0.01)


async def test_a_key_takes_the_call_and_the_leg_stays_up(persons: Persons) -> None:
    heard: list[Tick] = []
    told: list[str] = []
    persons.picks(answering({40: "1"}, heard=heard))
    rung = await persons.dialler.ring(ORDER, told.append)
    assert rung.outcome == "taken"
    assert rung.leg is not None
    assert told[-1] == "answered"
    assert any(rms_dbfs(tick.frame) > -20 for tick in heard)  # the whisper
    await rung.leg.hang_up()
    await until(persons.nothing_is_left)


@pytest.mark.parametrize(
    ("picks", "outcome"),
    [
        (answering({40: "2"}), "passed"),
        (answering({40: "3"}), "ring_back"),
        (answering(), "no_key"),
        (answering({40: "45"}), "no_key"),
        (answering(ticks=40), "no_key"),
    ],
    ids=["passes it on", "wants to be rung back", "silent: a voicemail", "other keys", "hangs up"],
)
async def test_nothing_but_the_key_is_an_acknowledgement(persons: Persons, picks: Picks, outcome: str) -> None:
    persons.picks(picks)
    rung = await persons.dialler.ring(ORDER)
    assert (rung.outcome, rung.leg) == (outcome, None)
    await until(persons.nothing_is_left)


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, "busy"), (480, "no_answer"), (503, "failed"), (302, "failed")]
)
async def test_a_refusal_is_told_by_kind(persons: Persons, status: int, outcome: str) -> None:
    async def refuses(invitation: Invitation, engine: RtpEngine) -> None:
        invitation.ring()
        invitation.reject(status)

    persons.picks(refuses)
    told: list[str] = []
    assert (await persons.dialler.ring(ORDER, told.append)).outcome == outcome
    assert set(told) <= {"ringing"}
    await until(persons.nothing_is_left)


async def test_who_does_not_pick_up_is_given_up_in_time(persons: Persons) -> None:
    async def rings(invitation: Invitation, engine: RtpEngine) -> None:
        invitation.ring()
        await invitation.wait_over()

    persons.picks(rings)
    async with asyncio.timeout(5):
        rung = await persons.dialler.ring(RingOrder(person="anna", whisper=TONE, ring_s=0.5))
    assert rung.outcome == "no_answer"
    await until(persons.nothing_is_left)


@pytest.mark.parametrize("who", ["nobody", "emergency", "crisis", "somebody else"])
async def test_who_is_not_listed_and_every_emergency_number_is_refused_unrung(persons: Persons, who: str) -> None:
    rung_up: list[Invitation] = []

    async def never(invitation: Invitation, engine: RtpEngine) -> None:
        rung_up.append(invitation)

    persons.picks(never)
    rung = await persons.dialler.ring(RingOrder(person=who, whisper=TONE, ring_s=0.5))
    assert rung.outcome == "refused"
    assert not rung_up
    assert not persons.agent.held["placed"]


@pytest.mark.parametrize("when", ["ringing", "answered"])
async def test_cancelled_it_leaves_nothing(persons: Persons, when: str) -> None:
    seen = asyncio.Event()

    async def work(invitation: Invitation, engine: RtpEngine) -> None:
        invitation.ring()
        if when == "answered":
            await answering()(invitation, engine)
        else:
            await invitation.wait_over()

    persons.picks(work)
    ringing = asyncio.create_task(
        persons.dialler.ring(ORDER, lambda progress: seen.set() if progress == when else None)
    )
    async with asyncio.timeout(5):
        await seen.wait()
    ringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ringing
    await until(persons.nothing_is_left)
    await until(lambda: not persons.phone_engine.legs)


@pytest.mark.parametrize(
    ("first", "key", "answer"), [("caller", "2", "2"), ("caller", "", ""), ("person", "1", "")]
)
async def test_whoever_the_caller_leaves_can_be_asked_and_who_left_first_cannot(
    persons: Persons, first: str, key: str, answer: str
) -> None:
    """A caller and a person, both over SIP, bridged; one of them hangs up."""
    heard: list[Tick] = []

    async def work(invitation: Invitation, engine: RtpEngine) -> None:
        line = SipLine(invitation, engine)
        await line.answer()
        async for tick in line.ticks():
            heard.append(tick)
            if tick.number == 40:
                line.leg.media.outgoing.press("1")
            if tick.number > 60 and tick.number % 20 == 0 and key:
                line.leg.media.outgoing.press(key)  # while they talk a key is nobody's
            if first == "person" and tick.number == 120:
                await line.hang_up()

    persons.picks(work)
    async with exchange() as calls:

        async def phones(phone: PlacedLeg) -> None:
            async for tick in phone.ticks():
                if first == "caller" and tick.number == 120:
                    await phone.hang_up()

        line = await calls.rings(phones)
        await line.answer()
        rung = await persons.dialler.ring(ORDER)
        assert rung.leg is not None
        taking = asyncio.create_task(_drain(line))
        async with asyncio.timeout(15):
            assert await rung.leg.talk(line, keep=True) == first
            before = len(heard)
            assert await rung.leg.ask(TONE, keys="12", answer_s=2.0) == answer
        if not key:
            assert any(rms_dbfs(tick.frame) > -20 for tick in heard[before:]), "the question is heard"
        assert bool(heard[-1].gone) is (first == "person"), "whoever asked puts them down"
        await rung.leg.hang_up()
        await line.hang_up()
        await taking
    await until(persons.nothing_is_left)


@pytest.mark.parametrize("leaves", [False, True], ids=["waits", "leaves"])
async def test_a_person_hears_words_while_their_caller_is_rung_who_is_not_rung_on_for_nobody(
    persons: Persons, *, leaves: bool
) -> None:
    """First the person is rung, then the caller; a person who puts the telephone down ends the second ringing."""
    person: list[Tick] = []
    caller: list[Tick] = []
    went = asyncio.Event()
    picks_up, given_up = asyncio.Event(), asyncio.Event()

    async def work(invitation: Invitation, engine: RtpEngine) -> None:
        line = SipLine(invitation, engine)
        if person:  # the second one who is rung is the caller
            invitation.ring()
            went.set()
            over = asyncio.ensure_future(invitation.wait_over())
            up = asyncio.ensure_future(picks_up.wait())
            await asyncio.wait((over, up), return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                given_up.set()
                up.cancel()
                return
            over.cancel()
            await line.answer()
            async for tick in line.ticks():
                caller.append(tick)
                line.play(LOUD[:160])
                if len(caller) == 40:
                    await line.hang_up()
            return
        await line.answer()
        async for tick in line.ticks():
            person.append(tick)
            if tick.number == 40:
                line.leg.media.outgoing.press("1")
            if leaves and went.is_set():
                await line.hang_up()

    persons.picks(work)
    rung = await persons.dialler.ring(ORDER)
    assert isinstance(rung.leg, SipPerson)
    before = len(person)
    async with asyncio.timeout(15):
        joined = asyncio.create_task(persons.dialler.join("anna", rung.leg, ring_s=9, keep=True, meanwhile=TONE))
        if leaves:
            assert await joined == "failed"
            await given_up.wait()
        else:
            await until(lambda: any(rms_dbfs(tick.frame) > -20 for tick in person[before + 10 :]))
            picks_up.set()
            assert await joined == "taken"
            assert any(rms_dbfs(tick.frame) > -10 for tick in person[before:]), "the caller"
            await rung.leg.hang_up()
    await until(persons.nothing_is_left)


async def _drain(line: SipLine) -> None:
    async for _ in line.ticks():
        pass
