"""Saying: whether words say a pattern, with negation - "no blisters" is not blisters. Pure text.

Hedges ("I'm not sure", "I don't think") are no negation, because unsure counts as yes (DESIGN section 4, rule 4).
A noun's 's is passed over: "lip" in a pattern hears "lip's", which is "lip is" or "lip has".
Which pattern stands for what is ``call.flags``'s business, and that of the rules that look at a flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from nightbell.flow.negation import denied, near_a_not
from nightbell.flow.pattern import Any, Gap, Item, Optional, Pattern, Word, parse
from nightbell.flow.wording import bare, words_of

__all__ = ["says_pattern", "says_unless"]


def says_pattern(pattern: str, words: tuple[str, ...]) -> bool:
    """Tell whether the words say the pattern somewhere without denying it."""
    return next(_said(pattern, words), None) is not None


def says_unless(hear: Sequence[str], unless: Sequence[str], words: tuple[str, ...]) -> bool:
    """Tell whether the words say one of ``hear``, and not only what is made harmless by ``unless``.

    A phrase takes away what shares a word with it, and that alone: "I can't see your opening hours" is not sight,
    "I can't see your opening hours, my sight has gone" is. A pattern of one word, or of one list of words, is what
    the whole is about, and takes away all: "it droops since the botox" is not the filler.
    """
    left = [place for pattern in hear for place in _said(pattern, words)]
    for pattern in unless if left else ():
        alone = len(_parsed(pattern).items) == 1
        for place in _said(pattern, words):
            if not alone:
                left = [other for other in left if place.isdisjoint(other)]
            elif not near_a_not(words, min(place)):
                left = []
    return bool(left)


def _said(pattern: str, words: tuple[str, ...]) -> Iterator[frozenset[int]]:
    """Yield the numbers of the words that say a pattern, less those its gaps skip, each way it is said."""
    items = _parsed(pattern).items
    begins = _begins(pattern)
    for start in range(len(words)):
        if begins is not None and words[start] not in begins:
            continue
        for end, skipped in _match(items, words, start):
            if not denied(words, start, end, skipped):
                yield frozenset(range(start, end)) - frozenset(skipped)


@lru_cache(maxsize=4096)
def _parsed(pattern: str) -> Pattern:
    return parse(pattern)


@lru_cache(maxsize=4096)
def _begins(pattern: str) -> frozenset[str] | None:
    """Return every word that can be the first of a pattern; None where any can, or none is needed."""
    return _first(_parsed(pattern).items)


def _first(items: Sequence[Item]) -> frozenset[str] | None:
    if not items:
        return None
    match items[0]:
        case Word(word=word):
            spelt = _spelt(word)
            return frozenset(spelt[:1] + _spelt_with_s(word)[:1]) or None
        case Optional(items=inner):
            ways = [_first((*inner, *items[1:])), _first(items[1:])]
        case Any(options=options):
            ways = [_first((*option, *items[1:])) for option in options]
        case _:
            return None  # a gap
    found = [way for way in ways if way is not None]
    return frozenset().union(*found) if len(found) == len(ways) else None


@lru_cache(maxsize=8192)
def _spelt(word: str) -> tuple[str, ...]:
    return words_of(word)


@lru_cache(maxsize=8192)
def _spelt_with_s(word: str) -> tuple[str, ...]:
    """Return a noun with its 's; a word that is a pronoun, or has an 's already, as it is."""
    spelt = words_of(word)
    return (f"{spelt[0]}'s",) if len(spelt) == 1 and bare(f"{spelt[0]}'s") == spelt[0] else spelt


def _match(items: Sequence[Item], words: Sequence[str], at: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield every (end, skipped word numbers) at which the items can be read from word ``at``."""
    if not items:
        yield at, ()
        return
    first, rest = items[0], items[1:]
    match first:
        case Word(word=word):
            spelt = _spelt(word)
            heard = tuple(words[at : at + len(spelt)])
            if heard in (spelt, _spelt_with_s(word)):
                yield from _match(rest, words, at + len(spelt))
        case Optional(items=inner):
            yield from _match((*inner, *rest), words, at)
            yield from _match(rest, words, at)
        case Any(options=options):
            for option in options:
                yield from _match((*option, *rest), words, at)
        case Gap(max=most):
            for skip in range(min(most, len(words) - at) + 1):
                gone = tuple(range(at, at + skip))
                for end, skipped in _match(rest, words, at + skip):
                    yield end, gone + skipped
