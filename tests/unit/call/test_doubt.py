"""Words of somebody who does not know are a doubt, and a soft no is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.call.doubt import leaves_open
from nightbell.call.effects import Listen, Noted
from nightbell.call.words import words_of
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, small_flow

BENIGN = Path(__file__).with_name("wordings_benign.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "said",
    [
        "I honestly can't tell",
        "couldn't say, it's dark in here",
        "can't tell, it's under the plaster",
        "I don't think so but I can't be certain",
        "not really sure",
        "I've not looked",
        "we haven't checked yet",
        "she wouldn't know",
        "hard to say in this light",
        "too early to tell",
        "who knows with my skin",
        "no idea",
        "depends what you call hot",
        "it might just be the bruise",
        "could be",
        "there may be some",
        "how would I know",
    ],
)
def test_who_does_not_know_leaves_it_open(said: str) -> None:
    assert leaves_open(words_of(said))


@pytest.mark.parametrize(
    "said",
    [
        "not that I know of",
        "not as far as I know",
        "I wouldn't say so",
        "I can't say I have",
        "I can't say there's any",
        "I can't tell the difference from the other side",
        "it could be better but no",
        "it doesn't look white",
        "no, could you book me in for May",
        "I know it's fine",
    ],
)
def test_a_soft_no_is_no_doubt(said: str) -> None:
    assert not leaves_open(words_of(said))


def test_harmless_sentences_are_no_doubt_but_for_one_in_a_hundred() -> None:
    said = [line for line in BENIGN if line.strip() and not line.startswith("#")]
    assert sum(leaves_open(words_of(line)) for line in said) <= len(said) / 100


def test_a_doubt_at_a_screen_counts_as_yes() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.say("yes")
    call.until("screen.sight")
    call.mutter("I couldn't tell you, there's no mirror here")
    assert [each.answer for each in call.effects[-1] if isinstance(each, Noted)] == ["not_sure"]


@pytest.mark.parametrize(("asks", "answer", "pause"), [((), None, 300), (("worried_after_all",), "not_sure", 700)])
def test_a_question_of_signs_outside_a_screen_hears_doubt_and_waits_for_a_no(
    asks: tuple[str, ...], answer: str | None, pause: int
) -> None:
    call = HandCall(changed(small_flow(), "before", asks=asks))
    call.until("reason")
    call.say("appointments")
    call.until("before")
    listen = next(each for each in reversed(call.done) if isinstance(each, Listen))
    assert {each.text: each.pause_ms for each in listen.phrases}["no"] == pause
    call.mutter("I couldn't tell you")
    assert next((each.answer for each in call.effects[-1] if isinstance(each, Noted)), None) == answer
