"""Calls over AudioSocket, between a PBX of ours and a line, over real TCP on loopback."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
import uvloop
from aiohttp import web
from tests.peers.switchboard import CALLED, CALLER, KEY, Switchboard, switchboard

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.audio.g711 import encode_mulaw
from nightbell.errors import StreamRefused
from nightbell.line.audio_socket.pbx import PbxCall, connect, register
from nightbell.line.audio_socket.protocol import Announced, Heard, HungUp, Pressed, Reader, Troubled, sound_message
from nightbell.line.stream.registry import Registry
from nightbell.testing.handsets import tone

if TYPE_CHECKING:
    from nightbell.line.port import Tick
    from nightbell.line.stream.line import StreamLine

TONE = tone(440, ms=500)
FRAME = TONE[:FRAME_SAMPLES]
ID = UUID("7cb495ec-a50d-476b-b75b-34667cf73e7f")


@pytest_asyncio.fixture
async def calls() -> AsyncIterator[Switchboard]:
    async with switchboard() as both:
        yield both


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - the other end of a socket brings it about
            await asyncio.sleep(0.01)


async def taken(line: StreamLine, ticks: int = 10_000) -> list[Tick]:
    found: list[Tick] = []
    async with asyncio.timeout(8):
        async for tick in line.ticks():
            found.append(tick)
            line.play(FRAME)
            if tick.gone or len(found) >= ticks:
                break
    return found


def loud(ticks: list[Tick]) -> int:
    return sum(bool(abs(tick.frame.astype(int)).max() > 4000) for tick in ticks)


# -- the messages -------------------------------------------------------------------------------------------------


def message(kind: int, body: bytes = b"", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return bytes((kind,)) + size.to_bytes(2, "big") + body


SOUND = FRAME.astype("<i2").tobytes()


@pytest.mark.parametrize("piece", [1, 2, 7, 323, 10_000])
def test_messages_are_read_whatever_pieces_they_come_in(piece: int) -> None:
    data = message(1, ID.bytes) + message(0x10, SOUND) + message(3, b"9") + message(0xFF, b"\2") + message(0)
    reader = Reader()
    found = [one for at in range(0, len(data), piece) for one in reader.read(data[at : at + piece])]
    assert found == [Announced(ID), Heard(encode_mulaw(FRAME)), Pressed("9"), Troubled(), HungUp()]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (message(0x10, SOUND), "no id"),
        (message(0), "no id"),
        (message(1, ID.bytes) * 2, "an id in the middle"),
        (message(1, b"short"), "an id that is none"),
        (message(1, ID.bytes) + message(0x10, length=65_535), "a length that cannot be"),
        (message(1, ID.bytes) + message(0x10, b"odd"), "half a sample"),
        (message(1, ID.bytes) + message(0x12, SOUND), "a kind that is not spoken here"),
        (message(0x10, length=65_535), "a length that cannot be"),
        (b"GET / HTTP/1.1\r\n", "a kind that is not spoken here"),
    ],
)
def test_what_cannot_be_is_refused_before_its_body(data: bytes, why: str) -> None:
    with pytest.raises(StreamRefused, match=why):
        Reader().read(data)


def test_what_is_sent_is_what_asterisk_reads() -> None:
    sent = sound_message(encode_mulaw(FRAME))
    assert sent[:3] == b"\x10\x01\x40"
    assert abs(np.frombuffer(sent[3:], "<i2").astype(int) - FRAME).max() < 300


# -- calls --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_both_hear_each_other_and_the_line_hangs_up(calls: Switchboard) -> None:
    line, call = await calls.called()
    assert (line.caller, line.called, line.kind) == (CALLER, CALLED, "audiosocket")
    await line.answer()
    call.say(TONE)
    ticks = await taken(line, 40)
    assert loud(ticks) == 25
    assert abs(call.recording().astype(int)).max() > 4000
    await line.hang_up()
    await taken(line)
    await until(lambda: call.hung_up)


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["closes", "says so"])
async def test_a_caller_who_hangs_up_is_gone(calls: Switchboard, how: str) -> None:
    line, call = await calls.called()
    await line.answer()
    call.press("9")
    async with asyncio.timeout(5):
        async for tick in line.ticks():
            if tick.keys:
                break
    assert tick.keys == ("9",)
    if how == "closes":
        await call.hang_up()
    else:
        call.send(0)
    assert (await taken(line))[-1].gone == "caller"


def breaks(call: PbxCall) -> None:
    """Have the connection reset, as a PBX that dies or a firewall does."""
    there = call.writer.get_extra_info("socket")
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.writer.transport.abort()


@pytest.mark.asyncio
async def test_a_connection_that_breaks_is_a_caller_who_is_gone_and_nothing_goes_on_over_another(
    calls: Switchboard,
) -> None:
    name = calls.server.registry.announce(CALLER, CALLED)
    call = await connect(calls.server.address, name)
    line = (await calls.ringing.get()).line
    assert line is not None
    await line.answer()
    call.say(TONE)
    calls.spawn(call.talk())
    await taken(line, 10)
    breaks(call)
    assert (await taken(line))[-1].gone == "caller"
    assert (await refused(calls, name)).hung_up  # the PBX dials again with the id that it has
    anew, _ = await calls.called()  # and with another: another call, from its beginning
    assert anew is not line
    await anew.answer()
    assert (await taken(anew, 5))[0].number == 0
    assert line.over
    await anew.hang_up()
    await taken(anew)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [OSError(113, "No route to host"), TimeoutError(110, "Connection timed out")])
async def test_a_network_that_fails_under_a_call_is_a_caller_who_is_gone_and_no_fault_of_ours(
    calls: Switchboard, fault: OSError, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel tells of a dead way in more words than a reset."""
    line, _ = await calls.called()
    await line.answer()
    await taken(line, 5)
    (writer,) = calls.server._open
    writer._reader.set_exception(fault)  # type: ignore[attr-defined]
    assert (await taken(line))[-1].gone == "caller"
    await until(lambda: calls.server.live == 0)
    assert "Unhandled" not in caplog.text


@pytest.mark.asyncio
async def test_a_pause_of_the_source_costs_a_quarter_of_a_second_and_not_the_call(calls: Switchboard) -> None:
    line, call = await calls.called()
    await line.answer()
    await taken(line, 30)
    call.paused = True
    await taken(line, 60)
    call.paused = False
    call.say(np.tile(TONE, 2))
    assert 25 < loud(await taken(line, 80)) <= 50
    await line.hang_up()


@pytest.mark.asyncio
async def test_half_a_frame_and_then_nothing_ends_the_call_as_the_lines() -> None:
    async with switchboard(media_timeout_s=0.3) as calls:
        call = await connect(calls.server.address, calls.server.registry.announce(CALLER, CALLED))
        line = (await calls.ringing.get()).line
        assert line is not None
        await line.answer()
        call.send(0x10, b"half", length=320)
        assert (await taken(line))[-1].gone == "line"
        call.writer.close()


async def refused(calls: Switchboard, name: UUID | None, *then: bytes) -> PbxCall:
    """Connect, and be hung up."""
    call = await connect(calls.server.address, name)
    for data in then:
        call.writer.write(data)
    await call.talk_to_the_end()
    assert calls.ringing.empty()
    return call


@pytest.mark.asyncio
async def test_bad_connections_are_refused_and_a_live_call_hears_nothing_of_it(calls: Switchboard) -> None:
    line, call = await calls.called()
    await line.answer()
    used = calls.server.registry.announce(CALLER, CALLED)
    assert calls.server.registry.redeem(used) is not None
    assert (await refused(calls, used)).hung_up
    assert (await refused(calls, uuid4())).hung_up
    assert (await refused(calls, None, message(0x10, SOUND))).hung_up
    assert (await refused(calls, None, message(0x10, length=65_535))).hung_up
    call.say(TONE)
    assert loud(await taken(line, 60)) >= 25  # none is lost; a slow machine has one concealed
    await line.hang_up()
    await taken(line)


@pytest.mark.asyncio
async def test_half_an_id_and_then_nothing_is_refused() -> None:
    async with switchboard(id_s=0.1) as calls:
        assert (await refused(calls, None, b"\x01\x00")).hung_up


@pytest.mark.asyncio
async def test_who_is_no_peer_is_cut_unread() -> None:
    async with switchboard(peers=("192.0.2.0/24",)) as calls:
        name = calls.server.registry.announce(CALLER, CALLED)
        call = await refused(calls, name)
        assert not call.hung_up
        assert calls.server.registry.redeem(name) is not None  # its id is still good


# -- registering --------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_id_is_good_once_and_for_half_a_minute() -> None:
    clock = Clock()
    registry = Registry(KEY, refuses=lambda _: 0, clock=clock)
    first, second = registry.announce(CALLER, CALLED), registry.announce(CALLER, CALLED)
    found = registry.redeem(first)
    assert found is not None
    assert (found.caller, found.called) == (CALLER, CALLED)
    assert registry.redeem(first) is None
    clock.now = 31.0
    assert registry.redeem(second) is None


@pytest.mark.asyncio
async def test_a_dial_plan_with_the_key_gets_an_id_and_who_is_not_taken_gets_nothing() -> None:
    refusal = 0
    registry = Registry(KEY, refuses=lambda _: refusal)
    app = web.Application()
    app.add_routes(registry.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as session:

            async def ask(key: str = KEY, called: str = CALLED, caller: str = "anonymous") -> tuple[int, str]:
                return await register(session, here, key, caller=caller, called=called)

            status, text = await ask()
            assert status == 200
            known = registry.redeem(UUID(text))
            assert known is not None
            assert known.caller is None
            assert await ask(key="wrong") == (401, "")
            assert await ask(key="") == (401, "")
            assert await ask(called="") == (400, "")
            assert await ask(called="9" * 500) == (400, "")
            refusal = 404
            assert await ask() == (404, "")
            refusal = 486
            assert await ask() == (503, "")
            headers = {"Authorization": f"Bearer {KEY}"}
            refusal = 0
            async with session.post(f"{here}/pbx/calls", data={"called": "x"}, headers=headers) as answer:
                assert answer.status == 200
            async with session.post(f"{here}/pbx/calls", data={"called": "x"}) as answer:
                assert answer.status == 401
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("kind", ["uvloop", "asyncio"])
def test_a_caller_who_hangs_up_costs_no_other_call_its_sound_on_any_loop(kind: str) -> None:
    """One of the loops raises where something is written to a connection that is closed."""

    async def run() -> None:
        async with switchboard() as both:
            line, call = await both.called()
            other, _ = await both.called()
            await line.answer()
            await other.answer()
            call.say(TONE)
            await taken(line, 10)
            await call.hang_up()
            await until(lambda: both.server.live == 1)
            ticks = await taken(line)
            assert ticks[-1].gone == "caller"
            assert len(await taken(other, 20)) == 20
            assert both.ticker.failed == 0

    loops = asyncio.Runner(loop_factory=uvloop.new_event_loop if kind == "uvloop" else None)
    with loops as runner:
        runner.run(run())
