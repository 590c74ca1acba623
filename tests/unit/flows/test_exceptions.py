"""Exceptions that begin with a whole danger sign: each was looked at, because callers' words have no full stops.

"I can't see" is a danger, and "I can't see your website" is none; but "I can't see, your website says to ring" has
the same words. So what follows a whole sign in ``unless`` must not be able to begin the caller's next sentence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from nightbell.flow.lint.phrases import said_by
from nightbell.flow.load import load_flow
from nightbell.flow.saying import says_unless

FLOWS: Final = Path(__file__).parents[3] / "flows"
LOOKED_AT: Final = {
    ("breathing", "blacked out | my diary"),
    ("breathing", "blacked out | the diary"),
    ("breathing", "breathless | with excitement"),
    ("breathing", "nearly fainted | when i saw your price"),
    ("chest_pain", "heart attack | when i saw the price"),
    ("cannot_talk", "can't talk | highly"),
    ("cannot_talk", "can't talk | to a machine"),
    ("cannot_talk", "can't talk | to anyone at your"),
    ("cold_or_numb", "numb | with boredom"),
    ("cord", "can't stand | queues"),
    ("cord", "can't stand | waiting in"),
    ("cord", "can't stand | it when people"),
    ("cord", "can't walk | to you it's too far"),
}
"""Sign, and how the first of each pattern's phrases goes on behind it."""


def begun(clinic: str) -> set[tuple[str, str]]:
    flow = load_flow(FLOWS / clinic)
    found: set[tuple[str, str]] = set()
    for flag in flow.universals:
        if flag.floor is None or flag.name == "speak_to_a_person":
            continue
        for pattern in flag.unless:
            ways = (split(flag.hear, tuple(phrase.split())) for phrase in said_by(pattern))
            if (first := next((way for way in ways if way), "")) != "":
                found.add((flag.name, first))
    return found


def split(hear: tuple[str, ...], words: tuple[str, ...]) -> str:
    for end in range(1, len(words)):
        if says_unless(hear, (), words[:end]):
            return f"{' '.join(words[:end])} | {' '.join(words[end:])}"
    return ""


@pytest.mark.parametrize("clinic", ["rosewood", "stmarks", "hollow-lane"])
def test_no_exception_begins_with_a_whole_sign_that_nobody_looked_at(clinic: str) -> None:
    assert begun(clinic) - LOOKED_AT == set()


def test_every_exception_that_was_looked_at_is_there_still() -> None:
    assert LOOKED_AT - (begun("rosewood") | begun("stmarks") | begun("hollow-lane")) == set()
