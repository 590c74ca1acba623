"""People whom the carrier rings: a whisper, a key, a conference; nobody's number where the caller could see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from tests.peers.by_request import CALLER, Line, Outside, line_of, shipped
from tests.peers.obeying import ACCOUNT, PUBLIC, Act, Taken
from tests.unit.line.webhook.test_ways import NUMBER, SIGNS_NO, SPEECH, answers

from nightbell.conversation.ringing import RingingWorld
from nightbell.line.dialler import RingOrder, Rung
from nightbell.line.webhook.legs import RestDialler
from nightbell.terms.disposition import Disposition
from nightbell.testing.line import FakeLine
from nightbell.testing.records import MemoryRecords

pytestmark = pytest.mark.asyncio

ANNA = "+447700900777"
WORDS = np.full(8000, 9, np.int16)
ORDER = RingOrder(person="anna", whisper=WORDS, ring_s=20, answer_s=20)
WHITE = {"reason": Act(say="my lip is white"), **SIGNS_NO, **NUMBER}


def figure(line: Line, name: str, **labels: str) -> float:
    """Return what stands on /metrics."""
    return line.meter.registry.get_sample_value(f"nightbell_{name}", labels) or 0.0


class Telephone:
    """A person's telephone at the carrier: what they are told, and what they press."""

    def __init__(self, line: Line, number: int = 0) -> None:
        self.line = line
        self.placed = line.exchange.placed[number]
        self.path = self.placed["Url"].removeprefix(PUBLIC)
        self.form = {"AccountSid": ACCOUNT, "CallSid": f"CAleg{number + 1}", "To": ANNA}

    async def hears(self, keys: str = "") -> Element:
        """Ask what comes next; return the first verb."""
        status, text = await self.line.carrier.post(self.path, self.form | ({"Digits": keys} if keys else {}))
        assert status == 200
        verb = fromstring(text.encode())[0]
        self.path = verb.attrib.get("action", "").removeprefix(PUBLIC)
        return verb

    async def ends(self, status: str = "completed") -> None:
        """Hang up, or never answer."""
        path = self.placed["StatusCallback"].removeprefix(PUBLIC)
        assert (await self.line.carrier.post(path, self.form | {"CallStatus": status}))[0] == 204


def dialler(line: Line) -> RestDialler:
    people = {"anna": ANNA, "emergency": "999", "crisis": "116123"}
    return RestDialler(line.legs, people, sender=shipped("rosewood").clinic.number)


async def rings(line: Line, order: RingOrder = ORDER) -> tuple[Telephone, asyncio.Future[Rung]]:
    before = len(line.exchange.placed)
    rung = asyncio.ensure_future(dialler(line).ring(order))
    await until(lambda: len(line.exchange.placed) > before)
    return Telephone(line, before), rung


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the other end of a socket brings it about
            await asyncio.sleep(0.005)


async def test_a_caller_on_hold_meets_who_took_the_page_and_sees_nobodys_number() -> None:
    flow, holds = shipped("rosewood"), asyncio.Event()

    async def changes() -> AsyncIterator[Any]:
        yield "ringing"
        await holds.wait()
        rung = await dialler(line).ring(ORDER)
        assert rung.leg is not None
        yield rung.leg
        yield "acknowledged"

    async with line_of(flow, speech=SPEECH, world=Outside(changes=changes)) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        while "hold" not in call.heard:
            await line.carrier.run_one(call, answers(WHITE))
        holds.set()
        await until(lambda: line.exchange.placed)
        anna = Telephone(line)
        assert (anna.placed["To"], anna.placed["From"]) == (ANNA, flow.clinic.number)
        whisper = await anna.hears()
        assert (whisper.tag, whisper[0].tag) == ("Gather", "Play")
        assert (await line.carrier.fetch(whisper[0].text or ""))[0] == 200
        await line.carrier.run_one(call, answers(WHITE))
        assert "Dial" not in call.answer  # keys are heard as long as it rings
        talk = await anna.hears("1")
        room = "".join(talk.itertext())
        await until(lambda: (call.asked, line.world.pages))
        while "<Dial" not in call.answer:
            await line.carrier.run_one(call, answers(WHITE))
        assert f">{room}</Conference>" in call.answer
        await anna.ends()
        await line.carrier.run(call, answers(WHITE))
        assert call.heard[-2:] == [f"conference:{room}", "taken"]
        assert (await line.record()).disposition is Disposition.D1
        for _, _, text in call.asked:
            assert ANNA not in text
            assert ANNA[1:] not in text


class Waits:
    """A caller who holds, and Anna, who took the page and waits for them."""

    def __init__(self) -> None:
        self.holds = asyncio.Event()
        self.line: Line

    async def changes(self) -> AsyncIterator[Any]:
        """Ring Anna once the caller holds."""
        yield "ringing"
        await self.holds.wait()
        rung = await dialler(self.line).ring(ORDER)
        assert rung.leg is not None
        yield rung.leg
        yield "acknowledged"

    async def taken(self, line: Line) -> tuple[Taken, Telephone]:
        """Return both, once Anna has pressed 1."""
        self.line = line
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        while "hold" not in call.heard:
            await line.carrier.run_one(call, answers(WHITE))
        self.holds.set()
        await until(lambda: line.exchange.placed)
        anna = Telephone(line)
        await anna.hears()
        assert (await anna.hears("1")).tag == "Dial"
        return call, anna


async def sent_to_the_room(line: Line, call: Taken) -> None:
    while "<Dial" not in call.answer:
        await line.carrier.run_one(call, answers(WHITE))


async def test_a_person_who_leaves_before_the_caller_is_sent_leaves_nobody_alone() -> None:
    waits = Waits()
    async with line_of(shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes)) as line:
        call, anna = await waits.taken(line)
        await anna.ends()
        await line.carrier.run(call, answers(WHITE))
        assert call.heard[-1] == "taken"
        assert not [heard for heard in call.heard if heard.startswith("conference")]
        assert line.exchange.fetched_back == []


async def test_a_person_who_takes_the_call_while_its_end_is_written_is_put_down() -> None:
    """The caller hangs up, and the records take their time: nobody will ever come to that conference."""
    waits, records = Waits(), MemoryRecords()
    async with line_of(
        shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes), records=records
    ) as line:
        waits.line = line
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        while "hold" not in call.heard:
            await line.carrier.run_one(call, answers(WHITE))
        waits.holds.set()
        await until(lambda: line.exchange.placed)
        anna = Telephone(line)
        await anna.hears()
        append = records.append

        async def slow(*event: Any, **limits: Any) -> None:
            await asyncio.sleep(0.3)
            await append(*event, **limits)

        records.append = slow  # type: ignore[method-assign]
        going = asyncio.ensure_future(line.carrier.hang_up(call))
        await asyncio.sleep(0.1)
        assert (await anna.hears("1")).tag in {"Dial", "Hangup"}
        await going
        await until(lambda: line.exchange.ended)
        assert line.exchange.ended == ["CAleg1"]


async def test_a_person_who_waits_is_put_down_when_the_call_ends_without_them() -> None:
    """Its end is the line's own, and the carrier tells of none."""
    waits = Waits()
    async with line_of(shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes)) as line:
        call, _ = await waits.taken(line)
        line.records.failing = True  # type: ignore[attr-defined]
        for _ in range(8):
            if not call.over:
                await line.carrier.run_one(call, answers(WHITE))
        assert call.over
        await until(lambda: line.exchange.ended)
        assert line.exchange.ended == ["CAleg1"]


async def test_a_caller_who_is_alone_in_a_conference_is_fetched_back_and_hears_words() -> None:
    waits = Waits()
    async with line_of(shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes)) as line:
        call, anna = await waits.taken(line)
        await sent_to_the_room(line, call)
        line.exchange.refusing = 2  # and the carrier does not do at once what it is asked
        await anna.ends()  # on the way there: no conference ends, so nothing is told
        await until(lambda: line.exchange.fetched_back)
        sid, where = line.exchange.fetched_back[0]
        assert (sid, where) == (call.sid, PUBLIC + "/twilio/call/back")
        await line.carrier.ask(call, "/twilio/call/back", {})
        await line.carrier.run(call, answers(WHITE))
        assert call.heard[-1] == "taken"
        record = await line.record()
        assert (record.disposition, record.closed is not None) == (Disposition.D1, True)
        before = len(line.exchange.fetched_back)
        assert (await line.carrier.post("/twilio/call/back", call.fields))[1].count("<Hangup") == 1
        assert len(line.exchange.fetched_back) == before


async def test_a_caller_who_is_gone_from_a_conference_untold_is_closed_and_rung_back() -> None:
    waits = Waits()
    async with line_of(shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes)) as line:
        call, anna = await waits.taken(line)
        await sent_to_the_room(line, call)
        line.exchange.over.add(call.sid)
        await anna.ends()

        def asks() -> float:
            return figure(line, "carrier_rest_total", what="list", outcome="done")

        await until(asks)
        line.clock.pass_ms(20_000)
        await line.calls.look()
        assert (await line.record()).closed is None
        line.clock.pass_ms(11_000)
        await line.calls.look()
        record = await line.record()
        assert (record.reason, record.disposition) == ("hangup", Disposition.D1)
        assert [each.times for each in line.world.ring_backs] == [3]
        assert line.exchange.fetched_back == []


async def test_being_fetched_back_while_the_carrier_asks_by_itself_says_the_same_again() -> None:
    waits = Waits()
    async with line_of(shipped("rosewood"), speech=SPEECH, world=Outside(changes=waits.changes)) as line:
        call, anna = await waits.taken(line)
        await sent_to_the_room(line, call)
        await anna.ends()
        await line.carrier.run_one(call, answers(WHITE))  # the conference is over, and it asks
        asked = call.answer
        await line.carrier.ask(call, "/twilio/call/back", {})  # which crossed ours on its way
        assert "<Gather" in call.answer
        assert (
            call.answer.split("/twilio/sound/")[1].split("/")[:3]
            == (asked.split("/twilio/sound/")[1].split("/")[:3])
        )
        await line.carrier.run(call, answers(WHITE))
        assert call.heard[-1] == "taken"
        assert (await line.record()).disposition is Disposition.D1


async def test_nine_while_a_person_is_rung_is_the_emergency_and_ends_the_ringing() -> None:
    flow, world = shipped("rosewood"), Outside(hours_="open")
    acts: dict[str, Act | None] = {"reason": Act(keys="2"), "before_reception": Act(keys="2")}

    class Late:
        async def ring(self, order: RingOrder, *_: Any) -> Rung:
            return await dialler(line).ring(order)

    def people(_role: str) -> list[str]:
        return ["anna"]

    over = RingingWorld(world, Late(), people=people, order=lambda *_: ORDER)
    async with line_of(flow, speech=SPEECH, world=over) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        while not line.exchange.placed:
            await line.carrier.run_one(call, answers(acts))
            await asyncio.sleep(0.01)
        assert call.turns[-1].verb == "Gather"
        await line.carrier.run_one(call, answers({"": Act(keys="9", after_ms=500)}))
        await line.carrier.run_one(call, answers({}))
        assert call.heard[-1] == "emergency"
        await until(lambda: line.exchange.ended)
        assert line.exchange.ended == ["CAleg1"]
        await line.carrier.hang_up(call)


@pytest.mark.parametrize(("keys", "outcome"), [("1", "taken"), ("2", "passed"), ("3", "ring_back")])
async def test_a_key_decides(keys: str, outcome: str) -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        await anna.hears()
        await anna.hears("7")  # means nothing: the words again
        assert (await anna.hears(keys)).tag == ("Dial" if keys == "1" else "Hangup")
        found = await rung
        assert found.outcome == outcome
        assert (found.leg is not None) == (keys == "1")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed"), ("canceled", "no_answer")],
)
async def test_who_does_not_answer_took_nothing(status: str, outcome: str) -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        await anna.ends(status)
        assert await rung == Rung(outcome)  # type: ignore[arg-type]


async def test_an_answering_machine_took_nothing_and_is_put_down() -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        for _ in range(4):
            assert (await anna.hears()).tag == "Gather"
            line.clock.pass_ms(6_000)
        assert (await anna.hears()).tag == "Hangup"
        assert (await rung).outcome == "no_key"


async def test_the_reason_is_told_to_who_keys_the_pin_alone() -> None:
    order = RingOrder(person="anna", whisper=WORDS, pin="2468", pin_words=WORDS, ring_s=20, answer_s=40)
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line, order)
        first = await anna.hears()
        assert first.attrib["numDigits"] == "4"
        assert "/1/0/" in (first[0].text or "")
        again = await anna.hears("11")  # and fell silent: the next try takes all four
        assert again.attrib["numDigits"] == "4"
        assert "/1/0/" in (again[0].text or "")
        assert "/0/0/" in ((await anna.hears("2468"))[0].text or "")
        await anna.hears("1")
        assert (await rung).outcome == "taken"
        anna, rung = await rings(line, order)
        await anna.hears()
        await anna.hears("1")
        await anna.hears("1")
        last = await anna.hears("1")
        assert (last.tag, (await rung).outcome) == ("Hangup", "no_key")


async def test_keys_that_no_telephone_has_are_a_wrong_pin_and_no_fault_of_ours() -> None:
    order = RingOrder(person="anna", whisper=WORDS, pin="2468", pin_words=WORDS, ring_s=20, answer_s=40)
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line, order)
        await anna.hears()
        again = await anna.hears("\u0662\u0664\u0666\u0668")
        assert "/1/0/" in (again[0].text or "")
        await anna.hears("2468")
        await anna.hears("1")
        assert (await rung).outcome == "taken"


@pytest.mark.parametrize("person", ["emergency", "crisis", "nobody"])
async def test_nobody_else_is_ever_rung(person: str) -> None:
    async with line_of(shipped("rosewood")) as line:
        rung = await dialler(line).ring(RingOrder(person=person, whisper=WORDS))
        assert (rung, line.exchange.placed) == (Rung("refused"), [])


async def test_a_carrier_that_places_nothing_is_a_failure() -> None:
    async with line_of(shipped("rosewood")) as line:
        line.exchange.status = 401
        assert await dialler(line).ring(ORDER) == Rung("failed")


async def test_requests_about_a_leg_are_signed_come_twice_and_not_late() -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        first = anna.path
        assert (await line.carrier.post(first, anna.form, signature="x"))[0] == 403
        await anna.hears()
        again = await line.carrier.post(first, anna.form)
        assert again[0] == 200
        await anna.hears("1")
        assert (await line.carrier.post(first, anna.form))[0] == 409
        for odd in ("/twilio/leg/none/0", first[:-1] + "x", first[:-1] + "²"):
            assert (await line.carrier.post(odd, anna.form))[0] in {403, 404}
        assert (await rung).outcome == "taken"


async def test_a_person_is_asked_once_the_caller_left_them_and_put_down() -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        await anna.hears()
        await anna.hears("1")
        leg = (await rung).leg
        assert leg is not None

        class Caller(FakeLine):
            parted = asyncio.Event()
            room = ""

            def join(self, room: str) -> None:
                self.room = room

        caller = Caller()
        talk = asyncio.ensure_future(leg.talk(caller, keep=True))
        await until(lambda: caller.room)
        caller.parted.set()
        assert await talk == "caller"
        idle = await anna.hears()  # the conference is over
        assert idle.tag == "Gather"
        asked = asyncio.ensure_future(leg.ask(WORDS, keys="12", answer_s=12))
        await asyncio.sleep(0)
        assert (await anna.hears())[0].tag == "Play"
        assert (await anna.hears("2")).tag == "Hangup"
        assert await asked == "2"
        await leg.hang_up()
        assert line.exchange.ended == ["CAleg1"]


async def test_a_caller_is_rung_for_a_person_who_waits_and_both_are_put_down() -> None:
    async with line_of(shipped("rosewood")) as line:
        anna, rung = await rings(line)
        await anna.hears()
        room = "".join((await anna.hears("1")).itertext())
        leg: Any = (await rung).leg
        joined = asyncio.ensure_future(
            RestDialler(line.legs, {"who": CALLER}, sender="+442079460142").join("who", leg, ring_s=20)
        )
        await until(lambda: len(line.exchange.placed) == 2)
        caller = Telephone(line, 1)
        assert (caller.placed["To"], caller.placed["From"]) == (CALLER, "+442079460142")
        assert "".join((await caller.hears()).itertext()) == room
        await caller.ends()
        assert await joined == "taken"
