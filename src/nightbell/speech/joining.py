"""Joining: how much silence stands between the pieces of a prompt. Figures and one rule; it joins no sound."""

from __future__ import annotations

from typing import Final

from nightbell.terms.segment import Segment

__all__ = ["CLIP_GAP_MS", "DIGIT_GAP_MS", "GROUP_GAP_MS", "gap_ms", "speakable"]

DIGIT_GAP_MS: Final = 30
GROUP_GAP_MS: Final = 220
"""Between groups of a telephone number: long enough to write them down."""
CLIP_GAP_MS: Final = 30
"""Between the clips of a time."""
_SEGMENT_GAP_MS: Final = 60
_SENTENCE_GAP_MS: Final = 250
_NUMBER_GAP_MS: Final = 300
"""Around a telephone number: without it, "eight, before" was taken for "eight four"."""
_SENTENCE_ENDS: Final = frozenset(".!?")


def gap_ms(before: Segment, after: Segment) -> int:
    """Return the silence between two segments: a breath around a number and between sentences, else hardly any."""
    if "number" in {before.form, after.form}:
        return _NUMBER_GAP_MS
    ends = before.form == "words" and before.text.rstrip()[-1:] in _SENTENCE_ENDS
    opens = after.form == "words" and after.text.lstrip()[:1] in _SENTENCE_ENDS
    return _SENTENCE_GAP_MS if ends or opens else _SEGMENT_GAP_MS


def speakable(text: str) -> bool:
    """Tell words from the lone full stop that is left between two slots."""
    return any(sign.isalnum() for sign in text)
