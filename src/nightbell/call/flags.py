"""Flags: red-flag phrases found in what a caller said, with negation - "no blisters" is not blisters.

Pure text. A flag may only raise: nothing here ever makes an answer benign. Hedges ("I'm not sure", "I don't
think") are no negation, because unsure counts as yes (DESIGN section 4, rule 4). A pattern is read word by word
only when every word it cannot do without was said; that leaves out no pattern that could match, and nearly all
that could not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nightbell.call.words import bare, normal, respell, words_of
from nightbell.flow.model import Universal
from nightbell.flow.pattern import Any, Item, Word, parse
from nightbell.flow.saying import says_pattern, says_unless

__all__ = ["Flags", "find_flag", "says_pattern"]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One pattern of one universal."""

    rank: int
    """Place of the universal, the most important first."""
    pattern: str
    needs: tuple[frozenset[str], ...]
    """Of each of these at least one word must have been said."""


class Flags:
    """The universals of a flow, ready to be looked for. Built once, shared by all calls."""

    def __init__(
        self, universals: Sequence[Universal], sounds_like: Sequence[tuple[str, tuple[str, ...]]]
    ) -> None:
        """Take the universals, most important first, and words with how recognisers spell their sound."""
        self._universals = tuple(universals)
        self._sounds_like = tuple(sounds_like)
        self._sounds = frozenset(
            word for _, sounds in sounds_like for sound in sounds for word in normal(sound).split()[:1]
        )
        self._by_word: dict[str, list[_Candidate]] = {}
        self._always: list[_Candidate] = []
        for rank, universal in enumerate(universals):
            for pattern in universal.hear:
                self._add(_Candidate(rank, pattern, tuple(_needs(parse(pattern).items))))

    def _add(self, candidate: _Candidate) -> None:
        if not candidate.needs:
            self._always.append(candidate)
            return
        for word in max(candidate.needs, key=_telling):
            self._by_word.setdefault(word, []).append(candidate)

    def find(self, text: str, *, at_least: int | None = None) -> Universal | None:
        """Return the most important universal that the text says and does not deny, or None.

        Args:
            text: what was heard, any case and punctuation.
            at_least: look only for universals of this priority or a higher one.
        """
        heard = words_of(text)
        if not heard:
            return None
        readings = {heard}
        if not self._sounds.isdisjoint(heard):
            readings.add(respell(heard, self._sounds_like))
        for candidate in self._candidates(readings):
            universal = self._universals[candidate.rank]
            if at_least is not None and universal.priority < at_least:
                continue
            if any(_says(candidate.pattern, universal, reading) for reading in readings):
                return universal
        return None

    def _candidates(self, readings: Iterable[tuple[str, ...]]) -> list[_Candidate]:
        """Return the patterns that may match, the most important universal's first."""
        words = {word for reading in readings for word in reading}
        words |= {bare(word) for word in words}
        found = list(self._always)
        for word in words & self._by_word.keys():
            found += [
                candidate
                for candidate in self._by_word[word]
                if not any(words.isdisjoint(need) for need in candidate.needs)
            ]
        found.sort(key=lambda candidate: candidate.rank)
        return found


def find_flag(
    universals: Sequence[Universal], sounds_like: Sequence[tuple[str, tuple[str, ...]]], text: str
) -> Universal | None:
    """Return the most important universal whose pattern the text says and does not deny, or None.

    Args:
        universals: most important first.
        sounds_like: words and how recognisers spell their sound.
        text: what was heard, any case and punctuation.
    """
    return _flags(tuple(universals), tuple(sounds_like)).find(text)


@lru_cache(maxsize=8)
def _flags(universals: tuple[Universal, ...], sounds_like: tuple[tuple[str, tuple[str, ...]], ...]) -> Flags:
    """Build what is looked for once: a table of a flow asks hundreds of times."""
    return Flags(universals, sounds_like)


def _says(pattern: str, universal: Universal, reading: tuple[str, ...]) -> bool:
    """Tell whether words say a pattern of a universal, and nothing that the universal is not."""
    if not says_pattern(pattern, reading):
        return False
    return not universal.unless or says_unless(universal.hear, universal.unless, reading)


def _telling(words: frozenset[str]) -> tuple[int, int]:
    """Weigh how much it tells that one of these was said: long words are rare, and few words rarer than many."""
    return min(map(len, words)), -len(words)


def _needs(items: Sequence[Item]) -> Iterator[frozenset[str]]:
    """Yield sets of words; what says the items has at least one word of each."""
    for item in items:
        match item:
            case Word(word=word):
                yield from (frozenset({spelt}) for spelt in words_of(word))
            case Any(options=options):
                needed = [max(_needs(option), key=_telling, default=frozenset[str]()) for option in options]
                if all(needed):
                    yield frozenset[str]().union(*needed)
            case _:  # what may be missing, or be any word, is not needed
                pass
