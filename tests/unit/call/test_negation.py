"""What a "not" reaches over, and what it does not: a misread denial hides a red flag."""

from __future__ import annotations

import pytest

from nightbell.call.flags import says_pattern
from nightbell.call.words import words_of

WHITE = "(lip|skin|it's|gone|it) ... (white|gray|pale)"
PAIN = "(severe|painful|really painful|so much pain|never ... pain ... like)"
BLISTERS = "(blisters|scabs|pus|blotchy|numb|tingling)"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (WHITE, "it's not going away it's white"),
        (WHITE, "my lip isn't right it's gone grey"),
        (WHITE, "my lip is not better but white"),
        (WHITE, "painkillers aren't working my lip is white"),
        ("(no feeling|gone white)", "no feeling and it's gone white"),
        (PAIN, "never had pain like it"),
        (PAIN, "I have never been so much pain"),
        (PAIN, "it has never been this painful"),
        (PAIN, "nothing is helping the severe ache"),
        (PAIN, "I haven't slept it is really painful"),
        ("can't see", "I don't know why but I can't see"),
        (WHITE, "it doesn't hurt lip's gone white"),
        (WHITE, "it isn't swollen my lip's white"),
        (WHITE, "it's no longer just red it's white"),
        ("(not|isn't) breathing", "he isn't breathing"),
        ("(not|isn't) breathing", "I'm not sure but he's not breathing"),
        ("can't see", "no I can't see"),
        ("can't see", "I can't see anything"),
        ("can't see", "I can't see any more"),
    ],
)
def test_not_denied(pattern: str, text: str) -> None:
    assert says_pattern(pattern, words_of(text))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (WHITE, "it doesn't look like it's gone white"),
        (WHITE, "it hasn't gone white"),
        (WHITE, "my lip's not white"),
        (WHITE, "it doesn't look like my lip's white"),
        (WHITE, "it's no longer white"),
        (BLISTERS, "my skin's no longer blotchy"),
        (WHITE, "I haven't noticed my lip going white"),
        (BLISTERS, "no pus or scabs"),
        (BLISTERS, "I don't have any numb or tingling or blotchy bits"),
        (BLISTERS, "I can't see any blisters"),
        ("can't see", "I can't see any blisters"),
        (PAIN, "it isn't hot or swollen or painful"),
    ],
)
def test_denied(pattern: str, text: str) -> None:
    assert not says_pattern(pattern, words_of(text))
