"""The notation of what a caller may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.errors import PatternError
from nightbell.flow.pattern import Any, Gap, Optional, Pattern, Word, expand, has_gap, parse, words_of


def test_the_tree_of_a_pattern() -> None:
    assert parse("my (lip|cheek) [is] ... White").items == (
        Word("my"),
        Any(((Word("lip"),), (Word("cheek"),))),
        Optional((Word("is"),)),
        Gap(6),
        Word("white"),
    )


def test_every_listing_in_written_order() -> None:
    listed = expand(parse("(can't|can not) see [at all]"), 10)
    assert [" ".join(words) for words in listed] == [
        "can't see at all",
        "can't see",
        "can not see at all",
        "can not see",
    ]


def test_signs_around_words_fall_away() -> None:
    assert expand(parse("Call-back, please!"), 1) == (("call", "back", "please"),)
    assert words_of("I can\u2019t see - at all.") == ("i", "can't", "see", "at", "all")


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("a (b|c", 2, "never closed"),
        ("a b)", 3, "no bracket before"),
        ("a | b", 2, "no bracket before"),
        ("(a|)", 0, "empty alternative"),
        ("[a|b] c", 2, "no bracket before"),
        ("[a]", 0, "match silence"),
        ("...", 0, "match silence"),
        ("(a|[b]) ...", 0, "match silence"),
        ("", 0, "match silence"),
        ("a {b}", 2, "means nothing"),
        ("(" * 9 + "a" + ")" * 9, 8, "too deep"),
        ("a " * 300, 400, "600 characters"),
    ],
)
def test_a_fault_says_where(text: str, offset: int, words: str) -> None:
    with pytest.raises(PatternError, match=words) as caught:
        parse(text)
    assert caught.value.offset == offset


def test_too_many_phrases_are_counted_before_they_are_listed() -> None:
    wide = parse(" ".join(["(a|b|c|d)"] * 30))
    with pytest.raises(PatternError, match="1152921504606846976"):
        expand(wide, 100)


def test_a_gap_cannot_be_listed() -> None:
    pattern = parse("lip ((went ...)|is) white")
    assert has_gap(pattern)
    with pytest.raises(PatternError, match="cannot be listed"):
        expand(pattern, 100)


@given(st.text(alphabet="ab'()[]|. …-_", max_size=60))
def test_any_text_is_a_pattern_or_a_fault_inside_it(text: str) -> None:
    try:
        pattern = parse(text)
    except PatternError as fault:
        inside = 0 <= fault.offset <= len(text)
    else:
        inside = bool(pattern.items) and isinstance(pattern, Pattern)
    assert inside
