"""Flags: red-flag phrases found in what a caller said, with negation - "no blisters" is not blisters.

Pure text. A flag may only raise: nothing here ever makes an answer benign. Hedges ("I'm not sure", "I don't
think") are no negation, because unsure counts as yes (DESIGN section 4, rule 4).
"""

from __future__ import annotations

from collections.abc import Sequence

from nightbell.call.words import respell, words_of
from nightbell.flow.model import Universal
from nightbell.flow.saying import says_pattern

__all__ = ["find_flag", "says_pattern"]


def find_flag(
    universals: Sequence[Universal], sounds_like: Sequence[tuple[str, tuple[str, ...]]], text: str
) -> Universal | None:
    """Return the most important universal whose pattern the text says and does not deny, or None.

    Args:
        universals: most important first.
        sounds_like: words and how recognisers spell their sound.
        text: what was heard, any case and punctuation.
    """
    heard = words_of(text)
    if not heard:
        return None
    readings = {heard, respell(heard, sounds_like)}
    for universal in universals:
        if any(_says(universal, reading) for reading in readings):
            return universal
    return None


def _says(universal: Universal, reading: tuple[str, ...]) -> bool:
    """Tell whether words say a universal, and nothing that it is not."""
    return any(says_pattern(pattern, reading) for pattern in universal.hear) and not any(
        says_pattern(pattern, reading) for pattern in universal.unless
    )
