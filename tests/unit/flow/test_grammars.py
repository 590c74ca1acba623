"""Grammars and slots put into phrases, and the limits that keep them small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.errors import PatternError, UnknownWords
from nightbell.flow.pattern import LONGEST, expand, parse
from nightbell.flow.reading.grammars import MAX_ALL, MAX_LISTED, Vocabulary

WORDS = Vocabulary(
    grammars={
        "white": {"en": ("(white|pale)", "has gone white"), "cy": ("gwyn",)},
        "spot": {"en": ("my {area} [is] <white>",)},
        "ring": {"en": ("a <other>",)},
        "other": {"en": ("b <ring>", "c")},
        "far": {"en": ("lip ... white",)},
        "broken": {"en": ("(a",)},
        **{f"deep{level}": {"en": (f"<deep{level + 1}>",)} for level in range(10)},
        "deep10": {"en": ("deep",)},
        "wide": {"en": tuple(f"w{number}" for number in range(300))},
        "long": {"en": tuple(f"(a|b) {'word' * 20} {number}" for number in range(12))},
    },
    slots={
        "area": {"lip": {"en": ("lip", "top lip"), "cy": ("gwefus",)}, "nose": {"en": ("nose",)}},
        "empty": {"none": {"cy": ("dim",)}},
    },
)


def test_a_reference_stands_for_each_of_its_phrases() -> None:
    assert WORDS.phrases("it <white> now", "en") == (
        ("it white now", ()),
        ("it pale now", ()),
        ("it has gone white now", ()),
    )
    assert WORDS.phrases("<white>", "cy") == (("gwyn", ()),)


def test_a_slot_fills_a_result_with_the_category_of_its_word() -> None:
    assert WORDS.phrases("[my] {area} hurts", "en") == (
        ("my lip hurts", (("area", "lip"),)),
        ("my top lip hurts", (("area", "lip"),)),
        ("my nose hurts", (("area", "nose"),)),
        ("lip hurts", (("area", "lip"),)),
        ("top lip hurts", (("area", "lip"),)),
        ("nose hurts", (("area", "nose"),)),
    )


def test_what_is_optional_fills_only_where_it_is_said() -> None:
    assert dict(WORDS.phrases("it hurts [on the {area}]", "en"))["it hurts"] == ()


def test_grammars_stand_in_grammars_with_what_they_fill() -> None:
    found = dict(WORDS.phrases("<spot>", "en"))
    assert len(found) == 3 * 2 * 3
    assert found["my top lip has gone white"] == (("area", "lip"),)


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("it <whit> now", 3, "no grammar 'whit'"),
        ("the {arae}", 4, "no slot 'arae'"),
        ("so <ring>", 3, "<ring> stands for itself"),
        ("so <deep0>", 3, "too many grammars in each other"),
        ("so < >", 3, "no name"),
        ("so <far>", 3, "a phrase of <far> cannot be used here"),
        ("so <broken>", 3, "a phrase of <broken> cannot be used here"),
        ("the {empty}", 4, "no words in 'en'"),
        ("the <spot>", 4, "no phrases in 'cy'"),
    ],
)
def test_what_cannot_stand_there_says_where(text: str, offset: int, words: str) -> None:
    with pytest.raises(UnknownWords, match=words) as caught:
        WORDS.phrases(text, "cy" if "'cy'" in words else "en")
    assert caught.value.offset == offset
    assert caught.value.hint


def test_brackets_around_and_after_a_reference_keep_their_place() -> None:
    with pytest.raises(PatternError) as caught:
        WORDS.phrases("<white> (a|b", "en")
    assert caught.value.offset == 8
    assert not isinstance(caught.value, UnknownWords)


def test_too_many_phrases_are_refused_before_they_are_listed() -> None:
    with pytest.raises(PatternError, match=str(300 * 300)):
        WORDS.phrases("<wide> <wide>", "en")
    assert len(WORDS.phrases("<wide>", "en")) == 300 <= MAX_LISTED


def test_all_phrases_of_a_flow_have_a_limit() -> None:
    words = Vocabulary(grammars=WORDS.grammars)
    for number in range(MAX_ALL // 300):
        words.phrases(f"<wide> x{number}", "en")
    with pytest.raises(PatternError, match=f"more than {MAX_ALL}"):
        words.phrases("<wide> and more", "en")
    with pytest.raises(PatternError, match=f"more than {MAX_ALL}"):
        words.patterns("a", "en")


def test_grammars_that_stand_in_each_other_are_read_once() -> None:
    grammars = {f"g{level}": {"en": tuple(f"{' ' * n}<g{level + 1}>" for n in range(60))} for level in range(5)}
    words = Vocabulary(grammars={**grammars, "g5": {"en": ("c", "d")}})
    assert words.phrases("<g0>", "en") == (("c", ()), ("d", ()))
    assert words.patterns("so ... <g0>", "en") == ("so ... ((((((c|d))))))",)
    assert words.phrases("<g3> x", "en") == (("c x", ()), ("d x", ()))


def test_a_universals_pattern_is_written_out() -> None:
    assert WORDS.patterns("lip ... <white>", "en") == ("lip ... ((white|pale)|has gone white)",)
    assert WORDS.patterns("so <far> now", "en") == ("so (lip ... white) now",)
    assert WORDS.patterns("plain (a|b) ... c", "en") == ("plain (a|b) ... c",)


def test_a_pattern_that_grows_too_long_becomes_several() -> None:
    patterns = WORDS.patterns("so <long>", "en")
    assert 1 < len(patterns) < 12
    assert all(len(pattern) <= LONGEST for pattern in patterns)
    listed = [words for pattern in patterns for words in expand(parse(pattern), 100)]
    assert len(listed) == 24


@pytest.mark.parametrize(
    ("text", "words"),
    [("<ring>", "itself"), ("<nothing>", "no grammar"), ("my {area}", "fills a slot"), ("<spot>", "fills a slot")],
)
def test_what_a_universal_cannot_name(text: str, words: str) -> None:
    with pytest.raises(UnknownWords, match=words):
        WORDS.patterns(text, "en")


@given(st.text(alphabet="ab <>{}()[]|.whitearengspot\U00012000", max_size=60))
def test_any_text_is_phrases_or_a_fault_inside_it(text: str) -> None:
    for read in (WORDS.phrases, WORDS.patterns):
        try:
            found = bool(read(text, "en"))
        except PatternError as fault:
            found = 0 <= fault.offset <= len(text)
        assert found
