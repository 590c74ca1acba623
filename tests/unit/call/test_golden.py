"""Golden calls: whole calls as their journals, every event with its effects. `pytest --snapshot-update` rewrites.

The session is written out and read back before each event: a restart at any point is part of every one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HoursFound,
    HungUp,
    MessageRecorded,
    Notified,
    PromiseMade,
    TransferEnded,
)
from nightbell.call.journal import effect_to_json, event_to_json
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow
from nightbell.testing.whole import whole_flow

PROMISE: dict[str, Any] = {
    "timed_out": False,
    "who": "a clinician",
    "from_number": "+442079460123",
    "by_utc": 1_795_389_000_000,
    "by_spoken": "ten forty five tonight",
}


def red_flag(call: HandCall) -> None:
    call.tell(HistoryFound, timed_out=False)
    call.until("reason")
    call.mutter("my lip has gone white")
    call.until("screen.sight")
    call.say("no")
    call.tell(EscalationChanged, status="recorded", effect=0)
    call.until("hold")
    call.wait("limit")
    call.until("number.offer")
    call.audio_ms += 60_000
    call.say("yes")
    call.until("read_back")
    call.say("yes")
    call.tell(PromiseMade, **PROMISE)
    call.prompt_ends()


def booking(call: HandCall) -> None:
    call.tell(HistoryFound, timed_out=False)
    call.until("reason")
    call.say("appointments")
    call.until("before")
    call.press("2")
    call.tell(HoursFound, timed_out=False, hours="closed")
    call.prompt_ends()
    asked = call.session.memory.asked_world
    call.tell(MessageRecorded, effect=asked, speech_ms=2000, ended_by="key", text="i would like to book")
    call.tell(Notified, ok=True, effect=call.session.memory.asked_world)
    call.prompt_ends()


def key_nine(call: HandCall) -> None:
    call.press("9")
    call.until("~nine.offer")
    call.wait("nine")
    call.until("number.offer")
    call.tell(HungUp, by="caller")


def mumbler(call: HandCall) -> None:
    call.until("reason")
    call.mutter("mumble")
    call.until("reason")
    call.mutter("mumble")
    call.until("reason")
    call.wait("noinput")
    call.until("screen.sight")
    call.press("2")
    call.until("screen.pain")
    call.wait("noinput")
    call.until("screen.pain")
    call.wait("noinput")
    call.tell(HungUp, by="caller")


def welsh_code_and_transfer(call: HandCall) -> None:
    """Another language, an answer that is asked about, slots, digits, a counter, a transfer."""
    call.tell(HistoryFound, timed_out=True)
    call.until("tongue")
    call.say("cymraeg")
    call.until("reason")
    call.press("2")
    call.until("area")
    call.press("2")
    call.until("code")
    call.press(*"19", "#")
    call.prompt_ends()
    call.wait("every")
    call.tell(TransferEnded, effect=call.session.memory.transfer, outcome="answered")
    call.prompt_ends()


def asked_about(call: HandCall) -> None:
    call.until("tongue")
    call.press("1")
    call.until("reason")
    call.say("appointments", confidence=0.6)
    call.prompt_ends()
    call.say("no")
    call.prompt_ends()
    call.say("appointments", confidence=0.6)
    call.prompt_ends()
    call.mutter("oh well you know")
    call.until("screen.sight")
    call.tell(EarsFailed, reason="died")
    call.tell(HungUp, by="caller")


WHOLE = {"welsh_code_and_transfer": welsh_code_and_transfer, "asked_about": asked_about}
STORIES: dict[str, Callable[[HandCall], None]] = {
    "red_flag": red_flag,
    "booking": booking,
    "key_nine": key_nine,
    "mumbler": mumbler,
    **WHOLE,
}


@pytest.mark.parametrize("story", STORIES)
def test_a_call_gives_the_effects_it_always_gave(story: str, snapshot: SnapshotAssertion) -> None:
    call = HandCall(whole_flow() if story in WHOLE else small_flow())
    STORIES[story](call)

    lines = []
    for event, effects in zip(call.events, call.effects, strict=True):
        learnt = {name: value for name, value in json.loads(event_to_json(event)).items() if name not in ENVELOPE}
        lines.append(f"> {json.dumps(learnt)}")
        lines += [f"    {effect_to_json(effect)}" for effect in effects]
    assert "\n".join(lines) == snapshot
    assert call.session.closed


ENVELOPE = {"v", "clinic", "call", "at_utc"}
