"""Calls over a media stream, between a carrier of ours and a line, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from tests.peers.carried import ACCOUNT, CALLED, CALLER, PUBLIC, TOKEN, Carried, carried

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.errors import LineFailed
from nightbell.line.media_stream.calls import CarrierCalls
from nightbell.line.media_stream.carrier import Stream
from nightbell.line.media_stream.signature import sign

if TYPE_CHECKING:
    from nightbell.line.port import Tick
    from nightbell.line.stream.line import StreamLine

pytestmark = pytest.mark.asyncio

TONE = (8000 * np.sin(np.arange(FRAME_SAMPLES * 25) * 2 * np.pi * 440 / 8000)).astype(np.int16)


@pytest_asyncio.fixture
async def calls() -> AsyncIterator[Carried]:
    async with carried() as both:
        yield both


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - the other end of a socket brings it about
            await asyncio.sleep(0.01)


async def loud(line: StreamLine, *, frames: int) -> Tick:
    """Take ticks until so many were loud; return the last."""
    async for tick in line.ticks():
        frames -= bool(abs(tick.frame.astype(int)).max() > 4000)
        if frames <= 0 or tick.gone:
            return tick
    raise AssertionError("the ticks ended")


async def gone(line: StreamLine) -> str:
    async with asyncio.timeout(5):
        async for tick in line.ticks():
            if tick.gone:
                return tick.gone
    raise AssertionError("nobody hung up")


async def test_what_the_caller_says_is_heard_and_what_is_played_reaches_them(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await line.answer()
    stream.say(TONE)
    heard: list[Tick] = []
    async for tick in line.ticks():
        heard.append(tick)
        line.play(TONE[:FRAME_SAMPLES])
        if tick.number == 40:
            break
    sound = np.concatenate([tick.frame for tick in heard])
    assert abs(np.abs(sound.astype(int)).max() - 8000) < 300
    assert sum(bool(abs(tick.frame.astype(int)).max() > 4000) for tick in heard) == 25
    assert abs(stream.recording().astype(int)).max() > 4000
    await line.hang_up()
    assert await gone(line) == "us"


async def test_when_the_prompt_is_cut_the_carrier_lets_go_of_what_nobody_heard(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    stream.held = True
    await line.answer()
    async for tick in line.ticks():
        if tick.number < 40:  # a mark goes out with the 25th
            line.play(TONE[:FRAME_SAMPLES])
        if tick.number == 40:
            line.cut()
        if tick.number == 42:
            break
    await until(lambda: stream.clears)
    assert stream.let_go > 30
    assert (stream.clears, list(stream.queue)) == (1, [])
    assert line.quality is not None
    assert line.quality.round_trip_ms is None  # a mark that a clear sends back tells of nothing that was heard
    await line.hang_up()


async def test_marks_tell_how_far_the_caller_has_heard(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await line.answer()
    told: float | None = None
    async for tick in line.ticks():
        if tick.number < 10:
            line.play(TONE[:FRAME_SAMPLES])
        told = line.quality.round_trip_ms if line.quality is not None else None
        if told is not None or tick.number > 200:
            break
    assert told is not None
    assert 0 < told < 2000
    assert len(stream.came_s) == 10
    await line.hang_up()


async def test_our_last_words_are_heard_before_the_stream_is_closed(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    stream.held = True  # a carrier that buffers
    await line.answer()
    async for tick in line.ticks():
        if tick.number < 10:
            line.play(TONE[:FRAME_SAMPLES])
        if tick.number == 10:
            await line.hang_up()
    assert not len(calls.ticker)  # it is served no more
    await asyncio.sleep(0.2)
    assert not stream.socket.closed
    stream.held = False
    await until(lambda: stream.socket.closed)
    heard = abs(stream.recording().astype(int)).reshape(-1, FRAME_SAMPLES).max(axis=1) > 4000
    assert np.count_nonzero(heard) >= 9


async def test_a_stream_that_breaks_is_followed_by_another_and_the_call_goes_on(calls: Carried) -> None:
    line, stream, call = await calls.called()
    await line.answer()
    stream.say(TONE)
    before = await loud(line, frames=10)
    await stream.socket.close()
    again = await call.stream("/twilio/after")
    calls.spawn(again.talk())
    again.say(TONE)
    after = await loud(line, frames=20)
    assert after.number > before.number
    assert not after.gone
    assert calls.ringing.empty()  # it is no second call
    await again.press("9")
    async for tick in line.ticks():
        if tick.keys:
            assert tick.keys == ("9",)
            break
    await again.hang_up()
    assert await gone(line) == "caller"
    assert (await call.ask("/twilio/after"))[1].endswith("<Response><Hangup /></Response>")


async def test_a_second_stream_of_a_call_takes_the_place_of_the_first(calls: Carried) -> None:
    line, stream, call = await calls.called()
    await line.answer()
    again = await call.stream("/twilio/after")
    calls.spawn(again.talk())
    await until(lambda: stream.socket.closed)
    again.say(TONE)
    assert not (await loud(line, frames=20)).gone
    await again.hang_up()
    assert await gone(line) == "caller"


async def test_a_stream_of_another_call_than_announced_is_refused(calls: Carried) -> None:
    _, text = await calls.carrier.call(CALLER, CALLED).ask("/twilio/voice")
    socket = await calls.carrier.connect(text.split('"')[5])
    await Stream(socket, sid="MZ1", call="CA-another", account=ACCOUNT).start()
    await socket.receive()
    assert socket.close_code == 1002
    assert calls.ringing.empty()


async def test_a_stream_that_breaks_and_is_followed_by_none_ends_the_call_as_the_lines() -> None:
    async with carried(media_timeout_s=0.3) as calls:
        line, stream, _ = await calls.called()
        await line.answer()
        await stream.socket.close()
        assert await gone(line) == "line"


async def test_a_caller_who_hangs_up_before_the_answer_is_gone(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await stream.hang_up()
    await until(lambda: line.over)
    with pytest.raises(LineFailed):
        await line.answer()


async def test_what_the_webhook_says_is_who_calls_whom(calls: Carried) -> None:
    stream = await calls.carrier.call("+266696687", CALLED, name='"><Say>x</Say>').stream()
    ring = await calls.ringing.get()
    assert (ring.caller, ring.called, ring.source) == (None, CALLED, "")
    await stream.hang_up()


# -- who may come in ----------------------------------------------------------------------------------------------


async def post(calls: Carried, path: str = "/twilio/voice", **changes: Any) -> int:
    form = calls.carrier.call(CALLER, CALLED).form
    signature = changes.pop("signature", sign(TOKEN, PUBLIC + path, list(form.items())))
    form |= changes.pop("form", {})
    headers = {"X-Twilio-Signature": signature, **changes.pop("headers", {})}
    async with calls.carrier.session.post(calls.here + path, data=form, headers=headers) as answer:
        return answer.status


async def test_a_request_that_is_not_signed_is_403_and_touches_nothing(calls: Carried) -> None:
    assert await post(calls) == 200
    calls.endpoint.calls = CarrierCalls()
    assert await post(calls, signature="") == 403
    assert await post(calls, signature="AAAA") == 403
    assert await post(calls, form={"To": "+440000000000"}) == 403
    assert await post(calls, "/twilio/voice?x=1", signature=sign(TOKEN, PUBLIC + "/twilio/voice")) == 403
    assert not calls.endpoint.calls._calls


@pytest.mark.parametrize(
    "rewritten",
    [
        {"Host": "10.0.0.7:8070"},
        {"Host": "line.example.org:8443", "X-Forwarded-Port": "8443"},
        {"Host": "other.example.org", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "other.example.org"},
    ],
)
async def test_what_a_proxy_makes_of_scheme_host_and_port_neither_lets_in_nor_shuts_out(
    calls: Carried, rewritten: dict[str, str]
) -> None:
    assert await post(calls, headers=rewritten) == 200
    there = PUBLIC.replace("line.example.org", rewritten["Host"])
    form = calls.carrier.call(CALLER, CALLED).form
    for address in (there, there.replace("https", "http"), PUBLIC.replace("https", "http")):
        signature = sign(TOKEN, f"{address}/twilio/voice", list(form.items()))
        headers = {"X-Twilio-Signature": signature, **rewritten}
        async with calls.carrier.session.post(calls.here + "/twilio/voice", data=form, headers=headers) as answer:
            assert answer.status == 403, address


async def test_a_body_that_is_no_form_is_held_against_its_hash_and_names_no_call(calls: Carried) -> None:
    body = json.dumps({"CallSid": "CA1", "To": CALLED}).encode()
    told = {"Content-Type": "application/json"}
    for shown, status in ((sha256(body).hexdigest(), 400), (sha256(b"another").hexdigest(), 403), ("", 403)):
        path = f"/twilio/voice?bodySHA256={shown}"
        headers = told | {"X-Twilio-Signature": sign(TOKEN, PUBLIC + path)}
        async with calls.carrier.session.post(calls.here + path, data=body, headers=headers) as answer:
            assert answer.status == status
    assert not calls.endpoint.calls._calls


async def test_a_ticket_that_is_shown_late_opens_nothing() -> None:
    now = [0.0]
    known = CarrierCalls(clock=lambda: now[0])
    call = known.announce("CA1", caller=CALLER, called=CALLED)
    first = known.ticket(call)
    now[0] = 61.0
    assert known.redeem(first) is None
    second = known.ticket(call)
    assert second != first
    now[0] = 120.0
    assert known.redeem(second) is call
    assert known.redeem(second) is None


async def test_another_account_of_the_same_carrier_is_403(calls: Carried) -> None:
    form = calls.carrier.call(CALLER, CALLED).form | {"AccountSid": "AC-other"}
    assert (await calls.carrier.post("/twilio/voice", form))[0] == 403


async def test_a_signed_request_that_makes_no_sense_is_400(calls: Carried) -> None:
    assert (await calls.carrier.post("/twilio/voice", {"From": CALLER}))[0] == 400
    assert (await calls.carrier.post("/twilio/voice", {"CallSid": "C" * 500}))[0] == 400


@pytest.mark.parametrize(("refusal", "status", "verb"), [(404, 200, "<Reject />"), (486, 503, ""), (503, 503, "")])
async def test_a_call_that_is_not_taken_goes_to_the_fallback(
    calls: Carried, refusal: int, status: int, verb: str
) -> None:
    calls.refusal = refusal
    found, text = await calls.carrier.call(CALLER, CALLED).ask("/twilio/voice")
    assert found == status
    assert verb in text
    calls.refusal = 0


async def test_a_webhook_that_comes_again_is_answered_the_same(calls: Carried) -> None:
    call = calls.carrier.call(CALLER, CALLED)
    first, second = await call.ask("/twilio/voice"), await call.ask("/twilio/voice")
    assert first == second
    assert "<Stream url=" in first[1]


async def test_webhooks_that_come_late_or_out_of_order_start_nothing_that_is_over(calls: Carried) -> None:
    call = calls.carrier.call(CALLER, CALLED)
    stream = await call.stream("/twilio/after")  # the process began anew: the caller is taken as a new call
    line = (await calls.ringing.get()).line
    assert line is not None
    await line.answer()
    calls.spawn(stream.talk())
    await stream.hang_up()
    assert await gone(line) == "caller"
    for path in ("/twilio/voice", "/twilio/after", "/twilio/voice"):
        assert (await call.ask(path))[1].endswith("<Response><Hangup /></Response>")
    assert calls.ringing.empty()
    known = calls.endpoint.calls.find(call.form["CallSid"])
    assert known is not None
    assert known.line is None  # remembered, and nothing held of it


async def test_a_call_that_is_refused_once_its_stream_began_goes_to_the_fallback(calls: Carried) -> None:
    call = calls.carrier.call(CALLER, CALLED)
    stream = await call.stream()
    calls.spawn(stream.talk())
    (await calls.ringing.get()).reject(486)
    await until(lambda: stream.socket.closed)
    calls.refusal = 486
    assert (await call.ask("/twilio/after"))[0] == 503
    calls.refusal = 0
    assert "<Stream url=" in (await call.ask("/twilio/after"))[1]


async def test_a_ticket_opens_one_stream_and_a_wrong_one_none(calls: Carried) -> None:
    call = calls.carrier.call(CALLER, CALLED)
    _, text = await call.ask("/twilio/voice")
    url = text.split('"')[5]
    stream = await call.open(url)
    await calls.ringing.get()
    for address in (url, url[:-2] + "xx", f"wss://{PUBLIC.removeprefix('https://')}/twilio/stream/"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await calls.carrier.connect(address)
        assert refused.value.status in {403, 404}
    await stream.hang_up()


async def test_a_carrier_on_this_machine_signs_its_handshake_without_tls() -> None:
    async with carried(public="http://127.0.0.1:8070") as calls:
        line, stream, _ = await calls.called()
        await line.answer()
        await stream.hang_up()
        assert await gone(line) == "caller"


async def test_a_handshake_that_is_not_signed_is_403_and_its_ticket_still_good(calls: Carried) -> None:
    call = calls.carrier.call(CALLER, CALLED)
    _, text = await call.ask("/twilio/voice")
    url = text.split('"')[5]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await calls.carrier.session.ws_connect(calls.here + url.removeprefix("wss://line.example.org"))
    assert refused.value.status == 403
    await (await call.open(url)).hang_up()


# -- bad input beside a live call ---------------------------------------------------------------------------------


async def bad(calls: Carried, *messages: str | bytes, start: bool = True) -> int:
    """Open a stream that misbehaves; return what it is closed with."""
    call = calls.carrier.call(CALLER, CALLED)
    _, text = await call.ask("/twilio/voice")
    socket = await calls.carrier.connect(text.split('"')[5])
    if start:
        await Stream(socket, sid="MZ1", call=call.form["CallSid"], account=ACCOUNT).start()
    try:
        for message in messages:
            await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
    except (ConnectionError, aiohttp.ClientError):
        pass  # it was closed on us while we sent
    async with asyncio.timeout(5):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    await socket.close()
    return socket.close_code or 0


def media(payload: str, sid: str = "MZ1") -> str:
    return json.dumps({"event": "media", "streamSid": sid, "media": {"timestamp": "0", "payload": payload}})


async def test_bad_streams_are_refused_and_a_live_call_hears_nothing_of_it(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await line.answer()
    start = {"event": "start", "streamSid": "MZ1", "start": {"streamSid": "MZ1"}}
    assert await bad(calls, *[media("!!!")] * 60) == 1007
    assert await bad(calls, b"\x00" * 160) == 1003
    assert await bad(calls, "x" * 20_000) == 1009
    assert await bad(calls, "x" * 10_000_000) in {
        1009,
        1006,
    }  # it is not read to its end: the refusal may get lost
    assert await bad(calls, json.dumps(start)) == 1002
    assert await bad(calls, media("AAAA", "MZ2")) == 1002
    assert await bad(calls, media("AAAA"), start=False) == 1002
    assert await bad(calls, "[" * 16_000) == 1007
    stream.say(TONE)
    tick = await loud(line, frames=20)
    assert not tick.gone
    assert line.quality is not None
    assert line.quality.loss < 0.05
    await line.hang_up()
    assert calls.endpoint.live == 1


async def test_a_message_that_promises_too_much_is_not_waited_for(calls: Carried) -> None:
    """Its head says ten megabytes; no more than what is read of any message is held of it."""
    _, stream, _ = await calls.called()
    writing = stream.socket._writer.transport
    assert writing is not None
    writing.write(b"\x81\xff" + (10_000_000).to_bytes(8, "big") + b"mask" + b"x" * 100_000)
    await until(lambda: calls.endpoint.live == 0)


async def test_a_stream_that_does_not_start_is_refused() -> None:
    async with carried(start_s=0.1) as calls:
        assert await bad(calls, start=False) == 1002


async def test_a_torn_frame_costs_no_call(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await line.answer()
    await stream.send("media", media={"timestamp": "0", "payload": "%%%"})
    stream.say(TONE)
    assert not (await loud(line, frames=20)).gone
    await line.hang_up()


async def test_a_flood_of_keys_is_not_understood_and_costs_no_other_call_its_time(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    other, _, _ = await calls.called()
    await line.answer()
    await other.answer()

    async def flood() -> None:
        for number in range(5_000):
            await stream.press("0123456789*#"[number % 12])
            if not number % 100:
                await asyncio.sleep(0)

    calls.spawn(flood())
    keys = 0
    async for tick in line.ticks():
        assert len(tick.keys) <= 8
        keys += len(tick.keys)
        if tick.number == 50:
            break
    assert 0 < keys <= 8 * 51
    ticks = [tick async for tick in _some(other, 50)]
    assert not any(tick.keys or tick.gone for tick in ticks)
    await line.hang_up()
    await other.hang_up()


async def test_clocks_that_jump_and_marks_that_nobody_asked_for_change_nothing(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    await line.answer()
    for at in ("999999999999", "0", "5", "999999999999", "0"):
        await stream.send("media", media={"timestamp": at, "payload": "/" * 1_600})
        await stream.send("mark", mark={"name": "x" * 1_000})
    stream.say(np.tile(TONE, 3))
    assert not (await loud(line, frames=20)).gone
    assert line.quality is not None
    assert line.quality.round_trip_ms is None
    await line.hang_up()


async def test_a_carrier_that_returns_no_mark_is_hung_up_all_the_same(calls: Carried) -> None:
    line, stream, _ = await calls.called()
    stream.held = True  # and is never let go
    await line.answer()
    async for tick in line.ticks():
        line.play(TONE[:FRAME_SAMPLES])
        if tick.number == 60:
            await line.hang_up()
    await until(lambda: stream.socket.closed)


async def _some(line: StreamLine, most: int) -> AsyncIterator[Tick]:
    async for tick in line.ticks():
        yield tick
        if tick.gone or tick.number >= most:
            return
