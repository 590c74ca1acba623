"""Ledger: an Observer that keeps what a caller's call is judged by - what was heard, and why a page went out.

It judges nothing: ``callers.verdict`` does. What callers said stays in it for as long as the figures take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.call.effects import Close, Escalate, Listen, Noted, Play
from nightbell.call.events import EarsFailed, Heard, MessageRecorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.terms.disposition import Disposition

__all__ = ["Hearing", "Ledger", "Note", "Page", "Spoken"]

_NINE: Final = ("nine", "hang up")
"""Words of a prompt that tell a caller what to do if it gets worse: key 9, or the emergency number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One utterance, as the ears took it."""

    at_ms: int
    place: str
    cause: str
    """phrase, rejected, open, too_long, message."""
    phrase: str
    text: str
    """What the open recogniser wrote, or else the closed one's hypothesis."""
    snr_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the call took an answer for."""

    at_ms: int
    place: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A person was asked for."""

    at_ms: int
    disposition: Disposition
    state: str
    question: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A prompt as it began."""

    at_ms: int
    prompt: str
    state: str
    question: str
    words: str

    @property
    def names_nine(self) -> bool:
        """Tell whether it says what to do if it gets worse."""
        return any(words in self.words for words in _NINE)


class Ledger:
    """What one call left behind."""

    def __init__(self) -> None:
        self.heard: list[Hearing] = []
        self.notes: list[Note] = []
        self.pages: list[Page] = []
        self.spoken: list[Spoken] = []
        self.closed: Disposition | None = None
        self.closed_in = ""
        self.ears_failed = ""
        """Why the ears are out: noise, died ...; "" while they are not."""
        self.keys_only = False
        """The line went to keys alone, at one question or for good."""
        self._listens: dict[int, str] = {}
        self._next: Play | None = None

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Keep what matters of an event."""
        match event:
            case Heard():
                place = self._listens.get(event.listen, "")
                self.heard.append(
                    Hearing(
                        at_ms=audio_ms,
                        place=place,
                        cause=event.cause,
                        phrase=event.phrase or "",
                        text=event.open_text or event.text,
                        snr_db=event.snr_db,
                    )
                )
            case MessageRecorded(text=text):
                self.heard.append(
                    Hearing(at_ms=audio_ms, place="message", cause="message", phrase="", text=text, snr_db=None)
                )
            case EarsFailed(reason=reason):
                self.ears_failed, self.keys_only = reason, True
            case _:
                pass
        for effect in effects:
            self._effect(effect, audio_ms)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Keep when a prompt began."""
        play, self._next = self._next, None
        if play is None or play.prompt != prompt:
            self._next = play
            return
        words = " ".join(segment.text.strip() for segment in play.segments)
        self.spoken.append(
            Spoken(at_ms=audio_ms, prompt=prompt, state=play.state, question=play.question, words=words)
        )

    def _effect(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case Play():
                self._next = effect
                self.keys_only = self.keys_only or effect.prompt.endswith("keys_only")
            case Listen():
                self._listens[effect.n] = f"{effect.state}.{effect.question}".rstrip(".")
            case Noted(state=state, question=question):
                place = f"{state}.{question}".rstrip(".")
                self.notes.append(Note(at_ms=audio_ms, place=place, answer=effect.answer, reason=effect.reason))
            case Escalate():
                self.pages.append(
                    Page(
                        at_ms=audio_ms,
                        disposition=effect.disposition,
                        state=effect.state,
                        question=effect.question,
                        row=effect.row,
                    )
                )
            case Close(disposition=disposition, state=state):
                self.closed, self.closed_in = disposition, state
            case _:
                pass
