"""A message that a caller leaves comes to us whatever the carrier tells, in whatever order, and whoever died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.peers.by_request import CALLER, Exchange, Line, line_of, shipped
from tests.peers.obeying import PUBLIC, Act
from tests.unit.line.webhook.test_ways import BOOKING, SPEECH, answers

from nightbell.audio.wav import wav_bytes
from nightbell.call.events import HungUp, MessageRecorded
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder
from nightbell.terms.disposition import Disposition
from nightbell.testing.records import MemoryRecords

pytestmark = pytest.mark.asyncio

LEAVES = {
    "reason": Act(keys="2"),
    "before_booking": Act(keys="2"),
    "~record": Act(say="please ring me " * 8, hang_up=True),
}
"""Three words of a third of a second, eight times: 8 s."""


def recorder_in(folder: Path) -> Recorder:
    return Recorder(folder / "sound", Keyring(folder / "keys"))


def exchange() -> Exchange:
    return Exchange(recording=wav_bytes(np.full(16_000, 3000, np.int16)))


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the other end of a socket brings it about
            await asyncio.sleep(0.005)


def is_kept(recorder: Recorder, call: str) -> None:
    """Hold that the message was kept, once and whole, and where it was left."""
    sound = recorder.export("rosewood", call)[:, 0]
    assert np.count_nonzero(sound > 2500) == 16_000
    assert len(sound) > 20 * 8000  # it was left after the words before it


async def told(line: Line) -> list[Any]:
    record = await line.record()
    return [entry.event for entry in await line.records.journal(record.call)]


@pytest.mark.parametrize(
    "tells",
    [
        ("action",),
        ("action", "status"),
        ("status", "action"),
        ("status", "recorded"),
        ("recorded", "status"),
        ("status", "recorded", "action"),
        ("recorded", "action", "status"),
        ("action", "recorded", "status"),
    ],
)
async def test_a_caller_who_hangs_up_into_a_message_has_left_it(tells: Any, tmp_path: Path) -> None:
    recorder, there = recorder_in(tmp_path), exchange()
    async with line_of(shipped("rosewood"), recorder=recorder, exchange=there) as line:
        line.carrier.tells = tells
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(LEAVES))
        await until(lambda: there.deleted)
        record = await line.record()
        left, gone = [event for event in await told(line) if isinstance(event, MessageRecorded | HungUp)]
        assert isinstance(left, MessageRecorded)
        assert isinstance(gone, HungUp)
        assert (left.ended_by, left.speech_ms) == ("hangup", 8000)
        assert (record.reason, record.disposition) == ("hangup", Disposition.DU)
        assert line.reception.by_request == set()
        assert there.deleted == ["RE1"]
    is_kept(recorder, record.call)


async def test_a_message_that_the_carrier_never_tells_of_is_found_there(tmp_path: Path) -> None:
    recorder, there = recorder_in(tmp_path), exchange()
    async with line_of(shipped("rosewood"), recorder=recorder, exchange=there) as line:
        line.carrier.tells = ("status",)
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(LEAVES))
        assert (await line.record()).closed is None  # what it would tell is waited for
        line.clock.pass_ms(7_000)
        await line.calls.look()
        record = await line.record()
        assert (record.reason, record.disposition) == ("hangup", Disposition.DU)
        there.held = {"RE1": call.sid, "RE2": "CAsomebodyelses"}
        assert line.left is not None
        await line.left.look()
        await until(lambda: there.deleted)
        assert there.held == {"RE2": "CAsomebodyelses"}
    is_kept(recorder, record.call)


async def test_a_message_outlives_the_process_that_should_have_fetched_it(tmp_path: Path) -> None:
    recorder, there, records = recorder_in(tmp_path), exchange(), MemoryRecords()
    there.late = 1_000
    async with line_of(shipped("rosewood"), recorder=recorder, exchange=there, records=records) as line:
        line.carrier.tells = ("action", "status", "recorded")
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(LEAVES))
        clock, made = line.clock, (await line.record()).call
    there.late, there.held, there.status = 0, {"RE1": call.sid}, 503
    async with line_of(
        shipped("rosewood"), recorder=recorder, exchange=there, records=records, clock=clock
    ) as line:
        assert line.left is not None
        await line.left.look()
        there.status = 201
        await line.left.look()
        assert there.held  # a carrier that failed is left in peace for a while
        clock.pass_ms(10_000)
        await line.left.look()
        await until(lambda: there.deleted)
    is_kept(recorder, made)


async def test_what_the_caller_declined_is_deleted_there_when_it_is_found(tmp_path: Path) -> None:
    recorder, there = recorder_in(tmp_path), exchange()
    declines = {**LEAVES, "~record": Act(say="please ring me", keys="5")}
    async with line_of(shipped("rosewood"), recorder=recorder, exchange=there) as line:
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(declines))
        await until(lambda: there.deleted)
        made = (await line.record()).call
        there.held = {"RE7": call.sid}
        assert line.left is not None
        await line.left.look()
        await until(lambda: len(there.deleted) == 2)
        assert not recorder.path("rosewood", made).exists()


async def test_a_callback_about_no_call_of_ours_or_of_no_recording_changes_nothing(tmp_path: Path) -> None:
    recorder, there = recorder_in(tmp_path), exchange()
    async with line_of(shipped("rosewood"), recorder=recorder, exchange=there) as line:
        line.carrier.tells = ("status",)
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(LEAVES))
        made = (await line.record()).call
        form = {name: call.fields[name] for name in ("AccountSid", "CallSid")}
        for where, more in (
            ("none-of-ours/100", {"RecordingStatus": "completed", "RecordingSid": "RE9"}),
            (f"{made}/x", {"RecordingStatus": "completed", "RecordingSid": "RE9"}),
            (f"{made}/100", {"RecordingStatus": "in-progress", "RecordingSid": "RE9"}),
        ):
            assert (await line.carrier.post(f"/twilio/call/recorded/{where}", form | more))[0] == 204
        assert (await line.record()).closed is None
        absent = {"RecordingStatus": "absent", "RecordingSid": "RE9"}
        record = next(turn for turn in call.turns if turn.verb == "Record").attributes
        where = record["recordingStatusCallback"].removeprefix(PUBLIC)
        assert (await line.carrier.post(where, form | absent))[0] == 204
        (event,) = [event for event in await told(line) if isinstance(event, MessageRecorded)]
        assert (event.ended_by, event.speech_ms) == ("hangup", 0)
        assert there.deleted == []


async def test_a_carrier_that_recorded_nothing_is_not_asked_for_anything(tmp_path: Path) -> None:
    recorder, there = recorder_in(tmp_path), exchange()
    acts = {**BOOKING, "reason": Act(say="appointments")}
    async with line_of(shipped("rosewood"), speech=SPEECH, recorder=recorder, exchange=there) as line:
        assert line.left is not None
        await line.left.look()
        call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
        await line.carrier.run(call, answers(acts))
        line.clock.pass_ms(600_000)
        await line.left.look()
        assert there.listed == 0
