"""A caller who needs more time is waited for three times as long for the rest of the call (clinical.md R32)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Effect, Listen, RecordMessage, StartTimer
from nightbell.call.events import EscalationChanged, SpeechStarted
from nightbell.call.step import TakeMessage
from nightbell.flow.model import Flow, Universal
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow
from nightbell.testing.whole import whole_flow

RELAY = Universal(
    name="relay",
    priority=40,
    hear=("relay [call]", "text phone", "slow down"),
    floor=None,
    next="same",
    key="8",
    slower=True,
)


def slowed(flow: Flow) -> Flow:
    return replace(flow, universals=(*flow.universals, RELAY), hash="8" * 64)


def timers(effects: list[Effect]) -> dict[str, int]:
    return {effect.timer: effect.ms for effect in effects if isinstance(effect, StartTimer)}


def listens(effects: list[Effect]) -> list[tuple[int, int]]:
    return [(effect.pause_ms, effect.max_speech_ms) for effect in effects if isinstance(effect, Listen)]


@pytest.mark.parametrize("how", ["key", "words"])
def test_it_begins_at_once_and_lasts(how: str) -> None:
    call = HandCall(slowed(small_flow()))
    call.until("reason")
    assert timers(call.done)["noinput"] == 6_000
    told = call.press("8") if how == "key" else call.mutter("this is a relay call")

    assert timers(told)["noinput"] == 18_000
    assert timers(told)["patience"] == 3 * (2 * 6_000 + 15_000)
    assert timers(told)["call"] == 3 * call.plan.flow.limits.duration_ms
    assert listens(told) == [(3_000, 45_000)]
    assert timers(call.tell(SpeechStarted, start_ms=call.audio_ms))["noinput"] == 3 * (15_000 + 2_000)

    call.press("1")
    asked = call.prompt_ends()
    assert timers(asked)["noinput"] == 18_000
    assert call.session.memory.slow


def test_said_again_it_gives_the_call_no_new_beginning() -> None:
    call = HandCall(slowed(small_flow()))
    call.until("reason")
    call.press("8")
    assert "call" not in timers(call.press("8"))


def test_keys_and_messages_have_more_time() -> None:
    call = HandCall(slowed(whole_flow()))
    call.session.memory.slow = True
    call.session.memory.step = "code"
    call.session.memory.playing = None
    assert timers(call.press("1"))["interdigit"] == 3 * 3_000
    assert timers(call.press("*"))["star"] == 3 * 3_000

    message = next(step for step in call.plan.steps.values() if isinstance(step, TakeMessage))
    call.session.memory.step = message.id
    call.session.memory.playing = call.session.memory.effects
    (taken,) = [effect for effect in call.prompt_ends() if isinstance(effect, RecordMessage)]
    assert (taken.max_ms, taken.final_silence_ms) == (3 * message.max_ms, 3 * message.final_silence_ms)
    assert timers(call.effects[-1])["world"] > taken.max_ms


def test_no_wait_for_a_person_and_no_offer_to_take_back_a_nine_is_longer() -> None:
    call = HandCall(slowed(small_flow()))
    call.until("reason")
    call.press("8")
    call.press("9")
    call.prompt_ends()
    assert timers(call.prompt_ends())["nine"] == 8_000

    held = HandCall(slowed(small_flow()))
    held.until("reason")
    before = HandCall(small_flow())
    before.until("reason")
    for each in (held, before):
        each.press("8")
        each.press("0")
    assert timers(held.done)["limit"] == timers(before.done)["limit"]
    held.tell(EscalationChanged, effect=0, status="acknowledged")
    assert held.session.memory.step != "hold"
