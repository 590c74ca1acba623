"""Transfer: somebody is dialled while everything else stays live."""

from __future__ import annotations

import pytest

from nightbell.call.effects import Close, Escalate, Play, RingBack, StopTransfer, Transfer
from nightbell.call.events import HungUp, Played, RecordsFailing, TransferEnded
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.whole import whole_flow


@pytest.fixture
def call() -> HandCall:
    """A call for which the clinician is being dialled."""
    call = HandCall(whole_flow())
    call.until("tongue")
    call.press("2")
    call.until("reason")
    call.press("2")
    call.until("area")
    call.press("2")
    call.until("code")
    call.press(*"1234")
    assert at(call) == "connect"
    return call


def at(call: HandCall) -> str:
    return call.session.memory.step


def dialled(call: HandCall) -> Transfer:
    (found,) = [effect for effect in call.done if isinstance(effect, Transfer)]
    return found


def stopped(call: HandCall) -> list[int]:
    return [effect.transfer for effect in call.done if isinstance(effect, StopTransfer)]


def test_it_dials_a_role_with_a_limit_and_says_the_words(call: HandCall) -> None:
    assert (dialled(call).to, dialled(call).limit_ms) == ("clinician", 45_000)
    assert [effect.prompt for effect in call.effects[-1] if isinstance(effect, Play)] == ["connect.cy"]


@pytest.mark.parametrize(
    ("outcome", "target"),
    [
        ("answered", "connected"),
        ("busy", "hold"),
        ("no_answer", "number.offer"),
        ("failed", "hold"),
        ("hangup", "hold"),
    ],
)
def test_what_becomes_of_it_leads_on(call: HandCall, outcome: str, target: str) -> None:
    call.tell(TransferEnded, effect=dialled(call).n, outcome=outcome)

    assert at(call) == target
    assert stopped(call) == []


def test_no_answer_of_the_world_in_time_is_a_failure(call: HandCall) -> None:
    call.prompt_ends()
    call.wait("world")

    assert at(call) == "hold"
    assert stopped(call) == [dialled(call).n]


def test_an_answer_to_another_transfer_means_nothing(call: HandCall) -> None:
    call.tell(TransferEnded, effect=dialled(call).n + 100, outcome="answered")

    assert at(call) == "connect"


def test_the_words_come_again_so_that_nobody_waits_in_silence(call: HandCall) -> None:
    call.prompt_ends()
    assert "every" in call.session.memory.timers
    call.wait("every")

    assert [effect.prompt for effect in call.effects[-1] if isinstance(effect, Play)] == ["connect.cy"]
    assert len([effect for effect in call.done if isinstance(effect, Transfer)]) == 1


@pytest.mark.parametrize(("by", "step"), [("nine", "~nine"), ("flag", "emergency"), ("zero", "hold")])
def test_nine_flags_and_a_person_stay_live_while_it_rings(call: HandCall, by: str, step: str) -> None:
    number = dialled(call).n
    match by:
        case "nine":
            call.press("9")
        case "flag":
            call.mutter("I can't see")
        case _:
            call.press("0")

    assert at(call) == step
    assert stopped(call) == [number]
    call.tell(TransferEnded, effect=number, outcome="answered")
    assert at(call) == step, "an answer that comes too late connects nobody"


def test_a_flag_that_leads_nowhere_new_still_pages(call: HandCall) -> None:
    effects = call.mutter("my lip has gone white")

    assert [effect.disposition for effect in effects if isinstance(effect, Escalate)] == [Disposition.D1]


def test_noise_and_other_keys_leave_it_ringing(call: HandCall) -> None:
    call.tell(Played, effect=call.session.memory.playing, completed=False, played_ms=10, stopped_by="speech")
    call.mutter("", text="")
    call.press("4", "5", "#", "*")
    call.mutter("hello is anybody there")

    assert at(call) == "connect"
    assert stopped(call) == []
    assert "every" in call.session.memory.timers


def test_hanging_up_stops_the_dialling(call: HandCall) -> None:
    call.tell(HungUp, by="caller")

    assert stopped(call) == [dialled(call).n]
    assert len([effect for effect in call.done if isinstance(effect, Close)]) == 1


def test_the_safe_path_stops_the_dialling(call: HandCall) -> None:
    call.tell(RecordsFailing)

    assert stopped(call) == [dialled(call).n]
    assert call.session.memory.failing


@pytest.mark.parametrize("floored", [False, True])
def test_who_talked_with_somebody_and_hangs_up_is_not_dropped(call: HandCall, floored: bool) -> None:  # noqa: FBT001
    call.tell(TransferEnded, effect=dialled(call).n, outcome="answered")
    if floored:
        call.mutter("my lip went white")
    call.tell(HungUp, by="caller")

    (close,) = [effect for effect in call.done if isinstance(effect, Close)]
    rings = [effect for effect in call.done if isinstance(effect, RingBack)]
    assert close.reason == ("hangup" if floored else "connected")
    assert bool(rings) is floored


def test_who_was_never_put_through_is_rung_back(call: HandCall) -> None:
    call.tell(TransferEnded, effect=dialled(call).n, outcome="no_answer")
    call.tell(HungUp, by="caller")
    assert [effect.times for effect in call.done if isinstance(effect, RingBack)]


def test_who_talked_with_somebody_and_hears_the_last_words_was_connected(call: HandCall) -> None:
    call.tell(TransferEnded, effect=dialled(call).n, outcome="answered")
    assert at(call) == "connected"
    call.prompt_ends()
    (close,) = [effect for effect in call.done if isinstance(effect, Close)]
    assert close.reason == "connected"
