"""Red-flag phrases in free speech: found in many wordings, and not found when denied."""

from __future__ import annotations

import pytest

from nightbell.call.flags import says_pattern
from nightbell.call.words import respell, spoken_digits, words_of

WHITE = "(lip|lips|skin|face) ... (white|gray|pale|blotchy)"


@pytest.mark.parametrize(
    "text",
    [
        "My lip has gone white!",
        "the skin round my mouth is really very pale",
        "it's probably nothing but my lip's, my lip is white",
        "I'm not worried but my lip has gone grey",
        "no my lip is white",
        "I'm not sure if my skin is blotchy",
        "it's not just my lip that is white",
    ],
)
def test_says_it(text: str) -> None:
    assert says_pattern(WHITE, words_of(text))


@pytest.mark.parametrize(
    "text",
    ["my lip isn't white", "my lip is not at all pale", "my skin has never been blotchy", "white", "lip filler"],
)
def test_denies_it_or_never_said_it(text: str) -> None:
    assert not says_pattern(WHITE, words_of(text))


@pytest.mark.parametrize("text", ["no blisters", "there are no real blisters", "I haven't got any blisters"])
def test_no_blisters_is_not_blisters(text: str) -> None:
    assert not says_pattern("(blister|blisters)", words_of(text))


def test_a_denial_before_a_but_does_not_reach_over_it() -> None:
    assert says_pattern("(blister|blisters)", words_of("it doesn't hurt but blisters came up"))


def test_respell_puts_back_what_was_written_by_its_sound() -> None:
    assert respell(words_of("I had buttocks on Monday"), (("botox", ("buttocks",)),))[2] == "botox"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("oh seven seven double oh nine hundred", ""),
        ("it's oh seven seven, double oh, nine", "0770" + "0" + "9"),
        ("07700 900123", "07700900123"),
        ("triple nine", "999"),
        ("hello", ""),
    ],
)
def test_spoken_digits(text: str, digits: str) -> None:
    assert spoken_digits(text) == digits
