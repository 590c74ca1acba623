"""Calls over chan_websocket, between a PBX's WebSocket of ours and a line, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import aiohttp
import numpy as np
import pytest
from tests.peers.asterisk import PLAIN, Asterisk, asterisk

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.audio.g711 import encode_mulaw
from nightbell.errors import StreamRefused
from nightbell.line.chan_websocket.pbx import open_media
from nightbell.line.chan_websocket.protocol import Pressed, Reader, Started
from nightbell.line.stream.line import StreamLine
from nightbell.testing.handsets import tone

JSON = json.dumps({"event": "MEDIA_START", "connection_id": "nb", "format": "ulaw", "ptime": 20})
FRAME = encode_mulaw(tone(440)[:FRAME_SAMPLES])


@pytest.mark.parametrize(
    ("start", "key"), [(PLAIN, "DTMF_END digit:9"), (JSON, '{"event":"DTMF_END","digit":"9"}')]
)
def test_both_forms_are_read_and_answered_in_kind(start: str, key: str) -> None:
    reader = Reader()
    assert reader.read(start) == Started()
    assert reader.read(key) == Pressed("9")
    assert reader.read('{"event":"MEDIA_XOFF"}' if start is JSON else "MEDIA_XOFF") is None
    assert reader.write("FLUSH_MEDIA") == ('{"command": "FLUSH_MEDIA"}' if start is JSON else "FLUSH_MEDIA")


@pytest.mark.parametrize(
    ("before", "text", "close"),
    [
        ([], "DTMF_END digit:9", 1002),
        ([PLAIN], PLAIN, 1002),
        ([], PLAIN.replace("ulaw", "slin16"), 1003),
        ([], "{" * 9_000, 1007),
        ([], '{"a": 1}', 1007),
        ([], "", 1002),
    ],
)
def test_what_is_no_message_or_out_of_its_turn_is_refused(before: list[str], text: str, close: int) -> None:
    reader = Reader()
    for one in before:
        reader.read(one)
    with pytest.raises(StreamRefused) as refused:
        reader.read(text)
    assert refused.value.close == close


async def answered(both: Asterisk, start: str = PLAIN) -> tuple[StreamLine, aiohttp.ClientWebSocketResponse]:
    line, socket = await both.called(start)
    assert socket.protocol == "media"
    await line.answer()
    return line, socket


@pytest.mark.asyncio
@pytest.mark.parametrize("start", [PLAIN, JSON], ids=["plain", "json"])
async def test_sound_goes_both_ways_a_cut_flushes_and_a_hang_up_hangs_up(start: str) -> None:
    async with asterisk() as both, asyncio.timeout(10):
        line, socket = await answered(both, start)
        assert line.kind == "chan_websocket"
        await socket.send_str("DTMF_END digit:9" if start is PLAIN else '{"event":"DTMF_END","digit":"9"}')
        keys: list[str] = []
        loud = 0
        async for tick in line.ticks():
            keys += tick.keys
            loud += bool(abs(tick.frame.astype(int)).max() > 4000)
            await socket.send_bytes(FRAME)
            if tick.number < 20:
                line.play(tone(440)[:FRAME_SAMPLES])
            if tick.number == 20:
                line.cut()
                await line.hang_up()
        assert keys == ["9"]
        assert loud > 5
        came = [message async for message in socket]
        assert came[0].data == ("ANSWER" if start is PLAIN else '{"command": "ANSWER"}')
        assert sum(message.data == FRAME for message in came) > 10
        texts = [message.data for message in came if isinstance(message.data, str)]
        assert [text.strip('{}"').split('"')[-1] for text in texts] == ["ANSWER", "FLUSH_MEDIA", "HANGUP"]


@pytest.mark.asyncio
async def test_the_pbx_of_a_rehearsal_plays_flushes_presses_and_is_hung_up() -> None:
    async with asterisk() as both, asyncio.timeout(10):
        call = await open_media(both.session, both.here, both.registry.announce("+447700900123", "+442079460000"))
        talking = asyncio.create_task(call.talk())
        line = (await both.ringing.get()).line
        assert line is not None
        await line.answer()
        call.say(np.tile(tone(440), 2))
        loud, keys = 0, ""
        async for tick in line.ticks():
            loud += bool(abs(tick.frame.astype(int)).max() > 4000)
            keys += "".join(tick.keys)
            if tick.number < 25:
                line.play(tone(440)[:FRAME_SAMPLES])
            if tick.number == 10:
                await call.press("9")
            if tick.number == 25:
                line.cut()
            if tick.number == 35:
                await line.hang_up()
        await talking
        assert (keys, call.answered, call.flushes, call.hung_up) == ("9", True, 1, True)
        assert loud > 10
        assert np.count_nonzero(abs(call.recording().astype(int)) > 4000) > FRAME_SAMPLES


@pytest.mark.asyncio
@pytest.mark.parametrize("source", ["", "127.0.0.1"])
async def test_only_a_line_that_is_rehearsed_takes_its_calls_for_this_machines(source: str) -> None:
    async with asterisk(source=source) as both, asyncio.timeout(10):
        socket = await both.connect()
        await socket.send_str(PLAIN)
        assert (await both.ringing.get()).source == source
        await socket.close()


@pytest.mark.asyncio
async def test_a_caller_who_hangs_up_is_gone() -> None:
    async with asterisk() as both, asyncio.timeout(10):
        line, socket = await answered(both)
        await socket.close()
        assert [tick.gone async for tick in line.ticks()][-1] == "caller"


@pytest.mark.asyncio
async def test_bad_connections_are_refused() -> None:
    async with asterisk() as both, asyncio.timeout(10):
        used = both.registry.announce(None, "x")
        both.registry.redeem(used)
        for name in (used, uuid4()):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await both.connect(name)
        async with both.session.get(f"{both.here}/asterisk/media?id=none") as answer:
            assert answer.status == 403
        for message, code in ((FRAME, 1002), ("x" * 20_000, 1009), ("DTMF_END digit:9", 1002)):
            socket = await both.connect()
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_str(message)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == code
        assert both.ringing.empty()


@pytest.mark.asyncio
async def test_a_connection_that_does_not_start_is_refused() -> None:
    async with asterisk(start_s=0.1) as both, asyncio.timeout(10):
        socket = await both.connect()
        await socket.receive()
        assert socket.close_code == 1002


@pytest.mark.asyncio
async def test_sound_that_is_no_stream_ends_the_call_as_the_lines() -> None:
    async with asterisk() as both, asyncio.timeout(10):
        line, socket = await answered(both)
        await socket.send_bytes(bytes(5_000))
        assert [tick.gone async for tick in line.ticks()][-1] == "line"
        await socket.close()
