"""Stimuli: how a caller, or a fake of the world, brings an outcome about - for call scripts and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from nightbell.call.compile import Plan
from nightbell.call.flags import find_flag
from nightbell.call.step import Ask, Possible, Step
from nightbell.call.words import normal
from nightbell.flow.model import Flow, Universal
from nightbell.flow.pattern import Any, Gap, Item, Optional, Word, parse
from nightbell.flow.proof.table import Do

__all__ = ["MUMBLE", "NOT_SCRIPTED", "answering", "failing", "saying"]

MUMBLE: Final = "mm hm"
"""Words that answer nothing."""
NOT_SCRIPTED: Final = (Do("again"),)
_MOST_READINGS: Final = 40


def answering(flow: Flow, ask: Ask, possible: Possible) -> tuple[Do, ...]:
    """Return how an answer is given: by its key, else by the first of its phrases that is no red flag."""
    if possible.key is not None:
        return (Do("press", possible.key),)
    phrase = _phrase(flow, ask, possible)
    return (Do("words", phrase),) if phrase else NOT_SCRIPTED


def _phrase(flow: Flow, ask: Ask, possible: Possible) -> str:
    """Return the first phrase that means this alone, or ""."""
    said = {normal(each) for other in ask.answers if other is not possible for each in other.phrases}
    for phrase in possible.phrases:
        if normal(phrase) not in said and find_flag(flow.universals, flow.sounds_like, phrase) is None:
            return phrase
    return ""


def failing(plan: Plan, step: Step, reason: str, tries: int) -> tuple[Do, ...]:
    """Return how all tries at a step come to fail for a reason; the last one is at the keys alone."""
    flow, spoken = plan.flow, max(tries - 1, 1)
    match reason:
        case "noinput":
            return (Do("silence", times=tries),)
        case "nomatch":
            return (Do("words", MUMBLE, times=spoken), Do("silence"))
        case "max_speech":
            return (Do("too_long", MUMBLE, times=spoken), Do("silence"))
        case "low_confidence" if isinstance(step, Ask):
            benign = (
                each for each in step.answers if not plan.safe(step, each.category)
            )  # care needs no confidence
            said = (_phrase(flow, step, possible) for possible in benign)
            phrase = next((each for each in said if each), "")
            return (Do("unsure", phrase, times=spoken), Do("silence")) if phrase else NOT_SCRIPTED
        case "dtmf_invalid" if isinstance(step, Ask):
            taken = {possible.key for possible in step.answers} | {each.key for each in flow.universals}
            free = next((key for key in "87654" if key not in taken), "")
            return (Do("press", free, times=tries),) if free else NOT_SCRIPTED
        case _:
            return NOT_SCRIPTED


@lru_cache(maxsize=4096)
def saying(universals: tuple[Universal, ...], universal: Universal) -> tuple[Do, ...]:
    """Return words that say a universal and no more important one; its key where there are none."""
    for pattern in universal.hear:
        for words in _readings(parse(pattern).items):
            said = " ".join(words)
            if find_flag(universals, (), said) == universal:  # an equal flow may have asked before
                return (Do("words", said),)
    return (Do("press", universal.key),) if universal.key is not None else NOT_SCRIPTED


def _readings(items: Sequence[Item]) -> Iterator[tuple[str, ...]]:
    """Yield some word sequences of a pattern: the first, then each alternative in turn."""
    for turn in range(_MOST_READINGS):
        yield tuple(_reading(items, turn))


def _reading(items: Sequence[Item], turn: int) -> Iterator[str]:
    for item in items:
        match item:
            case Word(word=word):
                yield word
            case Any(options=options):
                yield from _reading(options[turn % len(options)], turn)
            case Optional(items=inner):
                if turn % 2:
                    yield from _reading(inner, turn)
            case Gap():
                pass
