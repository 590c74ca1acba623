"""Clips: the small words that telephone numbers and times are made of, rendered once and joined in a call.

Which clips there are, and how a spoken time is cut into them. A time on a five-minute step is one clip with its
own melody ("ten forty five"); any other minute is two. It renders nothing.
"""

from __future__ import annotations

import re
from typing import Final

from nightbell.speech.spelling import DIGIT_WORDS, MONTHS, WEEKDAYS, cardinal, ordinal

__all__ = ["DIGIT_CLIPS", "TIME_CLIPS", "cut"]

DIGIT_CLIPS: Final = (*DIGIT_WORDS, "plus")


def _times() -> tuple[str, ...]:
    hours = [cardinal(hour) for hour in range(1, 13)]
    ohs = [f"oh {cardinal(minute)}" for minute in range(1, 10)]
    steps = ["oh five", *(cardinal(minute) for minute in range(10, 60, 5))]
    return (
        *(f"{hour} {step}" for hour in hours for step in steps),
        *(f"{hour} o'clock" for hour in hours),
        *(cardinal(minute) for minute in range(1, 60)),
        *ohs,
        *(ordinal(date) for date in range(1, 32)),
        *(f"the {ordinal(date)} of" for date in range(1, 32)),
        *(name.lower() for name in (*WEEKDAYS, *MONTHS)),
        *(f"{lead} {part}" for lead in ("this", "tomorrow") for part in ("morning", "afternoon", "evening")),
        *(
            "today",
            "tonight",
            "tomorrow",
            "tomorrow night",
            "midnight",
            "midday",
            "noon",
            "a.m.",
            "p.m.",
            "o'clock",
        ),
        *("in the morning", "in the afternoon", "in the evening", "at night", "morning", "afternoon", "evening"),
        *("half past", "quarter past", "quarter to", "a quarter past", "a quarter to", "past", "to"),
        *(
            "minutes past midnight",
            "minute past midnight",
            "minutes",
            "hours",
            "half an hour",
            "an hour",
            "within",
        ),
        *("the", "of", "on", "at", "by", "before", "next", "the next working day", "and"),
    )


TIME_CLIPS: Final = tuple(dict.fromkeys(_times()))
_KNOWN: Final = frozenset(TIME_CLIPS)
_LONGEST: Final = max(len(clip.split()) for clip in TIME_CLIPS)
_TENS: Final = frozenset(cardinal(tens) for tens in range(20, 60, 10))
_AFTER_TENS: Final = frozenset((*(cardinal(n) for n in range(1, 10)), *(ordinal(n) for n in range(1, 10))))
_SIGNS: Final = re.compile(r"[,;:!?]|\.(?!m)(?<!m\.)")
"""Punctuation that is not part of "a.m."."""


def cut(spoken: str) -> tuple[str, ...] | None:
    """Cut a spoken time (spelled, any case) into clips, longest first; None when a word is not among them."""
    words = _SIGNS.sub(" ", spoken.lower()).replace("\u2019", "'").split()
    words = [{"am": "a.m.", "pm": "p.m."}.get(word, word) for word in words]
    clips: list[str] = []
    while words:
        for size in range(min(_LONGEST, len(words)), 0, -1):
            clip = " ".join(words[:size])
            if clip in _KNOWN and not _splits_a_number(words, size):
                clips.append(clip)
                del words[:size]
                break
        else:
            return None
    return tuple(clips)


def _splits_a_number(words: list[str], size: int) -> bool:
    """Tell whether a clip of that size would tear "forty seven" apart."""
    return size < len(words) and words[size - 1] in _TENS and words[size] in _AFTER_TENS
