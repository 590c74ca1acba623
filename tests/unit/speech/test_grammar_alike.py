from __future__ import annotations

from nightbell.speech.grammar import build_grammar
from nightbell.terms.phrase import Phrase

WORDS = frozenset(["yes", "no", "know", "don't", "i", "not", "sure", "nose", "knows"])


def test_words_that_sound_alike_are_spelt_in_one_way() -> None:
    grammar = build_grammar([Phrase("yes"), Phrase("no"), Phrase("i don't know")], WORDS, decoys=())
    assert set(grammar.spellings) == {"yes", "no", "i don't no"}


def test_what_is_decoded_maps_back_to_the_flow_spelling() -> None:
    grammar = build_grammar([Phrase("no"), Phrase("i don't know")], WORDS, decoys=())
    assert grammar.match("no") == "no"
    assert grammar.match("i don't no") == "i don't know"


def test_the_first_spelling_met_is_kept_and_is_one_the_model_knows() -> None:
    grammar = build_grammar([Phrase("i don't know"), Phrase("no")], WORDS - {"no"}, decoys=())
    assert set(grammar.spellings) == {"i don't know"}
    assert grammar.left_out == ("no",)
