"""A call over real UDP: its sound, its keys, its changes and its ends."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import numpy as np
import pytest
import pytest_asyncio
from tests.peers.telephone import CALLED, CALLER, Exchange, exchange

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.level import rms_dbfs
from nightbell.errors import LineFailed
from nightbell.line.port import Tick
from nightbell.line.rtp.codec import PCMA, PCMU
from nightbell.line.rtp.events import EVENT_KEYS
from nightbell.line.rtp.incoming import Incoming
from nightbell.line.rtp.media import Terms
from nightbell.line.rtp.packet import header
from nightbell.line.rtp.rtcp import parse as parse_report
from nightbell.line.sip import sdp
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.placed import PlacedLeg
from nightbell.line.sip.transport.udp import Datagrams

TONE = (8000 * np.sin(2 * np.pi * 400 * np.arange(8000) / 8000)).astype(np.int16)


@pytest_asyncio.fixture
async def calls() -> AsyncIterator[Exchange]:
    async with exchange() as both:
        yield both


def frame_of(samples: Samples, number: int) -> Samples:
    at = number * FRAME_SAMPLES % len(samples)
    return samples[at : at + FRAME_SAMPLES]


async def until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - what is waited for is state of the other end
            await asyncio.sleep(0.01)


class Talking:
    """A phone that says one thing, and keeps what it hears."""

    def __init__(self, *, ticks: int = 10_000, says: Samples = TONE, keys: dict[int, str] | None = None) -> None:
        self.heard: list[Tick] = []
        self.over = asyncio.Event()
        self._ticks = ticks
        self._says = says
        self._keys = keys or {}

    async def __call__(self, phone: PlacedLeg) -> None:
        async for tick in phone.ticks():
            self.heard.append(tick)
            phone.play(frame_of(self._says, tick.number))
            if tick.number in self._keys:
                phone.press(self._keys[tick.number])
            if tick.number == self._ticks:
                await phone.hang_up()
        self.over.set()

    @property
    def sound(self) -> Samples:
        return np.concatenate([tick.frame for tick in self.heard])


async def hears(line: SipLine, *, ticks: int, says: Samples = TONE) -> list[Tick]:
    """Take a call for so many ticks at most, saying something."""
    heard = []
    async for tick in line.ticks():
        heard.append(tick)
        line.play(frame_of(says, tick.number))
        if tick.number == ticks:
            await line.hang_up()
    return heard


def sounding(ticks: list[Tick]) -> int:
    return sum(rms_dbfs(tick.frame) > -20 for tick in ticks)


def dialog_of(phone: PlacedLeg | None) -> Dialog:
    assert phone is not None
    assert phone._dialog is not None
    return phone._dialog


@pytest.mark.asyncio
async def test_both_hear_each_other_and_nothing_is_left(calls: Exchange) -> None:
    phone = Talking()
    line = await calls.rings(phone)
    assert (line.caller, line.called) == (CALLER, CALLED)
    await line.answer()
    heard = await hears(line, ticks=50)
    await phone.over.wait()
    assert sounding(heard) >= 40
    assert sounding(phone.heard) >= 40
    assert phone.heard[-1].gone == "caller"
    assert line.quality is not None
    assert line.quality.lost == 0
    assert 4.2 < line.quality.mos < 4.5
    assert calls.line_engine.legs == calls.phone_engine.legs == 0
    await until(lambda: not calls.line_agent.held["dialogs"] and not calls.phone_agent.held["dialogs"])


@pytest.mark.asyncio
async def test_silence_is_sent_when_nothing_is_said(calls: Exchange) -> None:
    phone = Talking(ticks=40)
    line = await calls.rings(phone)
    await line.answer()
    async for _ in line.ticks():
        pass
    assert not any(tick.concealed for tick in phone.heard[10:])
    assert rms_dbfs(phone.sound) < -70


@pytest.mark.asyncio
async def test_the_caller_who_hangs_up_before_the_answer_leaves_no_port_taken(calls: Exchange) -> None:
    line = await calls.rings()
    assert calls.phone is not None
    calls.phone.cancel()
    await until(lambda: line._invitation.over)
    with pytest.raises(LineFailed):
        await line.answer()
    assert line._sound._sockets.rtp.fileno() == -1
    await line.hang_up()


@pytest.mark.asyncio
async def test_hanging_up_before_the_answer_refuses_the_call(calls: Exchange) -> None:
    line = await calls.rings()
    await line.hang_up()
    await line.hang_up()
    assert calls.phone is not None
    async with asyncio.timeout(5):
        assert await calls.phone.answered() != "answered"
    assert line._sound._sockets.rtp.fileno() == -1


@pytest.mark.asyncio
async def test_a_caller_who_vanishes_is_gone_after_the_media_timeout() -> None:
    async with exchange(media_timeout_s=0.6) as calls:
        phone = Talking()
        line = await calls.rings(phone)
        await line.answer()
        await until(lambda: len(phone.heard) > 10)
        assert calls.phone is not None
        calls.phone_engine.ticker.remove(calls.phone.leg.media)  # no sound any more, and no BYE
        heard = await hears(line, ticks=500)
        assert heard[-1].gone == "line"
        assert 30 <= len(heard) < 200


@pytest.mark.asyncio
async def test_a_lost_confirmation_keeps_nobody_waiting(calls: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[bytes] = []
    sends = Datagrams.send

    def lose(self: Datagrams, data: bytes, peer: Peer) -> None:
        if data.startswith(b"ACK") and len(lost) < 3:
            lost.append(data)
        else:
            sends(self, data, peer)

    monkeypatch.setattr(Datagrams, "send", lose)
    phone = Talking()
    line = await calls.rings(phone)
    async with asyncio.timeout(2):
        await line.answer()
    heard = await hears(line, ticks=200)
    assert len(lost) == 3
    assert heard[-1].gone == "us"
    assert sounding(heard) > 150
    assert sounding(phone.heard) > 150
    assert line._accepting is not None
    assert line._accepting.done()


@pytest.mark.asyncio
async def test_what_came_before_somebody_picked_up_is_not_heard_afterwards(calls: Exchange) -> None:
    phone = Talking()
    line = await calls.rings(phone)
    assert calls.phone is not None
    for number in range(100):  # the tone of ringing, as carriers send it along with 183
        data = header(0, number, number * FRAME_SAMPLES, 9) + PCMU.encode(frame_of(TONE, number))
        line._sound._sockets.rtp.sendto(data, ("127.0.0.1", calls.phone._sound.port))
    await line.answer()
    await hears(line, ticks=30, says=np.zeros(FRAME_SAMPLES, np.int16))
    await phone.over.wait()
    assert sounding(phone.heard) == 0
    assert calls.phone.leg.media.incoming.reception.received < 60


@pytest.mark.asyncio
async def test_a_key_as_event_and_as_info_is_one_key(calls: Exchange) -> None:
    phone = Talking(keys={10: "5"})
    line = await calls.rings(phone)
    await line.answer()
    told: list[str] = []
    async for tick in line.ticks():
        told += tick.keys
        if tick.number == 20:
            dialog = dialog_of(calls.phone)
            for body in (b"Signal=5\r\nDuration=160\r\n", b"Signal=9\r\n"):
                request = dialog.request("INFO", body=body, content_type="application/dtmf-relay")
                await calls.phone_agent.ask(request, dialog.next_hop())
        if tick.number == 60:
            await line.hang_up()
    assert told == ["5", "9"]


@pytest.mark.asyncio
@pytest.mark.parametrize("payload", [sdp.PCMU, sdp.PCMA])
async def test_hold_resume_and_another_codec(calls: Exchange, payload: int) -> None:
    phone = Talking()
    line = await calls.rings(phone)
    await line.answer()
    heard: list[Tick] = []
    taking = asyncio.create_task(take_into(line, heard))
    await until(lambda: sounding(phone.heard) > 10)
    dialog, leg = dialog_of(calls.phone), calls.phone.leg if calls.phone else None
    assert leg is not None
    port = calls.phone._sound._sockets.port if calls.phone else 0
    host = "127.0.0.1"
    held = await dialog.reinvite(sdp.offer(host, port, direction="sendonly", version=2))
    assert "a=recvonly" in held
    at = len(phone.heard)
    await until(lambda: len(phone.heard) > at + 30)
    assert all(tick.concealed for tick in phone.heard[at + 15 : at + 30])
    assert not heard[-1].gone
    again = await dialog.reinvite(sdp.offer(host, port, payloads=(payload,), version=3))
    leg.media.change(replaced(leg.media.terms, payload))
    assert f"RTP/AVP {payload} " in again
    at, mine = len(phone.heard), len(heard)
    await until(lambda: sounding(phone.heard[at:]) > 20 and sounding(heard[mine:]) > 20)
    await line.hang_up()
    await taking


def replaced(terms: Terms, payload: int) -> Terms:
    return replace(terms, codec=PCMA if payload else PCMU)


async def take_into(line: SipLine, heard: list[Tick]) -> None:
    async for tick in line.ticks():
        heard.append(tick)
        line.play(frame_of(TONE, tick.number))


@pytest.mark.asyncio
async def test_sound_from_another_port_neither_moves_nor_mixes_with_the_call(calls: Exchange) -> None:
    phone = Talking()
    line = await calls.rings(phone)
    await line.answer()
    port = line._sound._sockets.port
    heard: list[Tick] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(0)
        got = 0
        async for tick in line.ticks():
            heard.append(tick)
            line.play(frame_of(TONE, tick.number))
            for number in range(3):
                at = tick.number * 3 + number
                stranger.sendto(header(0, at, at * 160, 4711) + bytes(160), ("127.0.0.1", port))
                key = bytes((EVENT_KEYS.index("9"), 10, 0, 160))
                stranger.sendto(header(101, at, at * 160, 4711) + key, ("127.0.0.1", port))
            try:
                while stranger.recv(2000):
                    got += 1
            except BlockingIOError:
                pass
            if tick.number == 80:
                await line.hang_up()
    assert got == 0
    assert not any(tick.keys for tick in heard)
    assert sounding(heard[10:]) >= len(heard[10:]) - 5  # a loop that is late conceals a frame
    assert max(int(np.abs(tick.frame).max()) for tick in heard) < 9000  # the stranger is at full scale
    assert sounding(phone.heard) >= 60
    assert line.leg.media.incoming.latch.moved == 0


def mutated(chance: random.Random, true: list[bytes]) -> bytes:
    """Return a datagram that is nearly RTP or RTCP."""
    data = bytearray(chance.choice(true))
    for _ in range(chance.randrange(1, 6)):
        kind = chance.randrange(4)
        if kind == 0 and data:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif kind == 1:
            del data[chance.randrange(len(data) + 1) :]
        elif kind == 2:
            data += chance.randbytes(chance.randrange(1, 80))
        elif data:
            data[0] = chance.choice((0x80, 0x8F, 0x90, 0xA0, 0xBF, 0x40, data[0]))
    return bytes(data[:1500])


TRUE = [
    header(0, 5, 800, 9) + bytes(160),
    header(101, 6, 800, 9, marker=True) + b"\x09\x0a\x00\xa0",
    b"\x90\x00\x00\x07\x00\x00\x00\xa0\x00\x00\x00\x09\xbe\xde\x00\x01\x10\xff\x00\x00" + bytes(160),
    b"\x81\xc8\x00\x0c" + bytes(24) + (9).to_bytes(4, "big") + bytes(20) + b"\x81\xcb\x00\x01\x00\x00\x00\x09",
]


@pytest.mark.asyncio
async def test_ten_thousand_mutated_datagrams_leave_a_call_as_it_was(calls: Exchange) -> None:
    phone = Talking(keys={20: "1", 140: "2"})
    line = await calls.rings(phone)
    await line.answer()
    chance = random.Random(4550)
    port, sent = line._sound._sockets.port, 0
    heard: list[Tick] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        async for tick in line.ticks():
            heard.append(tick)
            line.play(frame_of(TONE, tick.number))
            for _ in range(60 if sent < 10_000 else 0):
                stranger.sendto(mutated(chance, TRUE), ("127.0.0.1", port + sent % 2))
                sent += 1
            if sent >= 10_000 and tick.number > 190:
                await line.hang_up()
    assert sent >= 10_000
    assert [key for tick in heard for key in tick.keys] == ["1", "2"]
    assert sounding(heard[10:]) >= len(heard[10:]) - 20  # two keys of 180 ms stand in for sound
    assert calls.line_engine.ticker.failed == 0
    assert line.leg.media.incoming.latch.moved == 0
    assert calls.line_engine.legs == 0


def test_a_machine_that_presses_keys_without_end_is_held_to_what_a_person_can() -> None:
    incoming = Incoming(PCMU, 101, ("127.0.0.1", 9))
    told = 0
    for tick in range(100):
        for number in range(100):
            at = tick * 100 + number
            key = header(101, at, at * 160, 9) + bytes((at % 10, 10, 0, 160))
            incoming.put(key, ("127.0.0.1", 9), arrived_s=tick / 50, now_s=tick / 50)
        told += len(incoming.take()[1])
    assert told == 200
    assert len(incoming._pressed) <= 64


def test_ten_thousand_mutated_datagrams_of_the_caller_themselves_break_nothing() -> None:
    chance = random.Random(3550)
    incoming = Incoming(PCMU, 101, ("127.0.0.1", 9))
    for number in range(10_000):
        now = number / 500
        incoming.put(mutated(chance, TRUE), ("127.0.0.1", 9), arrived_s=now, now_s=now)
        parse_report(mutated(chance, TRUE))
        if not number % 10:
            frame, _, _ = incoming.take()
            assert frame.shape == (FRAME_SAMPLES,)
    assert incoming.malformed > 1000
    assert len(incoming.buffer._cells) <= 220
