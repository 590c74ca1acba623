"""Story: a journal as people read it - the path through the states, and what was answered to what. Pure.

It tells what was asked, heard and taken for an answer, from the journal alone. Numbers are masked here, once for
every reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from nightbell.call.effects import Listen, Noted, Play
from nightbell.call.events import Event, Heard, KeyPressed, MessageRecorded, TimerFired, WakeJudged
from nightbell.records.port import Entry
from nightbell.terms.masking import masked, without_numbers

__all__ = ["Judged", "Said", "Story", "tell"]

How = Literal["speech", "rejected", "key", "silence", "message"]

_SILENCE_TIMER: Final = "noinput"
_LONG_ENTRY: Final = 6
"""Keys in a row at one question that make it a number; fewer are a choice, or a day and month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing the caller did at one question."""

    audio_ms: int
    state: str
    question: str
    how: How
    heard: str
    """The phrase, the raw words of a rejection, the keys; numbers are masked."""
    confidence: float | None = None
    taken: str = ""
    """What the call took it to be: an answer's category or the name of a red flag; "" for nothing."""
    because: str = ""
    """Why: speech, key, universal, noinput, correction ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What who was woken said of it."""

    state: str
    question: str
    row: str
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A call from its journal."""

    path: tuple[str, ...]
    """States in the order they were entered."""
    said: tuple[Said, ...]
    judged: tuple[Judged, ...] = ()
    """What each person who was woken and asked said of it."""


def tell(entries: Iterable[Entry]) -> Story:
    """Read a call's journal, in order."""
    path: list[str] = []
    said: list[Said] = []
    judged: list[Judged] = []
    state = question = ""
    for entry in entries:
        if isinstance(entry.event, WakeJudged):
            of = entry.event
            judged.append(Judged(state=of.state, question=of.question, row=of.row, right=of.right))
        one = _said(entry.event, state, question)
        last = said[-1] if said else None
        if (
            one is not None
            and last is not None
            and one.how == last.how == "key"
            and (one.state, one.question) == (last.state, last.question)
        ):
            said[-1] = replace(last, heard=last.heard + one.heard)
        elif one is not None:
            said.append(one)
        for effect in entry.effects:
            if isinstance(effect, Noted) and said and not said[-1].taken:
                said[-1] = replace(said[-1], taken=effect.answer, because=effect.reason)
            if isinstance(effect, Play | Listen) and effect.state:
                state, question = effect.state, effect.question
            # The ears open for a question before it is asked; the call is where it speaks.
            if isinstance(effect, Play) and effect.state and effect.state != (path[-1] if path else ""):
                path.append(effect.state)
    return Story(path=tuple(path), said=tuple(_private(one) for one in said), judged=tuple(judged))


def _said(event: Event, state: str, question: str) -> Said | None:
    """Return what an event tells of the caller, or None."""
    how: How
    confidence = None
    match event:
        case Heard(phrase=None):
            how, heard = "rejected", event.open_text or event.text
            if event.cause == "open":
                how = "speech"
        case Heard():
            how, heard, confidence = "speech", event.phrase or "", event.confidence
        case KeyPressed():
            how, heard = "key", event.key
        case TimerFired(timer=timer) if timer == _SILENCE_TIMER:
            how, heard = "silence", ""
        case MessageRecorded():
            how, heard = "message", event.text
        case _:
            return None
    return Said(
        audio_ms=event.audio_ms, state=state, question=question, how=how, heard=heard, confidence=confidence
    )


def _private(said: Said) -> Said:
    if said.how == "key":
        digits = sum(sign.isdigit() for sign in said.heard)
        return replace(said, heard=masked(said.heard)) if digits >= _LONG_ENTRY else said
    return replace(said, heard=without_numbers(said.heard))
