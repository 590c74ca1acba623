"""Standing: where a call stands between two requests, read from its journal. It performs nothing, keeps no clock.

What is being said, what is listened for, which timers run until when, and what the world was asked and has not
answered. The same journal always gives the same standing, so a process that begins anew goes on where the one
before was killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self, TypeAlias

from nightbell.call.effects import (
    AskHistory,
    AskHours,
    AskPromise,
    CancelTimer,
    Close,
    Effect,
    Escalate,
    HangUp,
    Listen,
    Notify,
    Play,
    RecordMessage,
    RingBack,
    StartTimer,
    StopPlaying,
    StopTransfer,
    Transfer,
)
from nightbell.call.events import (
    EscalationChanged,
    Event,
    Heard,
    HistoryFound,
    HoursFound,
    KeyPressed,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    TimerFired,
    TransferEnded,
)
from nightbell.line.webhook.asked import Given

__all__ = ["Question", "Standing"]

Question: TypeAlias = AskHistory | AskHours | AskPromise | Notify | Escalate | RingBack | Transfer
"""An effect that the world is to answer, or to carry out."""
_ANSWERS: Final[dict[type[Event], type[Effect]]] = {
    HistoryFound: AskHistory,
    HoursFound: AskHours,
    PromiseMade: AskPromise,
}
"""Answers that do not say which question they are of: it is the oldest of its kind."""
_KEPT: Final = 8


@dataclass(slots=True)
class Standing:
    """One call's."""

    play: Play | None = None
    play_at_ms: int = 0
    """When it was to be said."""
    play_seq: int = -1
    """Number of the event that had it said."""
    listen: Listen | None = None
    message: RecordMessage | None = None
    message_at_ms: int = 0
    """Where in the call the last message began."""
    timers: dict[str, int] = field(default_factory=dict)
    """Timer to when it runs out."""
    questions: dict[int, Question] = field(default_factory=dict)
    """Number of the effect to what the world still owes."""
    pages: dict[int, Escalate] = field(default_factory=dict)
    """Pages that may still change."""
    given: list[tuple[int, Given]] = field(default_factory=list)
    """What the caller did, and the number of its event."""
    plays: dict[int, Play] = field(default_factory=dict)
    """The last prompts, by the number of their effect: a carrier may fetch one again."""
    disposition: str = ""
    """What the call ended with; "" before."""
    put_down: bool = False

    def copy(self) -> Self:
        """Return another one that stands the same, to look ahead with."""
        timers, questions = dict(self.timers), dict(self.questions)
        return replace(self, timers=timers, questions=questions, pages={}, given=[], plays={})

    def take(self, event: Event, effects: Sequence[Effect]) -> None:
        """Take one entry of the journal."""
        self._happened(event)
        for effect in effects:
            self._wanted(effect, event)

    def due_ms(self) -> int | None:
        """Return when the next timer runs out; None while none runs."""
        return min(self.timers.values(), default=None)

    def due(self, until_ms: int) -> str:
        """Return the timer that has run out first, "" for none."""
        late = sorted((due, name) for name, due in self.timers.items() if due <= until_ms)
        return late[0][1] if late else ""

    def since(self, at: int) -> tuple[Given, ...]:
        """Return what the caller did after an event."""
        return tuple(given for seq, given in self.given if seq > at)

    def _happened(self, event: Event) -> None:
        match event:
            case Played(effect=number):
                if self.play is not None and self.play.n == number:
                    self.play = None
            case TimerFired(timer=timer):
                self.timers.pop(timer, None)
            case KeyPressed(key=key):
                self.given.append((event.seq, ("key", key)))
            case Heard(open_text=words):
                self.given.append((event.seq, ("words", words or "")))
            case MessageRecorded():
                self._recorded(event)
            case _:
                self._answered(event)

    def _recorded(self, event: MessageRecorded) -> None:
        if event.text:
            self.given.append((event.seq, ("words", event.text)))
        elif event.speech_ms:
            self.given.append((event.seq, ("message", "record")))
        if self.message is not None and self.message.n == event.effect:
            self.message = None

    def _answered(self, event: Event) -> None:
        match event:
            case Notified(effect=number) | TransferEnded(effect=number):
                self.questions.pop(number, None)
            case EscalationChanged(effect=number, status=status):
                self.questions.pop(number, None)
                if status in {"acknowledged", "exhausted"}:
                    self.pages.pop(number, None)
            case HistoryFound() | HoursFound() | PromiseMade():
                kind = _ANSWERS[type(event)]
                oldest = next((n for n, asked in self.questions.items() if isinstance(asked, kind)), -1)
                self.questions.pop(oldest, None)
            case _:
                pass

    def _wanted(self, effect: Effect, event: Event) -> None:
        match effect:
            case Play():
                self._says(effect, event)
            case StopPlaying():
                self.play = None
            case Listen():
                self.listen = effect
            case StartTimer(timer=timer, ms=ms):
                self.timers[timer] = event.audio_ms + ms
            case CancelTimer(timer=timer):
                self.timers.pop(timer, None)
            case RecordMessage():
                self.message, self.message_at_ms = effect, event.audio_ms
            case Close(disposition=disposition):
                self.disposition = disposition.value
            case HangUp():
                self.put_down = True
            case _:
                self._asks(effect)

    def _says(self, play: Play, event: Event) -> None:
        self.play, self.play_at_ms, self.play_seq = play, event.audio_ms, event.seq
        self.message = None
        self.plays[play.n] = play
        if len(self.plays) > _KEPT:
            del self.plays[next(iter(self.plays))]

    def _asks(self, effect: Effect) -> None:
        if isinstance(effect, StopTransfer):
            self.questions.pop(effect.transfer, None)
        if isinstance(effect, Question):
            self.questions[effect.n] = effect
        if isinstance(effect, Escalate):
            self.pages[effect.n] = effect
