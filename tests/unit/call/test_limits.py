"""Limits of a call are the flow's: turns, duration, visits, dead air."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Close, Escalate, Play, StartTimer
from nightbell.call.events import HistoryFound
from nightbell.flow.model import Limits
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow


def limited(**limits: int) -> HandCall:
    return HandCall(replace(small_flow(), limits=Limits(**limits), hash="7" * 64))


def started(call: HandCall, timer: str) -> list[int]:
    return [effect.ms for effect in call.done if isinstance(effect, StartTimer) and effect.timer == timer]


def test_the_call_may_last_as_long_as_the_flow_says() -> None:
    assert started(limited(duration_ms=90_000), "call") == [90_000]


def test_dead_air_lasts_as_long_as_the_flow_says() -> None:
    call = limited(watchdog_ms=4_000)
    call.session.memory.playing = None
    call.tell(HistoryFound, timed_out=True)

    assert started(call, "watchdog") == [4_000]


@pytest.mark.parametrize("visits", [1, 2, 3])
def test_a_question_is_asked_anew_as_often_as_the_flow_says(visits: int) -> None:
    call = limited(visits=visits)
    call.until("reason")
    for _ in range(visits):
        call.session.memory.step = "hold"
        call.session.memory.escalation = "exhausted"
        call.press("*")
        call.wait("star")
        call.session.memory.step = "read_back"
        call.press("2")

    plays = [effect.question for effect in call.done if isinstance(effect, Play) and effect.state == "number"]
    assert plays.count("offer") == visits


@pytest.mark.parametrize("how", ["silence", "words", "keys"])
def test_too_many_turns_bring_a_person_by_the_safe_path(how: str) -> None:
    call = limited(turns=2)
    call.until("reason")
    for _ in range(2):
        turn(call, how)
        if not call.session.memory.failing and call.session.memory.playing is not None:
            call.prompt_ends()
    assert not call.session.memory.failing
    turn(call, how)

    assert call.session.memory.failing
    assert call.session.floor is Disposition.DU
    assert any(isinstance(effect, Escalate) for effect in call.done)
    call.prompt_ends()
    assert [effect.reason for effect in call.done if isinstance(effect, Close)] == ["failure"]


def turn(call: HandCall, how: str) -> None:
    match how:
        case "silence":
            call.session.memory.engaged = True
            call.wait("noinput")
        case "words":
            call.mutter("well you know")
        case _:
            call.press("7")


def test_a_red_flag_in_the_turn_that_is_too_many_counts() -> None:
    call = limited(turns=0)
    call.until("reason")
    call.mutter("I can't see")

    assert call.session.floor is Disposition.D0
    assert not call.session.memory.failing, "the emergency words are being said: they are safe words themselves"


def test_waiting_for_a_person_takes_no_turns() -> None:
    call = limited(turns=1)
    call.until("reason")
    call.press("0")
    for _ in range(6):
        call.mutter("hello")

    assert call.session.memory.step == "hold"
    assert not call.session.memory.failing


def test_digits_of_a_number_are_one_turn() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.press("0")
    call.until("hold")
    call.wait("limit")
    call.until("number.offer")
    call.press("2")
    call.until("number.entry")
    before = call.session.memory.turns
    call.press(*"07700900123", "#")

    assert call.session.memory.turns == before + 1


@pytest.mark.parametrize("visits", [1, 2, 3])
def test_a_second_nine_that_nobody_takes_back_is_meant_however_few_visits_there_are(visits: int) -> None:
    """Rule 3: the offer is no question that has been asked often enough; the page waits for it alone."""
    call = limited(visits=visits)
    call.until("reason")
    call.press("9")
    call.until("~nine.offer")
    call.press("1")
    call.press("9")
    for _ in range(3):
        if call.session.memory.playing is not None:
            call.prompt_ends()
    if "nine" in call.session.memory.timers:
        call.wait("nine")

    assert call.session.floor is Disposition.D0
    assert call.session.memory.nine == ""
    assert any(isinstance(effect, Escalate) for effect in call.done)
