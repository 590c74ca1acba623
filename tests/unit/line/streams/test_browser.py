"""The browser phone: who may call, what a page may send, what it hears and reads."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import numpy as np
import pytest
from tests.peers.browsing import KEY, browsing

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.call.effects import Close, Escalate, Play
from nightbell.call.events import Heard, KeyPressed
from nightbell.line.browser.caller import open_page
from nightbell.line.browser.links import signed
from nightbell.reception.captions import Captions
from nightbell.terms.disposition import Disposition
from nightbell.terms.segment import Segment
from nightbell.testing.handsets import tone

pytestmark = pytest.mark.asyncio

FRAME = tone(440)[:FRAME_SAMPLES]
BYTES = FRAME.astype("<i2").tobytes()


async def test_only_who_has_the_link_may_call_and_the_page_may_do_little_else() -> None:
    async with browsing() as both:
        for path, status in (
            (f"/phone?key={KEY}", 200),
            ("/phone", 403),
            ("/phone?key=%ED%A0%80", 403),
            ("/phone/phone.js", 200),
            ("/phone/worklet.js", 200),
            ("/phone/phone.css", 200),
            ("/phone/..%2Fendpoint.py", 404),
            ("/phone/index.html", 404),
        ):
            async with both.session.get(both.here + path) as answer:
                assert answer.status == status, path
                if status == 200:
                    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await both.call("wrong")
        assert both.ringing.empty()


async def test_a_call_is_a_test_goes_both_ways_and_is_read_along() -> None:
    async with browsing() as both, asyncio.timeout(10):
        socket = await both.call(more="&clinic=harbour")
        ring = await both.ringing.get()
        assert (ring.test, ring.caller, ring.called, ring.source) == (True, None, "harbour", "")
        line, tell = ring.line, ring.tell
        assert line is not None
        assert tell is not None
        await line.answer()
        await socket.send_str('{"press": "9"}')
        tell("clinic", "words & <b>more</b>")
        keys: list[str] = []
        loud = 0
        async for tick in line.ticks():
            keys += tick.keys
            loud += bool(abs(tick.frame.astype(int)).max() > 4000)
            await socket.send_bytes(BYTES)
            line.play(FRAME)
            if tick.number == 20:
                await line.hang_up()
        assert keys == ["9"]
        assert loud > 5
        came = [message.data async for message in socket]
        assert json.loads(next(one for one in came if isinstance(one, str)))["text"] == "words & <b>more</b>"
        sound = [np.frombuffer(one, "<i2") for one in came if isinstance(one, bytes)]
        assert {len(one) for one in sound} == {FRAME_SAMPLES}
        assert abs(sound[0].astype(int) - FRAME).max() < 300


@pytest.mark.parametrize(
    ("message", "code"), [(b"short", 1007), ("[" * 4_000, 1007), ("no json", 1007), ("x" * 5_000, 1009)]
)
async def test_what_no_page_sends_ends_that_call_alone(message: str | bytes, code: int) -> None:
    async with browsing() as both, asyncio.timeout(10):
        live = await both.call()
        other = (await both.ringing.get()).line
        assert other is not None
        await other.answer()
        socket = await both.call()
        line = (await both.ringing.get()).line
        assert line is not None
        await line.answer()
        await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
        await socket.receive()
        assert socket.close_code == code
        assert [tick.gone async for tick in line.ticks()][-1] in {"line", "caller"}
        assert not other.over
        await live.close()
        assert [tick.gone async for tick in other.ticks()][-1] == "caller"


async def test_it_is_for_trying_so_a_fifth_call_is_not_taken() -> None:
    async with browsing() as both:
        sockets = [await both.call() for _ in range(4)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await both.call()
        assert refused.value.status == 503
        for socket in sockets:
            await socket.close()


async def test_captions_tell_who_says_what_and_what_would_come_of_it() -> None:
    told: list[tuple[str, str]] = []
    captions = Captions(lambda who, text: told.append((who, text)))
    about: dict[str, Any] = {"clinic": "c", "call": "1", "seq": 0, "at_utc": 0, "audio_ms": 0}
    made: dict[str, Any] = {"call": "1", "n": 1, "state": "ask"}
    play = Play(**made, prompt="ask", segments=(Segment("words", "Does it hurt?"),), bargein="none")
    captions.happened(KeyPressed(**about, key="9", source="event"), [play], 0)
    captions.speaking("ask", 0)
    paged = Escalate(**made, disposition=Disposition.D1, question="ask")
    over = Close(**made, disposition=Disposition.D1, reason="end")
    captions.happened(Heard(**about, listen=1, cause="phrase", phrase="yes"), [paged, over], 0)
    assert told == [
        ("you", "key 9"),
        ("place", "ask"),
        ("clinic", "Does it hurt?"),
        ("you", "yes"),
        ("page", "a person would be paged now: D1"),
        ("end", "D1"),
    ]


async def test_a_caller_of_ours_calls_as_the_page_does_and_shows_its_link_by_name() -> None:
    async with browsing() as both, asyncio.timeout(20):
        link = signed(KEY, until_s=round(time.time()) + 60, calls=1, clinic="harbour", name="rehearsal-1")
        call = await open_page(both.session, both.here, link)
        talking = asyncio.create_task(call.talk())
        ring = await both.ringing.get()
        assert (ring.test, ring.caller, ring.called, ring.display) == (True, None, "harbour", "rehearsal-1")
        done: list[str] = []
        ring.on_handset = done.append
        line, tell = ring.line, ring.tell
        assert line is not None
        assert tell is not None
        await line.answer()
        tell("handset", "It rings.", state="ringing")
        tell("way", "reason")
        await call.press("9")
        await call.do("up")
        call.say(np.tile(FRAME, 10))
        keys: list[str] = []
        loud = 0
        async for tick in line.ticks():
            keys += tick.keys
            loud += bool(abs(tick.frame.astype(int)).max() > 4000)
            line.play(FRAME)
            if tick.number == 60:
                await line.hang_up()
        await talking
        assert (keys, done, call.handset) == (["9"], ["up"], "ringing")
        assert call.told == [("handset", "It rings."), ("way", "reason")]
        assert loud > 5
        heard = [bool(abs(frame.astype(int)).max() > 4000) for frame in call.heard]
        assert sum(heard) >= 59, "the last words too, which wait to be played when the line hangs up"
        with pytest.raises(aiohttp.ClientResponseError):
            await open_page(both.session, both.here, link)


async def test_a_call_by_the_word_shows_no_name() -> None:
    async with browsing() as both, asyncio.timeout(10):
        socket = await both.call()
        assert (await both.ringing.get()).display == ""
        await socket.close()
