"""Heard: what a carrier's recogniser made of an utterance, as the ears would tell it. Pure.

A phrase of the grammar counts only as the whole of what was said, as with our own recogniser; a confidence that
was not told is none. There is no sound: how long it took is reckoned from the words, and noise is not known.
"""

from __future__ import annotations

from typing import Any, Final

from nightbell.call.effects import Listen
from nightbell.call.words import normal, words_of

__all__ = ["heard", "spoken_ms"]

_WORD_MS: Final = 350
_MOST: Final = 0.99
"""Words that no grammar holds are never as sure as typed ones, which are 1."""


def spoken_ms(words: str) -> int:
    """Return how long it takes to say words, about."""
    return _WORD_MS * max(len(words_of(words)), 1)


def heard(listen: Listen, words: str, confidence: float | None, *, start_ms: int, end_ms: int) -> dict[str, Any]:
    """Return the fields of a Heard event."""
    phrase = _phrase(listen, words)
    cause = "open" if listen.mode == "open" else "phrase" if phrase else "rejected"
    if phrase is None and confidence is not None:
        confidence = min(confidence, _MOST)
    return {
        "listen": listen.n,
        "cause": cause,
        "phrase": phrase,
        "text": phrase or words,
        "confidence": confidence,
        "open_text": words,
        "start_ms": start_ms,
        "end_ms": end_ms,
    }


def _phrase(listen: Listen, words: str) -> str | None:
    if listen.mode != "closed":
        return None
    said = normal(words)
    for phrase in listen.phrases:
        if said in {normal(phrase.text), *map(normal, phrase.says)}:
            return phrase.text
    return None
