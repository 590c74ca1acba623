"""Noise that a carrier takes for speech, and callers who need more time than others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.peers.by_request import CALLER, Line, line_of, shipped
from tests.peers.obeying import Act, Script, Taken
from tests.unit.line.webhook.test_requests import journal
from tests.unit.line.webhook.test_ways import BOOKING, NUMBER, SIGNS_NO, SPEECH, answers

from nightbell.call.events import EarsFailed, MessageRecorded

pytestmark = pytest.mark.asyncio

KNOCK = Act(noise=True, after_ms=700)


def noisy(times: int, at: str, acts: Mapping[str, Act | None]) -> Script:
    """Return a caller at whose side something makes a noise so often while a prompt is said."""
    left = [None] * times

    def does(heard: str, call: Taken) -> Act | None:
        if heard == at and left:
            left.pop()
            return KNOCK
        does_next: Act | None = answers(acts)(heard, call)
        return does_next

    return does


async def through(line: Line, script: Script) -> Taken:
    call = line.carrier.call(CALLER, shipped("rosewood").clinic.number)
    await line.carrier.run(call, script)
    return call


async def test_a_noise_has_a_question_asked_again_and_a_second_one_has_it_asked_for_keys() -> None:
    acts = {"reason": Act(keys="1"), "first_screen.signs": Act(keys="2"), **NUMBER}
    for times in (1, 2):
        async with line_of(shipped("rosewood"), speech=SPEECH) as line:
            call = await through(line, noisy(times, "reason", acts))
            asked = [turn for turn in call.turns if turn.heard.startswith("reason")]
            assert len(asked) == times + 1
            assert all("speech" in turn.attributes["input"] for turn in asked[:2])
            assert ("speech" in asked[-1].attributes["input"]) == (times == 1)
            assert "safe_words" not in call.heard
            failed = [event.reason for event in await journal(line) if isinstance(event, EarsFailed)]
            assert failed == ["noise"] * (times - 1)
            assert (await line.record()).reason == "end"


async def test_what_is_understood_between_two_noises_keeps_the_ears_open() -> None:
    acts = {"reason": Act(say="worried"), **SIGNS_NO, **NUMBER}
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        once = noisy(1, "reason", acts)

        def does(heard: str, call: Taken) -> Act | None:
            screened = heard == "first_screen.signs.breathing" and call.heard.count(heard) == 0
            return KNOCK if screened else once(heard, call)

        call = await through(line, does)
        assert not [event for event in await journal(line) if isinstance(event, EarsFailed)]
        assert (
            "speech"
            in [turn for turn in call.turns if turn.heard == "first_screen.signs.breathing"][-1].attributes[
                "input"
            ]
        )


async def test_noise_at_words_that_ask_nothing_does_not_end_the_call() -> None:
    acts = {"reason": Act(keys="1"), "first_screen.signs": Act(keys="2"), **NUMBER}
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        call = await through(line, noisy(9, "recording_notice", acts))
        assert "safe_words" not in call.heard
        assert (await line.record()).reason == "end"


async def test_a_knock_before_a_message_does_not_end_it() -> None:
    acts = {**BOOKING, "reason": Act(say="appointments")}
    async with line_of(shipped("rosewood"), speech=SPEECH) as line:
        await through(line, noisy(1, "tone", acts))
        (message,) = [event for event in await journal(line) if isinstance(event, MessageRecorded)]
        assert message.text == "I would like to come next week"


async def test_who_asked_for_more_time_has_it_from_key_to_key_and_within_what_they_say() -> None:
    acts = {
        "reason": Act(say="my lip is white"),
        **SIGNS_NO,
        "number_first.ask.offer": Act(keys="2"),
        "number_first.ask": Act(keys="07700900555#"),
        "number_first.right": Act(keys="1"),
    }
    slow = {**acts, "recording_notice": Act(say="text relay", after_ms=500)}
    found = {}
    for name, does in (("plain", acts), ("slow", slow)):
        async with line_of(shipped("rosewood"), speech=SPEECH) as line:
            call = await through(line, answers(does))
            entry = next(turn for turn in call.turns if turn.heard == "number_first.ask").attributes
            screen = next(turn for turn in call.turns if turn.heard.startswith("first_screen.signs")).attributes
            found[name] = (entry["timeout"], entry["finishOnKey"], screen["speechTimeout"])
            assert int(screen["maxSpeechTime"]) <= 10
    assert found == {"plain": ("3", "#", "1"), "slow": ("9", "#", "3")}
