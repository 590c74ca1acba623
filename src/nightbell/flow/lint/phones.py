"""Phones: how near two pronunciations are over a telephone. Figures and one distance; it knows no flow.

A distance is the cheapest way of turning one row of phones into the other, by the mean of their lengths: 0 is the
same sound, 1 has nothing in common. What a telephone takes away - place of articulation, above all, of what hisses
(nothing above 3.4 kHz gets through) - costs less than what it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

__all__ = ["distance"]

_VOWELS: Final = {
    "IY": ((1.0, 0.0), (1.0, 0.0)), "IH": ((0.8, 0.2), (0.8, 0.2)), "EY": ((0.6, 0.1), (0.9, 0.1)),
    "E": ((0.6, 0.1), (0.6, 0.1)), "EH": ((0.5, 0.2), (0.5, 0.2)), "AE": ((0.2, 0.2), (0.2, 0.2)),
    "AX": ((0.5, 0.5), (0.5, 0.5)), "AH": ((0.4, 0.6), (0.4, 0.6)), "ER": ((0.5, 0.5), (0.7, 0.9)),
    "AA": ((0.0, 0.7), (0.0, 0.7)), "AO": ((0.3, 0.9), (0.3, 0.9)), "O": ((0.6, 0.9), (0.6, 0.9)),
    "OW": ((0.5, 0.8), (0.8, 1.0)), "UH": ((0.8, 0.8), (0.8, 0.8)), "UW": ((1.0, 0.9), (1.0, 0.9)),
    "AY": ((0.1, 0.5), (0.9, 0.1)), "AW": ((0.1, 0.5), (0.8, 0.9)), "OY": ((0.4, 0.9), (0.9, 0.1)),
}  # fmt: skip
"""Height and backness where a vowel begins and where it ends."""

_CONSONANTS: Final = {
    "P": ("stop", 0.0, 0), "B": ("stop", 0.0, 1), "T": ("stop", 0.4, 0), "D": ("stop", 0.4, 1),
    "K": ("stop", 0.8, 0), "G": ("stop", 0.8, 1), "CH": ("burst", 0.5, 0), "JH": ("burst", 0.5, 1),
    "F": ("hiss", 0.1, 0), "V": ("hiss", 0.1, 1), "TH": ("hiss", 0.2, 0), "DH": ("hiss", 0.2, 1),
    "S": ("hiss", 0.4, 0), "Z": ("hiss", 0.4, 1), "SH": ("hiss", 0.6, 0), "ZH": ("hiss", 0.6, 1),
    "HH": ("hiss", 0.9, 0), "M": ("nasal", 0.0, 1), "N": ("nasal", 0.4, 1), "NG": ("nasal", 0.8, 1),
    "L": ("glide", 0.5, 1), "R": ("glide", 0.4, 1), "W": ("glide", 0.2, 1), "Y": ("glide", 0.9, 1),
}  # fmt: skip
"""Manner, place from the lips (0) to the throat (1), voice."""

_MANNERS: Final = {
    frozenset({"stop", "burst"}): 0.3,
    frozenset({"burst", "hiss"}): 0.3,
    frozenset({"stop", "hiss"}): 0.5,
    frozenset({"nasal", "glide"}): 0.4,
}
_OTHER_MANNER: Final = 0.6
_VOICED: Final = 0.3
_PLACE: Final = 0.5
_GLIDE_PLACE: Final = 1.0
"""Glides are vowels, nearly: their place is what one hears of them."""
_OTHER: Final = 0.05
"""Whatever else: two phones are never one."""
_LOST_CONSONANT: Final = 0.7
_LOST_VOWEL: Final = 1.0
_LOST: Final = {"HH": 0.4, "AX": 0.8}
_LEAST_LOST: Final = min(_LOST_CONSONANT, _LOST_VOWEL, *_LOST.values())
_SHORTEST: Final = 3.0
"""Shorter words count as this long: "no" and "go" are as near as "nose" and "goes"."""


def distance(one: Sequence[str], other: Sequence[str], within: float = 1.0) -> float:
    """Return how far two rows of phones are from each other, 0 to 1.

    Args:
        one: phones.
        other: phones.
        within: what is this far apart or more is 1.0, which is known before the end of most pairs: no way from
            one to the other is cheaper than the cheapest of its beginnings.
    """
    longest = max(_SHORTEST, (len(one) + len(other)) / 2)
    if _LEAST_LOST * abs(len(one) - len(other)) / longest >= within:
        return 1.0
    losing = [_lost(phone) for phone in other]
    row = [0.0]
    for loses in losing:
        row.append(row[-1] + loses)
    for first in one:
        lost = _lost(first)
        above, row = row, [row[0] + lost]
        for at, second in enumerate(other):
            row.append(min(above[at] + _change(first, second), above[at + 1] + lost, row[at] + losing[at]))
        if min(row) / longest >= within:
            return 1.0
    return min(1.0, row[-1] / longest)


@lru_cache(maxsize=128)
def _lost(phone: str) -> float:
    """Return what it costs to add a phone, or to lose it."""
    return _LOST.get(phone, _LOST_VOWEL if phone in _VOWELS else _LOST_CONSONANT)


@lru_cache(maxsize=2048)
def _change(one: str, other: str) -> float:
    """Return what it costs to take one phone for the other."""
    if one == other:
        return 0.0
    if one in _VOWELS and other in _VOWELS:
        gaps = [
            abs(height - other_height) + abs(back - other_back)
            for (height, back), (other_height, other_back) in zip(_VOWELS[one], _VOWELS[other], strict=True)
        ]
        return min(1.0, 0.1 + sum(gaps) / 2)
    if one in _CONSONANTS and other in _CONSONANTS:
        (manner, place, voice), (other_manner, other_place, other_voice) = _CONSONANTS[one], _CONSONANTS[other]
        apart = 0.0 if manner == other_manner else _MANNERS.get(frozenset({manner, other_manner}), _OTHER_MANNER)
        weight = _GLIDE_PLACE if manner == other_manner == "glide" else _PLACE
        return min(1.0, apart + _VOICED * abs(voice - other_voice) + weight * abs(place - other_place) + _OTHER)
    return 1.2
