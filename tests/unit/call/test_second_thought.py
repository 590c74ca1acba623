"""What is said right after a no: a second thought takes it back, what goes on about something else does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Noted
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow


def heard(open_text: str, text: str = "oh the", snr_db: float = 18.0) -> bool:
    """Tell whether words right after a no to "does it hurt" take it back."""
    call = HandCall(replace(small_flow(), yes=("yes", "yeah", "yep", "a bit", "i think so", "i suppose so")))
    call.until("reason")
    call.say("yes")
    call.until("screen.sight")
    call.say("no")
    call.until("screen.pain")
    call.say("no")
    start = call.audio_ms + 900
    call.mutter(open_text, text=text, start_ms=start, end_ms=start + 900, snr_db=snr_db)
    return any(isinstance(each, Noted) and each.reason == "correction" for each in call.effects[-1])


@pytest.mark.parametrize(
    "said",
    [
        "well, I think so",
        "I suppose so, actually",
        "well a bit",
        "just a little bit",
        "it does though",
        "it did earlier",
        "actually it has",
        "only when I press on it",
        "sometimes",
        "I couldn't tell you",
        "but it hurts when I smile",
        "wait, yes",
    ],
)
def test_a_second_thought_takes_a_no_back(said: str) -> None:
    assert heard(said)


@pytest.mark.parametrize(
    "said",
    [
        "it's a bit swollen but that's normal",
        "it doesn't hurt",
        "nothing like that",
        "just the usual bruise",
        "not today",
        "now about my appointment",
        "it's fine",
    ],
)
def test_what_goes_on_about_something_else_does_not(said: str) -> None:
    assert not heard(said)


def test_the_chains_that_are_made_of_a_rooms_talk_are_no_second_thought() -> None:
    assert not heard("you know", text="i am i don't know worried we an appointment i don't know")
    assert heard("", text="oh yes it")


def test_of_a_rooms_murmur_nothing_is_taken_back() -> None:
    assert heard("I don't know", snr_db=8.0)
    assert not heard("I don't know", snr_db=2.0)
