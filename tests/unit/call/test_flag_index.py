"""Red flags are looked for by the words they cannot do without: nothing that could match is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from nightbell.call.flags import Flags
from nightbell.call.words import respell, words_of
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, Universal
from nightbell.flow.saying import says_unless
from nightbell.terms.disposition import Disposition

FLOW: Final[Flow] = load_flow(Path(__file__).parents[3] / "flows" / "rosewood")
UNIVERSALS: Final = tuple(sorted(FLOW.universals, key=lambda universal: -universal.priority))
FLAGS: Final = Flags(UNIVERSALS, FLOW.sounds_like)
VOCABULARY: Final = sorted(
    {
        word
        for universal in UNIVERSALS
        for pattern in universal.hear
        for word in pattern.translate(str.maketrans("()[]|", "     ")).replace("...", " ").split()
    }
    | {"no", "not", "isn't", "and", "or", "today"}
)


def one_by_one(text: str) -> Universal | None:
    """Return what reading every pattern of every universal finds."""
    heard = words_of(text)
    readings = {heard, respell(heard, FLOW.sounds_like)}
    for universal in UNIVERSALS:
        for reading in readings:
            if says_unless(universal.hear, universal.unless, reading):
                return universal
    return None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=9))
def test_it_finds_what_reading_every_pattern_finds(words: list[str]) -> None:
    text = " ".join(words)

    assert FLAGS.find(text) == one_by_one(text)


def test_every_wording_of_danger_is_found_alike() -> None:
    lines = [
        line
        for name in ("danger", "benign")
        for line in (Path(__file__).parent / f"wordings_{name}.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    found = {line: FLAGS.find(line) for line in lines}

    assert found == {line: one_by_one(line) for line in lines}
    assert sum(flag is not None for flag in found.values()) > 20


def test_a_pattern_of_alternatives_is_known_by_any_of_them() -> None:
    universal = Universal(
        name="x",
        priority=1,
        hear=("(gone white|[so] pale ... now) today", "[my] (lip|lips)"),
        floor=Disposition.D1,
        next="same",
    )
    flags = Flags((universal,), ())

    for text in ("it has gone white today", "so pale just now today", "lips"):
        assert flags.find(text) is universal
    for text in ("gone white", "pale today", "white today", ""):
        assert flags.find(text) is None


def test_a_noun_is_heard_with_its_verb_and_a_pronoun_is_not() -> None:
    hear = ("(chest|heart) tight", "(it|he) gone", "the (leg|baby's)")
    universal = Universal(name="x", priority=1, hear=hear, floor=Disposition.D1, next="same")
    flags = Flags((universal,), ())

    for text in ("my chest's tight", "chest tight", "the leg\u2019s", "the baby's", "it gone"):
        assert flags.find(text) is universal
    for text in ("it's gone", "he's gone", "the baby", "chests tight"):
        assert flags.find(text) is None


def test_a_priority_leaves_out_the_lesser_ones() -> None:
    low = Universal(name="low", priority=1, hear=("pale",), floor=Disposition.D1, next="same")
    high = Universal(name="high", priority=9, hear=("white",), floor=Disposition.D1, next="same")
    flags = Flags((high, low), ())

    assert flags.find("pale", at_least=5) is None
    assert flags.find("pale and white", at_least=5) is high
    assert flags.find("pale") is low
