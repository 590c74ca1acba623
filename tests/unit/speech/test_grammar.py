from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.errors import RecognitionFailed
from nightbell.speech.decoys import DECOYS, HOMOPHONES
from nightbell.speech.grammar import UNKNOWN_WORD, build_grammar, pronounceable, words_asked
from nightbell.terms.phrase import Phrase

KNOWN = frozenset({"yes", "no", "not", "sure", "two", "filler", "bow", "tocks", "low"})


def test_the_phrase_itself_and_every_spelling_that_is_known_are_listened_for() -> None:
    grammar = build_grammar([Phrase("botox", says=("bow tocks", "bo tox")), Phrase("Not  sure")], KNOWN)
    assert grammar.spellings == {"bow tocks": "botox", "not sure": "Not  sure"}
    assert grammar.match("bow  tocks ") == "botox"


@pytest.mark.parametrize("text", ["", "not", "sure not", "not sure yes", "not sure not sure"])
def test_only_a_whole_phrase_counts(text: str) -> None:
    assert build_grammar([Phrase("not sure"), Phrase("yes")], KNOWN).match(text) is None


def test_a_shared_spelling_belongs_to_the_first_phrase() -> None:
    assert build_grammar([Phrase("yes"), Phrase("no", says=("yes",))], KNOWN).match("yes") == "yes"


def test_what_cannot_be_spelled_is_named() -> None:
    assert build_grammar([Phrase("yes"), Phrase("botox")], KNOWN).left_out == ("botox",)


@pytest.mark.parametrize(
    "phrases", [[], [Phrase("")], [Phrase("botox")], [Phrase("yes,no")], [Phrase("yes <eps>")], [Phrase("1")]]
)
def test_nothing_left_is_an_error_with_a_hint(phrases: list[Phrase]) -> None:
    with pytest.raises(RecognitionFailed) as caught:
        build_grammar(phrases, KNOWN | {"yes,no", "<eps>", "1"})
    assert "says" in caught.value.hint


def test_decoys_are_known_are_no_phrase_and_sound_like_none() -> None:
    phrases = [Phrase("two"), Phrase("no")]
    everything = words_asked(phrases)
    decoys = build_grammar(phrases, everything).decoys
    assert not {"two", "to", "too", "no", "know"} & set(decoys)
    assert {"down", "tree", UNKNOWN_WORD} <= set(decoys)
    assert build_grammar(phrases, KNOWN | {"tree"}).decoys == tuple(
        w for w in DECOYS if w in {"tree", "low", "not"}
    )


def test_the_lists_hold_single_lower_case_words_once() -> None:
    assert len(DECOYS) > 800
    assert len(set(DECOYS)) == len(DECOYS)
    assert all(word.isalpha() and word.islower() for word in DECOYS)
    assert all(len(row) > 1 for row in HOMOPHONES)


def test_pronounceable_tells_which_phrases_need_another_spelling() -> None:
    assert pronounceable(Phrase("botox", says=("bow tocks",)), KNOWN)
    assert not pronounceable(Phrase("botox"), KNOWN)
    assert not pronounceable(Phrase(""), KNOWN)


@given(st.lists(st.text(max_size=12), max_size=4))
def test_no_text_reaches_the_decoder_but_words_of_letters(texts: list[str]) -> None:
    phrases = [Phrase(text, says=(text[::-1],)) for text in texts]
    try:
        grammar = build_grammar(phrases, words_asked(phrases))
    except RecognitionFailed:
        return
    words = [word for spelling in grammar.spellings for word in spelling.split()]
    assert words
    assert all(word.replace("'", "").isalpha() for word in words)
