"""What every line promises (``nightbell.line.port``); the sound of each kind has its own tests.

A call by requests alone is no line: it has no sound and no ticks (ADR 0041). What it promises is the port of
``line.webhook``, held by ``tests/unit/line/webhook``.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
import pytest_asyncio
from tests.peers.asterisk import asterisk, paces
from tests.peers.browsing import browsing, listens
from tests.peers.carried import carried
from tests.peers.switchboard import switchboard
from tests.peers.telephone import exchange

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE
from nightbell.errors import LineFailed
from nightbell.line.keyboard import Keyboard
from nightbell.line.microphone import MicrophoneLine
from nightbell.line.scripted import ScriptedLine
from nightbell.line.silent import SilentLine
from nightbell.line.terminal import TerminalLine
from nightbell.testing.line import FakeLine
from nightbell.testing.soundcard import LoopbackSoundcard

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

    from nightbell.line.audio_socket.pbx import PbxCall
    from nightbell.line.media_stream.carrier import Stream
    from nightbell.line.port import Line, Tick
    from nightbell.line.sip.placed import PlacedLeg

pytestmark = pytest.mark.asyncio

FRAME = np.full(FRAME_SAMPLES, 1000, dtype=np.int16)
KEY_AT = 3
ENDS_AT = 12
"""Tick in which the caller hangs up, at the latest in a paced line: 240 ms."""


def scripted(*, paced: bool) -> ScriptedLine:
    line = ScriptedLine(caller="+447700900123", called="+442079460000", paced=paced)
    line.handset.press("5", at_ms=KEY_AT * 20)
    line.handset.hang_up(at_ms=ENDS_AT * 20)
    return line


def silent() -> SilentLine:
    line = SilentLine(caller="+447700900123", called="+442079460000")
    line.handset.press("5", at_ms=KEY_AT * 20)
    line.handset.hang_up(at_ms=ENDS_AT * 20)
    return line


async def pressing(phone: PlacedLeg) -> None:
    async for tick in phone.ticks():
        if tick.number == KEY_AT:
            phone.press("5")
        if tick.number == ENDS_AT:
            await phone.hang_up()


async def keying(stream: Stream) -> None:
    await asyncio.sleep(KEY_AT * 0.02)
    await stream.press("5")
    await asyncio.sleep((ENDS_AT - KEY_AT) * 0.02)
    await stream.hang_up()


async def asking(call: PbxCall) -> None:
    await asyncio.sleep(KEY_AT * 0.02)
    call.press("5")
    await asyncio.sleep((ENDS_AT - KEY_AT) * 0.02)
    await call.hang_up()


async def digits(socket: ClientWebSocketResponse) -> None:
    await asyncio.sleep(KEY_AT * 0.02)
    await socket.send_str("DTMF_END digit:5")
    await asyncio.sleep((ENDS_AT - KEY_AT) * 0.02)
    await socket.close()


async def pages(socket: ClientWebSocketResponse) -> None:
    await asyncio.sleep(KEY_AT * 0.02)
    await socket.send_str('{"press": "5"}')
    await asyncio.sleep((ENDS_AT - KEY_AT) * 0.02)
    await socket.close()


async def _over(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


THERE = ("sip", "media_stream", "audiosocket", "chan_websocket", "browser")
KINDS = ("scripted", "scripted-paced", "silent", "terminal", "microphone", "fake", *THERE)
Make: TypeAlias = Callable[[], Awaitable["Line"]]


@pytest_asyncio.fixture(params=KINDS)
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    async with AsyncExitStack() as files:

        def terminal() -> Line:
            ours, theirs = os.pipe()
            with os.fdopen(theirs, "w") as typed:
                typed.write("5\n")
            source = files.enter_context(os.fdopen(ours))
            return TerminalLine(Keyboard(source), caller="+447700900123", called="+442079460000")

        def microphone() -> Line:
            keyboard = Keyboard(io.StringIO("5\n"))
            card = LoopbackSoundcard(running=True)
            return MicrophoneLine(keyboard, card=card, caller="+447700900123", called="+442079460000")

        def fake() -> Line:
            return FakeLine(
                keys={KEY_AT: ("5",)}, length=ENDS_AT + 1, caller="+447700900123", called="+442079460000"
            )

        async def sip() -> Line:
            calls = await files.enter_async_context(exchange())
            return await calls.rings(pressing)

        async def media_stream() -> Line:
            calls = await files.enter_async_context(carried())
            return await calls.rings(keying)

        async def audio_socket() -> Line:
            calls = await files.enter_async_context(switchboard())
            return (await calls.called(asking))[0]

        async def chan_websocket() -> Line:
            calls = await files.enter_async_context(asterisk())
            line, socket = await calls.called()
            files.push_async_callback(_over, asyncio.create_task(paces(socket)))
            files.push_async_callback(_over, asyncio.create_task(digits(socket)))
            return line

        async def browser() -> Line:
            calls = await files.enter_async_context(browsing())
            socket = await calls.call(more="&clinic=harbour")
            line = (await calls.ringing.get()).line
            assert line is not None
            files.push_async_callback(_over, asyncio.create_task(listens(socket)))
            files.push_async_callback(_over, asyncio.create_task(pages(socket)))
            return line

        there: dict[str, Make] = {
            "browser": browser,
            "chan_websocket": chan_websocket,
            "sip": sip,
            "media_stream": media_stream,
            "audiosocket": audio_socket,
        }
        here: dict[str, Callable[[], Line]] = {
            "scripted": lambda: scripted(paced=False),
            "scripted-paced": lambda: scripted(paced=True),
            "silent": silent,
            "terminal": terminal,
            "microphone": microphone,
            "fake": fake,
        }

        async def made() -> Line:
            return await there[request.param]() if request.param in there else here[request.param]()

        yield made


async def whole_call(line: Line) -> list[Tick]:
    await line.answer()
    return [tick async for tick in line.ticks()]


async def test_it_names_itself_and_both_numbers(make: Make) -> None:
    line = await make()
    assert line.kind in {*KINDS, "scripted"}
    tried = line.kind == "browser"  # it shows no number, and calls a clinic by name: nobody is rung back
    assert (line.caller, line.called) == ((None, "harbour") if tried else ("+447700900123", "+442079460000"))


async def test_ticks_are_numbered_from_zero_without_a_gap(make: Make) -> None:
    ticks = await whole_call(await make())
    assert [tick.number for tick in ticks] == list(range(len(ticks)))
    assert len(ticks) > 1


async def test_every_tick_carries_a_frame(make: Make) -> None:
    for tick in await whole_call(await make()):
        assert tick.frame.shape == (FRAME_SAMPLES,)
        assert tick.frame.dtype == np.int16


async def test_the_last_tick_and_no_other_says_who_hung_up(make: Make) -> None:
    ticks = await whole_call(await make())
    assert [tick.gone for tick in ticks[:-1]] == [""] * (len(ticks) - 1)
    assert ticks[-1].gone == "caller"


async def test_a_key_is_reported_once(make: Make) -> None:
    ticks = await whole_call(await make())
    assert [key for tick in ticks for key in tick.keys] == ["5"]


async def test_nothing_more_comes_after_the_end(make: Make) -> None:
    line = await make()
    await whole_call(line)
    line.play(FRAME)
    await line.hang_up()


async def test_hanging_up_ends_the_ticks_as_ours_and_may_be_repeated(make: Make) -> None:
    line = await make()
    await line.answer()
    ticks: list[Tick] = []
    async for tick in line.ticks():
        ticks.append(tick)
        await line.hang_up()
        await line.hang_up()
    assert ticks[-1].gone == "us"
    assert len(ticks) <= 3


async def test_play_does_not_wait_and_may_be_left_out(make: Make) -> None:
    line = await make()
    await line.answer()
    loop = asyncio.get_running_loop()
    async for tick in line.ticks():
        if tick.number % 2:
            before = loop.time()
            line.play(FRAME)
            assert loop.time() - before < 0.01
    assert not np.array_equal(FRAME, SILENCE)


async def test_ticks_before_the_answer_are_refused(make: Make) -> None:
    ticks: AsyncIterator[Tick] = (await make()).ticks()
    with pytest.raises(LineFailed):
        await anext(ticks)


async def test_only_a_paced_line_takes_real_time(make: Make) -> None:
    line = await make()
    loop = asyncio.get_running_loop()
    began = loop.time()
    ticks = await whole_call(line)
    took = loop.time() - began
    if line.paced:
        assert took >= len(ticks) * 0.02 - 0.001
    else:
        assert took < len(ticks) * 0.02
