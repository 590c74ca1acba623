"""A caller is connected with a person: sound crosses, either may hang up, and no private number crosses."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import numpy as np
import pytest
import pytest_asyncio
from tests.peers.telephone import CALLED, CALLER, Exchange, agent_at, engine_at, exchange
from tests.unit.conversation.test_conversation import Outside, Quiet, Words, dialling_flow

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.level import rms_dbfs
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Transfer
from nightbell.conversation.clock import SystemClock
from nightbell.conversation.conversation import Conversation, Outcome
from nightbell.conversation.ears import Ears
from nightbell.conversation.ringing import RingingWorld
from nightbell.line.dialler import RingOrder
from nightbell.line.port import Tick
from nightbell.line.rtp.media import Media
from nightbell.line.sip.dialler import SipDialler, Way
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.placed import PlacedLeg
from nightbell.line.sip.transport.udp import Datagrams
from nightbell.terms.disposition import Disposition
from nightbell.testing.records import MemoryRecords

LOW = (8000 * np.sin(2 * np.pi * 400 * np.arange(8000) / 8000)).astype(np.int16)
HIGH = (8000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype(np.int16)
WHISPER = np.full(1600, 500, dtype=np.int16)


def pitch(frame: Samples) -> int:
    """Return the loudest pitch of a frame to the next 50 Hz; 0 for silence."""
    return int(np.abs(np.fft.rfft(frame)).argmax()) * 50 if rms_dbfs(frame) > -25 else 0


def heard_pitch(ticks: list[Tick], hertz: int) -> int:
    return sum(pitch(tick.frame) == hertz for tick in ticks)


@dataclass
class Kept:
    """What would have been recorded."""

    on: bool = False
    frames: int = 0
    said: list[bool] = field(default_factory=list)

    def keep(self, *, on: bool) -> None:
        self.on = on
        self.said.append(on)

    def feed(self, caller: Samples, line: Samples, *, at_ms: int) -> None:
        self.frames += self.on

    def discard(self) -> None:
        self.on = False

    def close(self) -> None:
        self.on = False


class Clinic:
    """A line whose clinician can be rung: three telephones on one loopback."""

    def __init__(self, calls: Exchange, number: str) -> None:
        self.calls = calls
        self.number = number
        self.person_agent = agent_at()
        self.person_engine = engine_at(26_000)
        self.on_call: list[Tick] = []
        self.caller: list[Tick] = []
        self.kept = Kept()
        self.keys: dict[int, str] = {}
        self.person_leaves = asyncio.Event()
        self.hangs_up = asyncio.Event()

    async def picks_up(self, invitation: Invitation) -> None:
        """Take the call with key 1, talk, and hang up when told to."""
        line = SipLine(invitation, self.person_engine)
        await line.answer()
        async for tick in line.ticks():
            self.on_call.append(tick)
            line.play(HIGH[tick.number % 50 * FRAME_SAMPLES :][:FRAME_SAMPLES])
            for key in self.keys.get(tick.number, ""):
                line.leg.media.outgoing.press(key)
            if self.person_leaves.is_set():
                await line.hang_up()

    async def phones(self, phone: PlacedLeg) -> None:
        """Press 0 for a person, and talk."""
        async for tick in phone.ticks():
            self.caller.append(tick)
            phone.play(LOW[tick.number % 50 * FRAME_SAMPLES :][:FRAME_SAMPLES])
            if tick.number == 60:
                phone.press("0")
            if self.hangs_up.is_set():
                await phone.hang_up()

    async def converse(self) -> Outcome:
        """Take the call to its end."""
        line = await self.calls.rings(self.phones)
        host, port = self.person_agent.address()
        way = Way(from_number=CALLED, display="Rosewood Clinic", host=f"{host}:{port}")
        dialler = SipDialler(self.calls.line_agent, self.calls.line_engine, way, {"anna": self.number})

        def order(person: str, effect: Transfer) -> RingOrder:
            return RingOrder(person=person, whisper=WHISPER, ring_s=2, answer_s=2)

        flow, records = dialling_flow(), MemoryRecords()
        await records.store_flow(flow.clinic.name, flow.hash, "{}")
        conversation = Conversation(
            call="c1",
            plan=compile_flow(flow),
            line=line,
            ears=Ears(None, None, Quiet()),
            prompts=Words(),
            records=records,
            world=RingingWorld(Outside(), dialler, people=lambda _: ["anna"], order=order),
            clock=SystemClock(),
            keeper=self.kept,
        )
        self.kept.keep(on=True)
        conversation._performer._recording = True
        async with asyncio.timeout(20):
            return await conversation.run()


@pytest_asyncio.fixture
async def clinic() -> AsyncIterator[Clinic]:
    async with opened("+447700900777") as found:
        yield found


class opened:  # noqa: N801 - used as a function
    """Open a clinic whose clinician has a number."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.stack = AsyncExitStack()

    async def __aenter__(self) -> Clinic:
        calls = await self.stack.enter_async_context(exchange(rings=frozenset({self.number})))
        found = Clinic(calls, self.number)
        await found.person_agent.start()
        self.stack.push_async_callback(found.person_agent.close)
        self.stack.callback(found.person_engine.close)
        found.person_agent.on_invite = found.picks_up
        return found

    async def __aexit__(self, *gone: object) -> None:
        await self.stack.aclose()


async def until(true: Callable[[], bool], within_s: float = 8.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for is state of the other ends
            await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_both_hear_each_other_and_the_caller_the_last_words_when_the_person_leaves(clinic: Clinic) -> None:
    clinic.keys = {40: "1"}
    call = asyncio.create_task(clinic.converse())
    await until(lambda: heard_pitch(clinic.caller, 1000) > 25 and heard_pitch(clinic.on_call, 400) > 25)
    frames = clinic.kept.frames
    await until(lambda: heard_pitch(clinic.caller, 1000) > 50)
    assert clinic.kept.frames <= frames + 1  # recording stops at the bridge
    clinic.person_leaves.set()
    outcome = await call
    assert outcome.disposition is not Disposition.DU
    assert clinic.kept.said[-2:] == [False, True]
    await until(lambda: bool(clinic.caller) and clinic.caller[-1].gone == "caller")
    words = [int(tick.frame.max()) for tick in clinic.caller[-12:] if pitch(tick.frame) != 1000]
    assert max(words) in range(900, 1100)  # the words after the bridge
    assert clinic.calls.line_engine.legs == 0


@pytest.mark.asyncio
async def test_the_caller_who_hangs_up_puts_the_person_down(clinic: Clinic) -> None:
    clinic.keys = {40: "1"}
    call = asyncio.create_task(clinic.converse())
    await until(lambda: heard_pitch(clinic.caller, 1000) > 10)
    clinic.hangs_up.set()
    await call
    await until(lambda: clinic.on_call[-1].gone == "caller")
    await until(lambda: not clinic.calls.line_engine.legs)


@pytest.mark.asyncio
async def test_a_person_who_presses_nothing_is_never_connected(clinic: Clinic) -> None:
    call = asyncio.create_task(clinic.converse())
    await until(lambda: bool(clinic.on_call) and bool(clinic.on_call[-1].gone))
    assert not heard_pitch(clinic.caller, 1000)
    clinic.hangs_up.set()
    await call


# -- rule 7: no private number towards the caller -----------------------------------------------------------


def spellings(number: str) -> list[bytes]:
    """Return how a number may stand in a message, with or without its country code."""
    first, last = number.removeprefix("+44")[:4], number.removeprefix("+44")[4:]
    return [form.encode() for form in (first + last, f"{first} {last}", f"{first}-{last}")]


Picks = Callable[[Clinic, Invitation, list[tuple[str, str]]], Awaitable[None]]


async def takes(clinic: Clinic, invitation: Invitation, telling: list[tuple[str, str]]) -> None:
    invitation.ring()
    await clinic.picks_up(invitation)


def refuses(status: int) -> Picks:
    async def work(clinic: Clinic, invitation: Invitation, telling: list[tuple[str, str]]) -> None:
        invitation.ring()
        invitation.reject(status, f"{clinic.number} is away", telling)

    return work


@pytest.mark.asyncio
@pytest.mark.parametrize("picks", [takes, refuses(302), refuses(486)])
@pytest.mark.parametrize("seed", [1])
async def test_no_byte_towards_the_caller_tells_who_was_rung(
    picks: Picks, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    number = f"+447700{chance.randrange(900_000, 900_999)}"
    sent: list[tuple[int, bytes]] = []
    signals, sounds = Datagrams.send, Media._to

    def signal(self: Datagrams, data: bytes, peer: Peer) -> None:
        sent.append((peer.port, data))
        signals(self, data, peer)

    def sound(self: Media, one: object, data: bytes, target: tuple[str, int]) -> None:
        sent.append((target[1], data))
        sounds(self, one, data, target)  # type: ignore[arg-type]

    monkeypatch.setattr(Datagrams, "send", signal)
    monkeypatch.setattr(Media, "_to", sound)
    async with opened(number) as clinic:
        clinic.keys = {40: "1"}
        telling = [
            (name, f'"Anna Bright" <sip:{number}@127.0.0.1>')
            for name in (
                "p-asserted-identity",
                "diversion",
                "history-info",
                "contact",
                "remote-party-id",
            )
        ]

        async def invited(invitation: Invitation) -> None:
            await picks(clinic, invitation, telling)

        clinic.person_agent.on_invite = invited
        call = asyncio.create_task(clinic.converse())
        if picks is takes:
            await until(lambda: heard_pitch(clinic.caller, 1000) > 25)
        else:
            await until(lambda: any(number.encode() in data for _, data in sent))
            await until(lambda: len(clinic.caller) > 100 or bool(clinic.caller[-1].gone))
        clinic.hangs_up.set()
        await call
        phone = clinic.calls.phone
        assert phone is not None
        ports = {clinic.calls.phone_agent.address()[1], phone._sound.port, phone._sound.port + 1}
    towards_caller = [data for port, data in sent if port in ports]
    assert len(towards_caller) > 50
    assert any(number.encode() in data for port, data in sent if port not in ports)  # it did go out to the person
    for secret in (*spellings(number), b"Anna", b"Bright"):
        assert not any(secret in data for data in towards_caller)
    assert any(CALLER.encode() in data for data in towards_caller)
