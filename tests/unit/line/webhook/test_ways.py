"""Calls by requests through the shipped flows, as a carrier would take them: over HTTP, obeying TwiML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.peers.by_request import CALLER, Line, Outside, line_of, shipped
from tests.peers.obeying import Act, Taken

from nightbell.audio.wav import wav_bytes
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import changed, prompt, small_flow

pytestmark = pytest.mark.asyncio

SPEECH = {"en": "en-GB"}
NUMBER = {
    f"{number}.{what}": Act(keys="1") for number in ("number", "number_first") for what in ("ask.offer", "right")
}
BOOKING = {
    "before_booking": Act(say="no"),
    "tone": Act(say="I would like to come next week"),
    "book_number.ask.offer": Act(keys="2"),
    "book_number.ask": Act(keys="07700900555#"),
    "book_number.right": Act(say="yes"),
    "after_booking": Act(say="no"),
}
SIGNS_NO = {"first_screen.signs": Act(say="no"), "last_screen.signs": Act(say="no")}


def answers(acts: Mapping[str, Act | None]) -> Any:
    """Return a caller who does the same at each prompt whose name begins so; the longest name counts."""

    def does(heard: str, _call: Taken) -> Act | None:
        return acts[max(names, key=len)] if (names := [name for name in acts if heard.startswith(name)]) else None

    return does


def hold_true(line: Line, call: Taken) -> None:
    """What holds of every call: words are played where keys are heard, and nobody's number stands in an answer."""
    for turn in call.turns:
        assert turn.verb in {"Gather", "Record", "Dial"}
        assert turn.verb != "Gather" or "dtmf" in turn.attributes["input"].split()
        if "speech" in turn.attributes.get("input", "") and turn.heard != "tone":
            assert int(turn.attributes["maxSpeechTime"]) <= 10  # so long may the carrier hear no key
    for _, _, text in call.asked:
        assert "+44" not in text
        assert "<Number" not in text
        assert "Zoë" not in text
    assert line.reception.by_request == set()


@pytest.mark.parametrize(
    ("flow", "acts", "wanted", "then"),
    [
        ("rosewood", {"reason": Act(keys="9", after_ms=3000)}, "D0", ["emergency"]),
        (
            "rosewood",
            {"reason": Act(say="my lip is white"), **SIGNS_NO, **NUMBER},
            "D1",
            ["alerted.words", "hold"],
        ),
        ("rosewood", {"reason": Act(say="appointments"), **BOOKING}, "D5", ["book_message", "booking_end"]),
        ("stmarks", {"reason": Act(say="yes"), "first_screen": Act(say="yes"), **NUMBER}, "D0", ["emergency"]),
        ("stmarks", {"reason": Act(keys="2"), **BOOKING}, "D5", ["book_message", "booking_end"]),
        ("hollow-lane", {"reason": Act(keys="1"), **SIGNS_NO, **NUMBER}, "D1", ["get_clinician.words", "hold"]),
        ("hollow-lane", {"reason": Act(say="appointments"), **BOOKING}, "D5", ["book_message", "booking_end"]),
    ],
)
async def test_the_ways_of_the_shipped_flows(
    flow: str, acts: dict[str, Act], wanted: str, then: list[str]
) -> None:
    whole = shipped(flow)
    if flow == "hollow-lane":
        acts = {**acts, "book_number.ask": Act(keys="2025550123#")}
    async with line_of(whole, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, whole.clinic.number, name="Zoë")
        await line.carrier.run(call, answers(acts))
        record = await line.record()
        assert (record.disposition, record.closed is not None, record.line) == (
            Disposition(wanted),
            True,
            "webhook",
        )
        assert call.heard[0] == "opening"
        assert [name for name in call.heard if name in then][: len(then)] == then
        assert bool(line.world.pages) == (wanted in {"D0", "D1"})
        assert bool(line.world.notes) == (wanted == "D5")
        assert record.promise is not None or wanted == "D0"
        hold_true(line, call)


async def test_a_page_that_is_taken_reaches_the_caller_who_holds() -> None:
    flow = shipped("rosewood")
    gate = asyncio.Event()

    async def changes() -> AsyncIterator[str]:
        yield "ringing"
        await gate.wait()
        yield "acknowledged"

    async with line_of(flow, speech=SPEECH, world=Outside(changes=changes)) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        script = answers({"reason": Act(say="my lip is white"), **SIGNS_NO, **NUMBER})
        while call.heard.count("hold") < 2:
            await line.carrier.run_one(call, script)
        gate.set()
        await asyncio.sleep(0)
        await line.carrier.run(call, script)
        assert call.heard[-1] == "taken"
        assert "not_reached" not in call.heard
        assert (await line.record()).disposition is Disposition.D1


async def test_a_lone_nine_is_the_emergency_in_every_state_on_the_way_to_a_person_and_to_a_booking() -> None:
    flow = shipped("rosewood")
    ways = (
        {"reason": Act(say="my lip is white"), **SIGNS_NO, "number_first.ask.offer": Act(keys="2")}
        | {"number_first.ask": Act(keys="07700900555#"), "number_first.right": Act(keys="1")},
        {"reason": Act(say="appointments"), **BOOKING},
    )
    tried: set[str] = set()
    for acts in ways:
        at = 0
        while True:
            async with line_of(flow, speech=SPEECH) as line:
                call = line.carrier.call(CALLER, flow.clinic.number)
                script = answers(acts)
                await line.carrier.begin(call)
                for _ in range(at):
                    await line.carrier.run_one(call, script)
                if call.over or "Gather" not in call.answer:
                    break
                before = len(call.turns)
                await line.carrier.run_one(call, answers({"": Act(keys="9", after_ms=900)}))
                nine = call.turns[before]
                tried.add(nine.heard)
                if nine.heard in {"emergency_end", "booking_end"} and call.over:
                    break
                while len(call.turns) == before + 1:
                    await line.carrier.run_one(call, answers({}))
                if nine.heard != "emergency":
                    assert call.turns[before + 1].heard == "emergency", nine
                assert nine.spent_ms <= 900 + 300 + 3000  # an entry waits for a second key
                await line.carrier.hang_up(call)
                assert (await line.record()).disposition is not None
                assert [page.disposition for page in line.world.pages][-1] is Disposition.D0
                assert line.world.ring_backs[-1].then == "page"
            at += 1
    assert {"opening", "reason", "number_first.ask", "hold", "tone", "book_message", "booking_end"} <= tried


async def test_without_the_carriers_recogniser_keys_take_a_caller_through_and_a_message_is_recorded() -> None:
    flow = shipped("rosewood")
    acts = {
        "reason": Act(keys="2"),
        "before_booking": Act(keys="2"),
        "~record": Act(say="please ring me " * 8),
    } | {
        "book_number.ask.offer": Act(keys="1"),
        "book_number.right": Act(keys="1"),
        "after_booking": Act(keys="2"),
    }
    async with line_of(flow) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert [turn.verb for turn in call.turns].count("Record") == 1
        assert all("speech" not in turn.attributes.get("input", "") for turn in call.turns)
        assert (await line.record()).disposition is Disposition.D5
        hold_true(line, call)


@pytest.mark.parametrize("declines", ["", "5"])
async def test_a_recorded_message_is_sealed_here_and_deleted_there_or_only_deleted(
    declines: str, tmp_path: Path
) -> None:
    flow, recorder = shipped("rosewood"), Recorder(tmp_path / "sound", Keyring(tmp_path / "keys"))
    acts = {"reason": Act(keys="2"), "before_booking": Act(keys="2"), "~record": Act(say="please ring me " * 8)}
    acts |= {"book_number.ask.offer": Act(keys=declines + "1")}
    async with line_of(flow, recorder=recorder) as line:
        line.exchange.recording, line.exchange.late = wav_bytes(np.full(16_000, 3000, np.int16)), 1
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        made = (await line.record()).call
        async with asyncio.timeout(20):
            while not line.exchange.deleted or recorder.path("rosewood", made).exists() == bool(declines):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert line.exchange.deleted == ["RE1"]
    if not declines:
        kept = recorder.export("rosewood", made)
        assert np.count_nonzero(kept[:, 0] > 2500) == 16_000
        assert not kept[:, 1].any()


async def test_nothing_is_recorded_of_a_caller_who_said_no_to_it() -> None:
    flow = shipped("rosewood")
    acts = {
        "recording_notice": Act(keys="5", after_ms=2000),
        "reason": Act(keys="2"),
        "before_booking": Act(keys="2"),
    }
    async with line_of(flow) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert "Record" not in [turn.verb for turn in call.turns]
        assert "book_message" in call.heard
        assert (await line.record()).disposition is not None


async def test_a_flag_in_a_message_counts_though_the_caller_hangs_up_at_once() -> None:
    flow = shipped("rosewood")
    acts = {**BOOKING, "reason": Act(say="appointments"), "tone": Act(say="my lip is white", hang_up=True)}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert [page.disposition for page in line.world.pages] == [Disposition.D1]
        assert [(each.times, each.then) for each in line.world.ring_backs] == [(3, "page")]
        late = next(path for path, _, _ in call.asked if "next" in path).replace("/next/", "/said/")
        assert (await line.carrier.post(late, call.fields | {"UnstableSpeechResult": "no"}))[0] == 204


@pytest.mark.parametrize(
    ("said", "disposition", "pages"), [("my lip is white", "D1", 1), ("appointments", "DU", 0), ("no", "DU", 0)]
)
async def test_what_is_said_to_a_question_counts_though_the_caller_hangs_up_before_the_carrier_told_it_all(
    said: str, disposition: str, pages: int
) -> None:
    flow = shipped("rosewood")
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers({"reason": Act(say=said, hang_up=True)}))
        record = await line.record()
        assert (record.reason, record.disposition) == ("hangup", Disposition(disposition))
        assert len(line.world.pages) == pages
        assert line.world.ring_backs


async def test_a_red_flag_that_is_said_at_words_that_ask_nothing_is_heard() -> None:
    flow = shipped("rosewood")
    acts = {"recording_notice": Act(say="bleeding won't stop", after_ms=500)}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert call.heard[2] == "emergency"


async def test_a_key_in_a_message_that_means_something_is_not_lost() -> None:
    flow = shipped("rosewood")
    acts = {"reason": Act(keys="2"), "before_booking": Act(keys="2"), "~record": Act(say="please " * 9, keys="9")}
    async with line_of(flow) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert call.heard[call.heard.index("~record") + 1] == "emergency"


async def test_words_that_must_be_heard_go_on_after_a_key_cut_them() -> None:
    flow = shipped("rosewood")
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.begin(call)
        await line.carrier.run_one(call, answers({"opening": Act(keys="7", after_ms=6000)}))
        await line.carrier.run_one(call, answers({}))
        await line.carrier.run_one(call, answers({}))
        cut, rest, following = call.turns
        whole = len(line.spoken.words["opening"]) * 55
        assert (cut.heard, rest.heard, following.heard) == ("opening", "opening", "recording_notice")
        assert (cut.spent_ms, rest.heard_ms) == (6000, whole - 4000)  # from two seconds before the key


async def test_under_a_question_that_must_be_heard_there_are_keys_alone_and_words_after_it() -> None:
    flow = changed(
        small_flow(), "reason", say=prompt("reason", "Are you worried, or is it something else?", must_hear=True)
    )
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers({"": Act(say="worried")}))
        under = next(turn for turn in call.turns if turn.heard == "reason")
        after = call.turns[call.turns.index(under) + 1]
        assert (under.attributes["input"], under.sent) == ("dtmf", {})
        assert after.attributes["input"] == "dtmf speech"


async def test_a_key_under_words_that_must_be_heard_is_the_answer_once_the_rest_was_said() -> None:
    words = "Are you worried about a treatment that you have had, or is it something else that you ring about?"
    flow = changed(small_flow(), "reason", say=prompt("reason", words, must_hear=True))

    def once(heard: str, call: Taken) -> Act | None:
        return Act(keys="1", after_ms=3_000) if heard == "reason" and "reason" not in call.heard else None

    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, once)
        at = call.heard.index("reason")
        cut, rest = (turn for turn in call.turns if turn.heard == "reason")
        assert (cut.sent["Digits"], rest.heard_ms) == ("1", len(words) * 55 - 1_000)  # two seconds before the key
        assert call.heard[at : at + 2] == ["reason", "reason"]


async def test_a_long_entry_with_nines_is_a_number_and_is_read_back() -> None:
    flow = shipped("rosewood")
    acts = {"reason": Act(say="my lip is white"), **SIGNS_NO, "number_first.ask.offer": Act(keys="2")}
    acts |= {"number_first.ask": Act(keys="07999999999#"), "number_first.right": Act(keys="1")}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert "+447999999999" in line.spoken.words["number_first.right"]
        assert "emergency" not in call.heard


@pytest.mark.parametrize("entry", ["9", "999#", "999", "112#", "*9"])
async def test_the_emergency_as_a_whole_entry(entry: str) -> None:
    flow = shipped("rosewood")
    acts = {"reason": Act(say="my lip is white"), **SIGNS_NO, "number_first.ask.offer": Act(keys="2")}
    acts |= {"number_first.ask": Act(keys=entry)}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts))
        assert call.heard[call.heard.index("number_first.ask") + 1] == "emergency"


@pytest.mark.parametrize(
    ("said", "confidence", "yes"),
    [
        ("no", 0.9, False),
        ("no", None, True),
        ("no", 0.2, True),
        ("no actually yes", 0.95, True),
        ("not sure", 0.9, True),
    ],
)
async def test_in_a_screen_only_a_clear_no_is_one(
    said: str,
    confidence: float | None,
    yes: bool,  # noqa: FBT001
) -> None:
    flow = shipped("rosewood")
    acts = {"reason": Act(keys="1"), "first_screen.signs.breathing": Act(say=said, confidence=confidence)}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        await line.carrier.run(call, answers(acts | NUMBER))
        asked = [name for name in call.heard if name.startswith("first_screen.signs.sight")]
        assert bool(asked) != yes
        assert bool(line.world.pages)


async def test_nine_by_mistake_can_be_taken_back_and_the_screen_is_then_obligatory() -> None:
    flow = shipped("rosewood")
    acts = {"reason": Act(keys="9"), "mistake": Act(keys="1"), "first_screen.signs": Act(keys="2")}
    async with line_of(flow, speech=SPEECH) as line:
        call = line.carrier.call(CALLER, flow.clinic.number)
        script = answers(acts)
        await line.carrier.begin(call)
        while "first_screen.signs.breathing" not in call.heard:
            await line.carrier.run_one(call, script)
        assert line.world.pages == []
        offered = next(turn for turn in call.turns if "nine by mistake" in line.spoken.words.get(turn.heard, ""))
        assert offered.attributes["input"] == "dtmf"
