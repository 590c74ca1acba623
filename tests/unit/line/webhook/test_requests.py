"""Requests that come twice, late, forged, out of their turn or not at all, and processes that die between two."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import aiohttp
import pytest
from tests.peers.by_request import CALLER, Line, Outside, Spoken, line_of, shipped
from tests.peers.obeying import ACCOUNT, PUBLIC, TOKEN, Act, Taken
from tests.unit.line.webhook.test_ways import BOOKING, NUMBER, SIGNS_NO, SPEECH, answers

from nightbell.call.events import KeyPressed
from nightbell.line.webhook.reply import Sound
from nightbell.line.webhook.sounds import address
from nightbell.terms.disposition import Disposition
from nightbell.testing.records import MemoryRecords

pytestmark = pytest.mark.asyncio

WHITE = {"reason": Act(say="my lip is white"), **SIGNS_NO, **NUMBER}
BOOKS = {"reason": Act(say="appointments"), **BOOKING}


def bare(text: str) -> str:
    """Return an answer without what the time of day makes of its sound's address."""
    return re.sub(r"/twilio/sound/([^/]+/\d+/\d+)/[^<]+", r"/twilio/sound/\1", text)


async def journal(line: Line) -> list[Any]:
    record = await line.record()
    return [entry.event for entry in await line.records.journal(record.call)]


async def ringing(line: Line, acts: Any = (), turns: int = 3) -> Taken:
    call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
    for _ in range(turns):
        await line.carrier.run_one(call, answers(dict(acts)))
    return call


@pytest.mark.parametrize("acts", [WHITE, BOOKS])
async def test_every_request_that_comes_twice_is_answered_the_same_and_counts_once(acts: Any) -> None:
    flow = shipped("rosewood")
    journals = []
    for twice in (False, True):
        async with line_of(flow, speech=SPEECH) as line:
            call = line.carrier.call(CALLER, flow.clinic.number)
            while not call.over:
                await line.carrier.run_one(call, answers(acts))
                if twice and call.asked:
                    path, form, text = call.asked[-1]
                    status, again = await line.carrier.post(path, form)
                    assert (status, bare(again)) == (200, bare(text))
            journals.append([(type(event).__name__, event.audio_ms) for event in await journal(line)])
            assert len(line.world.pages) + len(line.world.notes) == 1
    assert journals[0] == journals[1]


async def test_requests_that_are_late_or_out_of_their_turn_are_refused_and_change_nothing() -> None:
    flow = shipped("rosewood")
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        script = answers(WHITE)
        refused = 0
        while not call.over:
            await line.carrier.run_one(call, script)
            before = await journal(line)
            for path, form, _ in call.asked[:-1]:
                status, text = await line.carrier.post(path, form)
                assert (status, '"NB634"' in text) == (409, True), path
                refused += 1
            ahead = re.sub(r"next/(\d+)-(\d+)", lambda m: f"next/{int(m[1]) + 9}-{m[2]}", call.asked[-1][0])
            if "next" in ahead and not call.over:
                assert (await line.carrier.post(ahead, call.fields))[0] == 409
            other = {**call.asked[-1][1], "Digits": "2"}  # another answer under the address of the one before
            if len(call.asked) > 1 and not call.over:
                assert (await line.carrier.post(call.asked[-1][0], other))[0] == 409
            assert await journal(line) == before
        assert refused > 100
        assert (await line.record()).disposition is Disposition.D1


async def test_what_is_not_signed_is_refused_and_touches_nothing() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line)
        before, turns = await journal(line), line.carrier
        path, form, _ = call.asked[-1]
        good = {**form, "Digits": "9"}
        for where in ("/twilio/call", path, "/twilio/call/status"):
            for signature in ("", "x", "ü", "A" * 28):
                assert (await turns.post(where, good, signature=signature))[0] == 403
        signed = turns._validator.compute_signature(PUBLIC + path, form)
        assert (await turns.post(path, good, signature=signed))[0] == 403  # another form than was signed
        assert (await turns.post(path.replace("next/", "next/1"), form, signature=signed))[0] == 403
        assert (await turns.post(path, {**form, "AccountSid": "AC9"}))[0] == 403  # another account's
        assert await journal(line) == before


async def test_bad_requests_are_told_so_and_no_call_is_disturbed() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line)
        before, carrier = await journal(line), line.carrier
        for where in ("/twilio/call/next/x", "/twilio/call/next/1", "/twilio/call/next/-1-0"):
            assert (await carrier.post(where, call.fields))[0] == 400
        for odd in ({"AccountSid": ACCOUNT}, {"AccountSid": ACCOUNT, "CallSid": "C" * 200}):
            assert (await carrier.post("/twilio/call", odd))[0] == 400
        huge = {**call.fields, "SpeechResult": "no " * 30_000}
        assert (await carrier.post(call.asked[-1][0], huge))[0] == 413
        for keys in ("<Dial>", "9" * 100, "nine", "\x00"):
            status, text = await carrier.post("/twilio/call/status", {**call.fields, "Digits": keys})
            assert (status, text) == (204, "")
        assert await journal(line) == before
        await carrier.run(call, answers(WHITE))
        assert (await line.record()).disposition is Disposition.D1


async def test_requests_that_cross_are_one_request_or_one_of_two() -> None:
    """A carrier that tries again does not wait for the answer that it gave up."""
    records = MemoryRecords()
    taken = records.append

    async def slow(*event: Any, **limits: Any) -> None:
        await asyncio.sleep(0.02)
        await taken(*event, **limits)

    records.append = slow  # type: ignore[method-assign]
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        carrier, call = line.carrier, line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        first = await asyncio.gather(*(carrier.post("/twilio/call", call.fields) for _ in range(8)))
        assert {status for status, _ in first} == {200}
        assert len({bare(text) for _, text in first}) == 1
        assert len(await line.records.calls()) == 1
        call.answer = first[0][1]
        while "reason" not in call.heard:
            await carrier.run_one(call, answers({}))
        path = re.search(r'action="https://line.example.org([^"]+)"', call.answer)
        assert path is not None
        keyed = [call.fields | {"Digits": key} for key in "1111"]
        same = await asyncio.gather(*(carrier.post(path[1], form) for form in keyed))
        assert len({(status, bare(text)) for status, text in same}) == 1
        assert [event.key for event in await journal(line) if isinstance(event, KeyPressed)] == ["1"]
        path = re.search(r'action="https://line.example.org([^"]+)"', same[0][1])
        assert path is not None
        other = [call.fields | {"Digits": key} for key in "12"]
        either = await asyncio.gather(*(carrier.post(path[1], form) for form in other))
        assert sorted(status for status, _ in either) == [200, 409]
        over = call.fields | {"CallStatus": "completed"}
        ends = [carrier.post("/twilio/call/status", over) for _ in range(4)]
        after = re.search(
            r'action="https://line.example.org([^"]+)"', next(text for code, text in either if code == 200)
        )
        assert after is not None
        crossing = await asyncio.gather(carrier.post(after[1], call.fields | {"Digits": "2"}), *ends)
        assert {status for status, _ in crossing} <= {200, 204, 409}
        assert (await line.record()).closed is not None
        assert line.reception.by_request == set()


ODD = (
    {"CallSid": "CA/../Calls"},
    {"CallSid": "\x00"},
    {"CallSid": "\u00fc" * 100},
    {"From": "\x00", "CallSid": "CAa1"},
    {"To": "\u202e\ud7ff", "CallSid": "CAa2"},
    {"CallSid": "CAa3", "From": "sip:x@y", "CallerName": "x" * 5_000},
    {"CallSid": "CAa4", "From": "", "To": ""},
    {"CallSid": "CAa5", "From": "+44\n7700", "Digits": "\u0663", "Confidence": "1e400"},
    {"CallSid": "CAa6", "RecordingDuration": "-1", "RecordingSid": "../x", "SpeechResult": "\x00\u202e" * 500},
    {"CallSid": "CAa7", "CallStatus": "", "Digits": "#" * 64, "FinishedOnKey": "#"},
)


async def test_odd_fields_at_every_address_break_nothing_and_disturb_no_live_call() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line)
        record, carrier = await line.record(), line.carrier
        before = await line.records.journal(record.call)
        over = {"CallStatus": "completed", "RecordingStatus": "completed"}
        for odd in ODD:
            for end in ("", "/next/0-0", "/said/0-0", "/back", "/status", "/recorded/x/1", "/recorded/%00/1"):
                status, _ = await carrier.post(f"/twilio/call{end}", call.fields | over | odd)
                assert status < 500 or (status, end) == (503, ""), (odd, end)
            for end in ("x/0", "x/status", "%00/9"):
                assert (await carrier.post(f"/twilio/leg/{end}", call.fields | odd))[0] in {204, 404}
        assert await line.records.journal(record.call) == before
        await carrier.run(call, answers(WHITE))
        assert call.heard[-1] not in {"safe_words", ""}
        done = next(one for one in await line.records.calls() if one.call == record.call)
        assert done.disposition is Disposition.D1


@pytest.mark.parametrize("name", ['"><Dial>+15550100</Dial>', "]]>", "\x00", "&lt;Hangup/&gt;", "{{ emergency }}"])
async def test_a_callers_name_or_number_is_never_in_an_answer(name: str) -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = line.carrier.call(name[:60], shipped("rosewood").clinic.number, name=name)
        await line.carrier.run(call, answers({"reason": Act(say=name)}))
        for _, _, text in call.asked:
            assert name not in text
            assert "<Dial" not in text
        assert (await line.record()).caller is None


async def test_a_call_that_nobody_knows_begins_anew_with_the_emergency_words() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.ask(call, "/twilio/call/next/12-3", {"Digits": "1"})
        assert await line.records.calls() == []
        await line.carrier.run_one(call, answers({}))
        await line.carrier.run_one(call, answers({}))
        assert call.heard == ["opening"]
        status, _ = await line.carrier.post("/twilio/call/status", {**call.fields, "CallSid": "CA77"})
        assert status == 204


async def test_sounds_are_given_to_who_shows_an_address_that_is_signed_and_fresh() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line, turns=1)
        found = re.search(r"<Play>(.*?)</Play>", call.answer)
        assert found is not None
        status, body = await line.carrier.fetch(found[1])
        assert (status, body[:4]) == (200, b"RIFF")
        (made,) = await line.records.calls()
        for url in (
            found[1][:-2] + "xx",
            found[1].replace(made.call, "another"),
            PUBLIC + "/twilio/sound/1/2/3/4/5",
        ):
            assert (await line.carrier.fetch(url))[0] == 403
        old = address(TOKEN, Sound(call=made.call, number=1), now_s=int(time.time()) - 500)
        assert (await line.carrier.fetch(f"{PUBLIC}/twilio/sound/{old}"))[0] == 403
        none = address(TOKEN, Sound(call=made.call, number=999), now_s=int(time.time()))
        assert (await line.carrier.fetch(f"{PUBLIC}/twilio/sound/{none}"))[0] == 410


async def test_a_sound_that_the_carrier_does_not_play_ends_in_words_that_it_says_itself() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        line.carrier.broken |= {"opening", "safe_words"}
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers({}))
        assert call.heard == ["say:Hang up and dial the emergency number."]
        record = await line.record()
        assert (record.reason, record.disposition) == ("failure", Disposition.DU)
        assert line.world.pages


async def test_a_prompt_that_cannot_be_spoken_ends_in_the_safe_words_and_a_page() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH, spoken=Spoken(failing={"reason"})) as line:
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers({}))
        assert call.heard == ["opening", "recording_notice", "safe_words"]
        assert line.world.pages
        assert (await line.record()).reason == "failure"


async def test_records_that_fail_leave_the_safe_words_and_a_page() -> None:
    records = MemoryRecords()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        call = await ringing(line, WHITE, turns=3)
        records.failing = True
        await line.carrier.run(call, answers(WHITE))
        assert call.heard[-1] == "safe_words"
        assert line.world.pages
        assert line.reception.by_request == set()


async def test_a_fault_of_our_own_ends_in_words_and_a_page_and_never_in_a_broken_answer() -> None:
    class Broken(Outside):
        async def hours(self, now: Any) -> Any:
            del now
            return object()  # no event takes that

    async with line_of(shipped("rosewood"), speech=SPEECH, world=Broken()) as line:
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers({}))
        assert call.heard[-1] == "say:Hang up and dial the emergency number."
        assert line.world.pages
        assert line.closed == [(await line.record()).call]


async def test_a_caller_who_hangs_up_is_closed_once_and_rung_back_after_a_flag() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line, WHITE, turns=6)
        await line.carrier.hang_up(call)
        await line.carrier.hang_up(call)
        record = await line.record()
        assert (record.reason, record.disposition) == ("hangup", Disposition.D1)
        assert [(each.times, each.then) for each in line.world.ring_backs] == [(3, "page")]
        status, text = await line.carrier.post(*call.asked[-1][:2])
        assert (status, "<Gather" in text) == (200, True)  # the last request again: the same answer, to nobody
        status, text = await line.carrier.post("/twilio/call", call.fields)
        assert status == 409


async def test_a_carrier_that_asks_no_more_is_a_caller_who_is_gone() -> None:
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await ringing(line, WHITE, turns=6)
        line.clock.pass_ms(20_000)
        await line.calls.look()
        assert (await line.record()).closed is None
        line.clock.pass_ms(60_000)
        await line.calls.look()
        assert (await line.record()).reason == "hangup"
        line.clock.pass_ms(200_000)
        await line.calls.look()
        status, text = await line.carrier.post(*call.asked[-1][:2])
        assert (status, "<Hangup" in text) == (200, True)
        assert len(await line.records.calls()) == 1


async def test_who_is_not_taken_goes_to_the_fallback() -> None:
    number = shipped("rosewood").clinic.number
    async with line_of(shipped("rosewood"), speech=SPEECH, most=1) as line:
        await ringing(line)
        full = line.carrier.call(CALLER, number)
        assert (await line.carrier.post("/twilio/call", full.fields))[0] == 503
        unknown = line.carrier.call(CALLER, "+442079460999")
        await line.carrier.run(unknown, answers({}))
        assert unknown.by == "rejected"
        assert len(await line.records.calls()) == 1


@pytest.mark.parametrize("acts", [WHITE, BOOKS])
async def test_a_process_that_dies_between_any_two_requests_is_followed_by_one_that_goes_on(acts: Any) -> None:
    flow = shipped("rosewood")
    async with line_of(flow, speech=SPEECH) as line:
        whole = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(whole, answers(acts))
        wanted = [(type(event).__name__, getattr(event, "key", "")) for event in await journal(line)]
    records, world, spoken, clock = MemoryRecords(), Outside(), Spoken(), None
    call: Taken | None = None
    found: list[tuple[str, str]] = []
    while call is None or not call.over:
        async with line_of(flow, speech=SPEECH, records=records, world=world, spoken=spoken, clock=clock) as line:
            clock = line.clock
            if call is None:
                call = line.carrier.call(CALLER, flow.clinic.number)
                await line.carrier.begin(call)
            else:  # the answer was on its way when the process died: the carrier asks again, then goes on
                path, form, text = call.asked[-1]
                status, again = await line.carrier.post(path, form)
                assert (status, bare(again)) == (200, bare(text)), path
                await line.carrier.run_one(call, answers(acts))
            found = [(type(event).__name__, getattr(event, "key", "")) for event in await journal(line)]
            assert found == wanted[: len(found)]
    assert call.heard == whole.heard
    assert found == wanted
    assert len(world.pages) + len(world.notes) >= 1


async def test_keys_that_were_half_taken_when_the_process_died_are_taken_to_their_end_once() -> None:
    flow, records = shipped("rosewood"), MemoryRecords()
    acts = {**WHITE, "number_first.ask.offer": Act(keys="2"), "number_first.ask": Act(keys="07700900555#")}
    taken = records.append

    async def dies(event: Any, *more: Any, **limits: Any) -> None:
        if isinstance(event, KeyPressed) and event.key == "9":
            raise asyncio.CancelledError  # as far as it came
        await taken(event, *more, **limits)

    async with line_of(flow, speech=SPEECH, records=records) as line:
        clock, call = line.clock, line.carrier.call(CALLER, flow.clinic.number)
        while "number_first.ask.offer" not in call.heard:
            await line.carrier.run_one(call, answers(acts))
        records.append = dies  # type: ignore[method-assign]
        with pytest.raises(aiohttp.ClientError):
            await line.carrier.run_one(call, answers(acts))
        half = call.turns[-1]
    records.append = taken  # type: ignore[method-assign]
    async with line_of(flow, speech=SPEECH, records=records, clock=clock) as line:
        path = re.search(r'action="https://line.example.org([^"]+)"', call.answer)
        assert path is not None
        await line.carrier.ask(call, path[1], half.sent)
        await line.carrier.run(call, answers(acts))
        keys = "".join(event.key for event in await journal(line) if isinstance(event, KeyPressed))
        assert "07700900555#" in keys
        assert keys.count("0770") == 1


async def test_a_call_whose_carrier_never_asks_after_a_start_is_closed_as_interrupted() -> None:
    records = MemoryRecords()
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records) as line:
        await ringing(line, WHITE, turns=6)
        clock = line.clock
    async with line_of(shipped("rosewood"), speech=SPEECH, records=records, clock=clock) as line:
        call = (await line.record()).call
        assert line.reception.is_live(call)
        await line.calls.look()
        assert line.closed == []
        clock.pass_ms(91_000)
        await line.calls.look()
        assert line.closed == [call]
        assert not line.reception.is_live(call)
