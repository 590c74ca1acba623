"""Grammar: the phrases of a question as a decoder can hear them, with decoys beside them.

It chooses the spellings whose every word the model knows, weighs phrases against decoys, and says which phrase a
decoded text is. It does not decode, and it reads no model: the words a model knows are handed in.

The figures behind ``PHRASE_WEIGHT`` come from ``scripts/people.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.errors import RecognitionFailed
from nightbell.speech.decoys import DECOYS, HOMOPHONES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from nightbell.terms.phrase import Phrase

__all__ = ["PHRASE_WEIGHT", "UNKNOWN_WORD", "Grammar", "build_grammar", "pronounceable", "words_asked"]

PHRASE_WEIGHT: Final = 600
"""How often a phrase is listed for each time a decoy is. The decoder estimates a bigram model from the list, so
this is the odds, before any sound, of a phrase against one decoy. Between 400 and 800, people's digits are right
86 to 88 times in a hundred and words that are no decoy are accepted at most 8 times: a flat place, not tuned."""

UNKNOWN_WORD: Final = "[unk]"
"""The garbage word that some models have; it is one more decoy where the model knows it."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a decoder listens for during one utterance."""

    spellings: Mapping[str, str]
    """Decodable spelling -> the phrase as the flow spells it. Never empty."""
    decoys: tuple[str, ...]
    """Words that are no phrase."""
    weight: int
    """How many times each spelling is listed."""
    left_out: tuple[str, ...] = ()
    """Phrases that no spelling of could be decoded, as the flow spells them."""

    def match(self, text: str) -> str | None:
        """Return the phrase when the whole of ``text`` is exactly one, else None."""
        return self.spellings.get(" ".join(text.split()))


def _spelling(words: str) -> tuple[str, ...]:
    """Return the words in lower case; () when one is not of letters and apostrophes: a decoder chokes on it."""
    split = tuple(words.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    return split if all(part.isalpha() for word in split for part in word.split("'")) else ()


def _spellings(phrase: Phrase) -> Iterable[tuple[str, ...]]:
    return filter(None, (_spelling(words) for words in (phrase.text, *phrase.says)))


def _one_of_each(spelling: Iterable[str], alone: dict[frozenset[str], str]) -> Iterable[str]:
    """Spell words that sound alike in one way throughout a grammar.

    With "no" and "i don't know" side by side a decoder hears "know" in every second no, and its confidence is
    shared out between the two. ``alone`` keeps the first word met of each set.
    """
    for word in spelling:
        row = _ALIKE.get(word)
        yield word if row is None else alone.setdefault(row, word)


_ALIKE: Final = {word: row for row in HOMOPHONES for word in row}


def words_asked(phrases: Iterable[Phrase], decoys: Sequence[str] = DECOYS) -> frozenset[str]:
    """Return every word a grammar of these phrases may use, to be looked up in a model's vocabulary."""
    own = (word for phrase in phrases for spelling in _spellings(phrase) for word in spelling)
    return frozenset((*own, *decoys, UNKNOWN_WORD))


def pronounceable(phrase: Phrase, vocabulary: Container[str]) -> bool:
    """Tell whether the phrase has at least one spelling whose every word the model knows."""
    return any(all(word in vocabulary for word in spelling) for spelling in _spellings(phrase))


def build_grammar(
    phrases: Sequence[Phrase],
    vocabulary: Container[str],
    *,
    decoys: Sequence[str] = DECOYS,
    weight: int = PHRASE_WEIGHT,
) -> Grammar:
    """Make the grammar of one question.

    Args:
        phrases: What may be answered. A spelling that two phrases share belongs to the first of them.
        vocabulary: The words that the model knows.
        decoys: Words to stand beside the phrases; those unknown or homophones are left out.
        weight: Odds of a phrase against a decoy, at least 1.

    Raises:
        RecognitionFailed: No phrase has a spelling that the model knows.
    """
    spellings: dict[str, str] = {}
    left_out: list[str] = []
    alone: dict[frozenset[str], str] = {}
    for phrase in phrases:
        known = [spelling for spelling in _spellings(phrase) if all(word in vocabulary for word in spelling)]
        for spelling in known:
            spellings.setdefault(" ".join(_one_of_each(spelling, alone)), phrase.text)
        if not known:
            left_out.append(phrase.text)
    if not spellings:
        raise RecognitionFailed(
            "no phrase of this question is made of words that the recogniser knows",
            provider="grammar",
            hint="give the choices other spellings under `says`, in common words",
        )
    own = frozenset(word for spelling in spellings for word in spelling.split())
    alike = frozenset(word for row in HOMOPHONES if row & own for word in row)
    kept = (word for word in (*decoys, UNKNOWN_WORD) if word in vocabulary and word not in own | alike)
    return Grammar(spellings, tuple(dict.fromkeys(kept)), weight, tuple(left_out))
