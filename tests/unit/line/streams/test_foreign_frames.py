"""Calls over AudioSocket whose other end frames with a library that is not ours (asterisk-ai-voice-agent, MIT).

It writes and reads an id, sound and the end; keys are framed nowhere but here and in Asterisk itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from tests.peers.switchboard import CALLED, CALLER, Switchboard, switchboard

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.audio.g711 import encode_mulaw
from nightbell.line.audio_socket.protocol import Announced, Heard, HungUp, Reader, sound_message
from nightbell.line.port import Tick
from nightbell.line.stream.line import StreamLine
from nightbell.testing.handsets import tone

foreign = pytest.importorskip("asterisk_ai_voice_agent.audiosocket", reason="scripts/test installs it")
pytestmark = pytest.mark.asyncio

TONE = tone(440, ms=500)
SOUND = TONE[:FRAME_SAMPLES].astype("<i2").tobytes()


@asynccontextmanager
async def foreign_call(
    both: Switchboard,
) -> AsyncIterator[tuple[StreamLine, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Give a line that picked up, and the ends of a connection that the library frames."""
    host, _, port = both.server.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        name = both.server.registry.announce(CALLER, CALLED)
        writer.write(foreign.Frame(type=foreign.FrameType.UUID, payload=name.bytes).encode())
        async with asyncio.timeout(5):
            ring = await both.ringing.get()
        assert ring.line is not None
        await ring.line.answer()
        yield ring.line, reader, writer
    finally:
        writer.close()


async def ticks(line: StreamLine, most: int) -> list[Tick]:
    found: list[Tick] = []
    async with asyncio.timeout(8):
        async for tick in line.ticks():
            found.append(tick)
            line.play(TONE[:FRAME_SAMPLES])
            if tick.gone or len(found) >= most:
                break
    return found


async def read(reader: asyncio.StreamReader) -> list[Any]:
    """Return the foreign library's frames until the connection or the call is over."""
    found: list[Any] = []
    async with asyncio.timeout(8):
        while not found or found[-1].type is not foreign.FrameType.HANGUP:
            found.append(await foreign.Frame.read(reader))
    return found


async def test_sound_goes_both_ways_and_the_line_hangs_up() -> None:
    async with switchboard() as both, foreign_call(both) as (line, reader, writer):
        for at in range(0, len(TONE) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            writer.write(foreign.audio_frame(TONE[at : at + FRAME_SAMPLES].astype("<i2").tobytes()).encode())
        heard = await ticks(line, 40)
        assert any(abs(tick.frame.astype(int)).max() > 4000 for tick in heard)
        await line.hang_up()
        await ticks(line, 200)
        frames = await read(reader)
        assert {frame.type for frame in frames} == {foreign.FrameType.AUDIO, foreign.FrameType.HANGUP}
        assert all(len(frame.payload) == foreign.FRAME_BYTES for frame in frames[:-1])
        assert max(abs(np.frombuffer(frame.payload, "<i2").astype(int)).max() for frame in frames[:-1]) > 4000


async def test_its_end_of_a_call_is_a_caller_who_is_gone() -> None:
    async with switchboard() as both, foreign_call(both) as (line, _, writer):
        writer.write(foreign.hangup_frame().encode())
        assert (await ticks(line, 200))[-1].gone == "caller"


async def test_what_it_frames_is_what_we_read_and_the_other_way_round() -> None:
    kinds = foreign.FrameType
    frames = [
        foreign.Frame(type=kinds.UUID, payload=bytes(16)),
        foreign.audio_frame(SOUND),
        foreign.hangup_frame(),
    ]
    found = Reader().read(b"".join(frame.encode() for frame in frames))
    assert [type(one) for one in found] == [Announced, Heard, HungUp]
    reader = asyncio.StreamReader()
    reader.feed_data(sound_message(encode_mulaw(TONE[:FRAME_SAMPLES])))
    frame = await foreign.Frame.read(reader)
    assert (frame.type, len(frame.payload)) == (kinds.AUDIO, foreign.FRAME_BYTES)
