"""What a person who was rung hears, and what their keys mean."""

from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.line.dialler import RingOrder
from nightbell.line.whisper import Asking, Decision, Whisper

WORDS = np.full(8000, 1000, dtype=np.int16)
ASKS = np.full(4000, 2000, dtype=np.int16)


def run(order: RingOrder, keys: dict[int, str], *, ticks: int = 4000) -> tuple[int, Decision, list[int]]:
    """Return when it was decided, what, and the loudest sample of each tick."""
    whisper, said = Whisper(order), []
    for tick in range(ticks):
        frame, decision = whisper.take(tuple(keys.get(tick, "")))
        assert frame.shape == (FRAME_SAMPLES,)
        said.append(int(frame.max()))
        if decision:
            return tick, decision, said
    return ticks, "", said


@pytest.mark.parametrize(("key", "decision"), [("1", "taken"), ("2", "passed"), ("3", "ring_back")])
def test_keys_decide(key: str, decision: str) -> None:
    assert run(RingOrder(person="anna", whisper=WORDS), {100: key})[:2] == (100, decision)


@pytest.mark.parametrize("keys", [{}, {60: "4"}, {60: "0", 70: "9", 80: "#"}])
def test_silence_and_other_keys_take_nothing(keys: dict[int, str]) -> None:
    when, decision, said = run(RingOrder(person="anna", whisper=WORDS, answer_s=10), keys)
    assert (when, decision) == (500, "no_key")
    assert [said[tick] for tick in (0, 30, 80, 205)] == [0, 1000, 0, 1000]  # a pause, the words, a pause, again


def test_with_a_pin_the_words_come_only_after_it() -> None:
    order = RingOrder(person="anna", whisper=WORDS, pin="4711", pin_words=ASKS)
    when, decision, said = run(order, {60: "47", 70: "11", 150: "1"})
    assert (when, decision) == (150, "taken")
    assert max(said[:70]) == 2000
    assert max(said[71:150]) == 1000
    assert run(order, {60: "1", 100: "1"}, ticks=300)[1] == ""


def test_three_wrong_pins_end_it() -> None:
    order = RingOrder(person="anna", whisper=WORDS, pin="4711", pin_words=ASKS)
    assert run(order, {60: "1111", 70: "2222", 80: "3333"})[:2] == (80, "no_key")


@pytest.mark.parametrize(
    ("keys", "answer", "when"),
    [
        ({70: "2"}, "2", 70),
        ({30: "13"}, "1", 30),
        ({30: "9", 90: "1"}, "1", 90),
        ({}, "", 250),
        ({40: "37"}, "", 250),
    ],
)
def test_a_question_is_said_until_one_of_its_keys_or_its_time_is_up(
    keys: dict[int, str], answer: str, when: int
) -> None:
    asking, said = Asking(WORDS, keys="12", answer_s=5), list[int]()
    found: str | None = None
    while found is None:
        frame, found = asking.take(tuple(keys.get(len(said), "")))
        said.append(int(frame.max()))
    assert (found, len(said) - 1) == (answer, when)
    assert [said[at] for at in (0, 28)] == [0, 1000]  # a handset is on its way to the ear; then the words
    assert when < 250 or [said[at] for at in (80, 205)] == [0, 1000]  # and again after a pause
