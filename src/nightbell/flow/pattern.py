"""Pattern: the small notation of what a caller may say - words, ``(a|b)``, ``[x]`` and ``...``.

It reads a pattern into a frozen tree and lists the word sequences it stands for. It does not match: that is
``call.matching``. ``(a|b)`` is one of several, ``[x]`` may be missing, ``...`` is up to six words of any kind.
Words are lower case; a hyphen parts two words; punctuation at a word's edge falls away.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from nightbell.errors import PatternError

__all__ = [
    "GAP_WORDS",
    "Any",
    "Gap",
    "Item",
    "Optional",
    "Pattern",
    "Word",
    "expand",
    "has_gap",
    "parse",
    "words_of",
]

GAP_WORDS: Final = 6
"""Words that ``...`` may skip: enough for "skin round my mouth is really very pale", too few to join sentences."""
LONGEST: Final = 400
"""Characters in one pattern. Longer is a list that belongs on several lines."""
DEEPEST: Final = 8
"""Brackets within brackets."""

_SIGN: Final = re.compile(r"\s+|\.\.\.|…|[()\[\]|]|[^\W_]+(?:['\u2019][^\W_]+)*['\u2019]?|[-,.!?;:]")
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, lower case, with a straight apostrophe."""

    word: str


@dataclass(frozen=True, slots=True)
class Gap:
    """From none to ``max`` words of any kind."""

    max: int = GAP_WORDS


@dataclass(frozen=True, slots=True)
class Any:
    """One of several."""

    options: tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """May be missing."""

    items: tuple[Item, ...]


Item: TypeAlias = Word | Any | Optional | Gap


@dataclass(frozen=True, slots=True)
class Pattern:
    """A whole pattern; ``items`` follow one another."""

    text: str
    items: tuple[Item, ...]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of plain text as patterns spell them: lower case, no punctuation."""
    return tuple(_WORD.findall(text.lower().replace("\u2019", "'")))


def parse(text: str) -> Pattern:
    """Read a pattern.

    Raises:
        PatternError: a bracket without its partner, an empty alternative, a sign that means nothing here,
            or a pattern that silence would match.
    """
    if len(text) > LONGEST:
        raise PatternError(
            f"a pattern of {len(text)} characters", offset=LONGEST, hint=f"at most {LONGEST}: split it in two"
        )
    reader = _Reader(text)
    items = reader.sequence(closing="", depth=0)
    if _shortest(items) == 0:
        raise PatternError(
            f"{text!r} would match silence", offset=0, hint="at least one word must stand outside [ ] and ..."
        )
    return Pattern(text, items)


def has_gap(pattern: Pattern) -> bool:
    """Tell whether ``...`` stands anywhere in it, so that it cannot be listed."""
    return _has_gap(pattern.items)


def expand(pattern: Pattern, limit: int) -> tuple[tuple[str, ...], ...]:
    """List every word sequence the pattern stands for, in written order, each once.

    Args:
        pattern: one without a gap.
        limit: most sequences that are wanted.

    Raises:
        PatternError: it has a gap, or stands for more than ``limit`` sequences.
    """
    if has_gap(pattern):
        raise PatternError(
            f"{pattern.text!r} has a gap and cannot be listed",
            offset=max(pattern.text.find("..."), 0),
            hint="leave out ...: gaps are for universals",
        )
    count = _count(pattern.items)
    if count > limit:
        raise PatternError(
            f"{pattern.text!r} stands for {count} phrases",
            offset=0,
            hint=f"at most {limit}: split it or cut it down",
        )
    return tuple(dict.fromkeys(found for found in _sequences(pattern.items) if found))


class _Reader:
    """Walks the signs of one pattern by recursive descent."""

    def __init__(self, text: str) -> None:
        self._signs = _signs(text)
        self._at = 0
        self._end = len(text)

    def sequence(self, *, closing: str, depth: int, opened: int = 0) -> tuple[Item, ...]:
        """Read items up to ``closing`` or, within brackets, ``|``; the sign itself is left standing."""
        items: list[Item] = []
        while self._at < len(self._signs):
            offset, sign = self._signs[self._at]
            if sign in {")", "]", "|"}:
                if sign == closing or (sign == "|" and closing == ")"):
                    return tuple(items)
                raise PatternError(f"{sign!r} has no bracket before it", offset=offset, hint=_BRACKETS)
            self._at += 1
            if sign in {"(", "["}:
                items.append(self._bracket(sign, offset, depth + 1))
            elif sign in {"...", "…"}:
                items.append(Gap())
            else:
                items.append(Word(sign))
        if closing:
            raise PatternError("a bracket that is never closed", offset=opened, hint=f"close it with {closing!r}")
        return tuple(items)

    def _bracket(self, opening: str, offset: int, depth: int) -> Item:
        if depth > DEEPEST:
            raise PatternError("brackets too deep", offset=offset, hint=f"at most {DEEPEST} within each other")
        closing = ")" if opening == "(" else "]"
        options = [self._option(closing, depth, offset)]
        while self._signs[self._at][1] == "|":
            self._at += 1
            options.append(self._option(closing, depth, offset))
        self._at += 1
        return Optional(options[0]) if opening == "[" else Any(tuple(options))

    def _option(self, closing: str, depth: int, opened: int) -> tuple[Item, ...]:
        items = self.sequence(closing=closing, depth=depth, opened=opened)
        if not items:
            raise PatternError(
                "an empty alternative", offset=opened, hint="write a word, or use [ ] for may be missing"
            )
        return items


_BRACKETS: Final = "(a|b) is one of several, [x] may be missing; | stands inside ( ) only"


def _signs(text: str) -> list[tuple[int, str]]:
    found = []
    at = 0
    while at < len(text):
        match = _SIGN.match(text, at)
        if match is None:
            raise PatternError(
                f"{text[at]!r} means nothing in a pattern", offset=at, hint="use words, (a|b), [x] and ... only"
            )
        sign = match.group().lower().replace("\u2019", "'")
        if sign[0].isalnum():
            found.append((at, sign.rstrip("'")))
        elif sign in {"...", "…", "(", ")", "[", "]", "|"}:
            found.append((at, sign))
        at = match.end()
    return found


def _shortest(items: tuple[Item, ...]) -> int:
    total = 0
    for item in items:
        if isinstance(item, Word):
            total += 1
        elif isinstance(item, Any):
            total += min(_shortest(option) for option in item.options)
    return total


def _has_gap(items: tuple[Item, ...]) -> bool:
    for item in items:
        if isinstance(item, Gap):
            return True
        if isinstance(item, Any) and any(_has_gap(option) for option in item.options):
            return True
        if isinstance(item, Optional) and _has_gap(item.items):
            return True
    return False


def _count(items: tuple[Item, ...]) -> int:
    return math.prod(
        sum(_count(option) for option in item.options)
        if isinstance(item, Any)
        else 1 + _count(item.items)
        if isinstance(item, Optional)
        else 1
        for item in items
    )


def _sequences(items: tuple[Item, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    endings: list[tuple[str, ...]]
    for item in items:
        if isinstance(item, Word):
            endings = [(item.word,)]
        elif isinstance(item, Any):
            endings = [ending for option in item.options for ending in _sequences(option)]
        elif isinstance(item, Optional):
            endings = [*_sequences(item.items), ()]
        else:
            endings = [()]
        found = [start + ending for start in found for ending in endings]
    return found
