"""The caller's end of a real line: sound both ways, keys, who hangs up; and a caller who goes by ear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE, Frame
from nightbell.line.port import Tick
from nightbell.line.scripted import ScriptedLine
from nightbell.rehearsal.by_ear import ByEar
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import Answer, Script
from nightbell.rehearsal.telephone import talk

pytestmark = pytest.mark.asyncio

LOUD = np.full(FRAME_SAMPLES, 4000, dtype=np.int16)


class FakePhone:
    """A line at the other end, laid down tick by tick; keeps what it was sent."""

    def __init__(self, heard: list[Frame], *, ends: str = "caller", answers_bye: bool = True) -> None:
        self.sent: list[Frame] = []
        self.keys: list[tuple[int, str]] = []
        self.down_at: int | None = None
        self._heard = heard
        self._ends = ends
        self._answers_bye = answers_bye
        self._number = 0

    async def ticks(self) -> AsyncIterator[Tick]:
        for number, frame in enumerate(self._heard):
            self._number = number
            await asyncio.sleep(0)
            over = self._number == len(self._heard) - 1
            if self.down_at is not None and self._answers_bye:
                yield Tick(number=self._number, frame=frame, gone="us")
                return
            yield Tick(number=self._number, frame=frame, gone=self._ends if over else "")  # type: ignore[arg-type]

    def play(self, frame: Frame) -> None:
        self.sent.append(frame)

    def press(self, keys: str) -> None:
        self.keys.append((self._number, keys))

    async def hang_up(self) -> None:
        self.down_at = self._number if self.down_at is None else self.down_at


async def test_what_the_line_says_is_recorded_and_what_the_caller_says_is_sent() -> None:
    line = ScriptedLine()
    line.handset.say(np.tile(LOUD, 5), at_ms=100)
    line.handset.press("42", at_ms=400)
    phone = FakePhone([SILENCE] * 10 + [LOUD] * 20 + [SILENCE] * 20)
    talked = await talk(phone, line)
    assert talked.by == "line"
    sounding = [number for number, frame in enumerate(phone.sent) if abs(frame.astype(int)).max() > 1000]
    assert sounding == list(range(5, 10))
    assert phone.keys == [(20, "4"), (32, "2")]
    _, said = line.recording()
    assert [number for number, frame in enumerate(said.reshape(-1, FRAME_SAMPLES)) if frame.any()] == list(
        range(11, 31)
    )
    assert line.loudest_dbfs(220, 620) > -25


async def test_a_caller_who_hangs_up_puts_the_phone_down() -> None:
    line = ScriptedLine()
    line.handset.hang_up(at_ms=100)
    phone = FakePhone([SILENCE] * 50)
    assert (await talk(phone, line)).by == "caller"
    assert phone.down_at == 5


async def test_a_phone_that_never_ends_is_left_after_a_while() -> None:
    line = ScriptedLine()
    line.handset.hang_up(at_ms=100)
    phone = FakePhone([SILENCE] * 2000, answers_bye=False)
    assert (await talk(phone, line)).by == "caller"
    assert phone._number < 600


async def test_a_script_that_is_over_before_the_call_says_so() -> None:
    phone = FakePhone([SILENCE] * 50)
    assert (await talk(phone, ScriptedLine(limit_ms=200))).by == "limit"


async def test_a_line_that_breaks_is_no_end() -> None:
    assert (await talk(FakePhone([SILENCE] * 5, ends="line"), ScriptedLine())).by == "lost"


@pytest.fixture
def script(tmp_path: Path) -> Script:
    file = tmp_path / "ear.yaml"
    file.write_text(
        "script: ear\nabout: by ear\n"
        'answers:\n  one: {press: "1"}\n  two: [{silence: true}, {press: "2"}]\n'
        '  three: {press: "3", barge_in_ms: 200}\n  four: {press: "4", optional: true}\n'
        "expect: {disposition: D5}\n"
    )
    return load_script(file, Recordings(tmp_path))


async def by_ear(script: Script, heard: list[Frame]) -> tuple[ByEar, FakePhone, list[str]]:
    line = ScriptedLine()

    def nothing(answer: Answer, at_ms: int) -> object:
        raise AssertionError((answer, at_ms))

    ear = ByEar(script, line.handset, nothing)  # type: ignore[arg-type]
    phone = FakePhone(heard)
    talked = await talk(phone, line, listener=ear)
    return ear, phone, [failure.kind for failure in ear.judge(talked)]


PROMPT = [LOUD] * 50
PAUSE = [SILENCE] * 80


async def test_by_ear_each_pause_after_words_brings_the_next_answer(script: Script) -> None:
    ear, phone, failures = await by_ear(script, (PROMPT + PAUSE) * 4)
    assert [keys for _, keys in phone.keys] == ["1", "2", "3", "4"], (
        "the pause after a barge-in is the next question's"
    )
    first, second, third, _ = (number for number, _ in phone.keys)
    assert 50 + 50 <= first <= 130
    assert 2 * 130 + 100 <= second <= 3 * 130
    assert 3 * 130 + 8 <= third <= 3 * 130 + 15, "barged in 200 ms into the prompt"
    assert failures == []
    assert ear.spoken_ms == 4 * 1000


async def test_a_pause_within_words_and_a_click_bring_none(script: Script) -> None:
    _, phone, failures = await by_ear(script, ([LOUD] * 25 + [SILENCE] * 30) * 4 + [LOUD] * 5 + PAUSE * 2)
    assert [keys for _, keys in phone.keys] == ["1"]
    assert failures == [FailureKind.TURN_UNUSED] * 3


async def test_a_line_that_says_nothing_fails(script: Script) -> None:
    _, phone, failures = await by_ear(script, PAUSE * 3)
    assert phone.keys == []
    assert failures[0] == FailureKind.PROMPT_SILENT
