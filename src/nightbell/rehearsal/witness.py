"""Witness: sees one call as it happens and keeps what the expectations are judged by. It judges nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Escalate, Learnt, Listen, Play, RingBack, StopPlaying
from nightbell.call.events import EarsFailed, Heard, KeyPressed, MessageRecorded, Played
from nightbell.call.session import Session
from nightbell.errors import SessionError
from nightbell.rehearsal.eventually import Milestone
from nightbell.rehearsal.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.call.machine import Cursor
    from nightbell.flow.model import Flow
    from nightbell.terms.segment import Segment

__all__ = ["Page", "Said", "Spoke", "Understood", "Witness"]

_OWN_SOUNDS: Final = ("beep",)
"""Sounds of the line that are no prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One prompt as it went out."""

    prompt: str
    place: str
    start_ms: int
    """Audio time of its first sample."""
    end_ms: int
    words: str
    segments: tuple[Segment, ...] = ()
    completed: bool = False
    """It was said to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A prompt began to sound."""

    prompt: str
    at_ms: int
    cause: str
    """Kind of the event that asked for it; "" when none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What the ears made of one utterance or key."""

    place: str
    mode: Literal["closed", "open", "off", "key", "message"]
    cause: str
    """phrase, rejected, open, too_long; key; message."""
    phrase: str
    content: bool
    """Some words were understood, rightly or not, or a key came."""
    at_ms: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A person was asked for."""

    at_ms: int
    state: str
    disposition: str


class Witness:
    """An Observer that remembers.

    It replays the journal through a session of its own while the call happens: that shows the states which say
    nothing, and proves that the journal alone gives the same effects.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._plan = compile_flow(flow)
        self._session = Session(replace(self._plan, fire=self._fire))
        self.diverged: list[int] = []
        """Numbers of the events that replay to other effects than the call performed."""
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.states: list[str] = []
        """States the call passed, in order, the same one in a row once."""
        self.moves: list[tuple[str, str]] = []
        """Steps with the outcome by which each was left."""
        self.words_ms: list[int | None] = []
        """For each move, when the words that led to it were over; None where it was not words."""
        self.said: list[Said] = []
        self.spoke: list[Spoke] = []
        """Every first sample of a prompt, also of those the session never asked for."""
        self.understood: list[Understood] = []
        self.pages: list[Page] = []
        self.ring_backs = 0
        self.closes: list[Close] = []
        self.milestones: list[Milestone] = []
        self.said_emergency = False
        """The emergency words, or the recorded safe words, were said to their end."""
        self._emergency = flow.emergency
        self._asked: dict[int, Play] = {}
        self._plays: dict[int, tuple[Play, int]] = {}
        self._next: tuple[Play, str] | None = None
        self._listens: dict[int, Listen] = {}
        self._place = ""
        self._unread = ""
        """What stands for a message that is recorded where nobody was ever there to take it down."""

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Remember an event and its effects."""
        self.events.append(event)
        self.effects.extend(effects)
        self._replay(event, effects)
        match event:
            case Heard():
                self._heard(event)
            case KeyPressed():
                self._understand("key", "key", event.key, at=audio_ms, start=audio_ms, end=audio_ms)
            case EarsFailed(reason="missing"):
                self._unread = "recorded"
            case MessageRecorded():
                content = (event.text or self._unread) if event.speech_ms else ""
                start = max(audio_ms - event.speech_ms, 0)
                self._understand("message", "message", content, at=audio_ms, start=start, end=audio_ms)
            case Played():
                self._played(event, audio_ms)
            case _:
                pass
        for effect in effects:
            self._effect(effect, audio_ms)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Remember when a prompt began to sound."""
        if prompt in _OWN_SOUNDS:
            return
        cause = ""
        if self._next is not None and self._next[0].prompt == prompt:
            play, cause = self._next
            self._plays[play.n] = (play, audio_ms)
            self._next = None
        self.spoke.append(Spoke(prompt=prompt, at_ms=audio_ms, cause=cause))

    @property
    def position_ms(self) -> int:
        """Audio time of the last event."""
        return self.events[-1].audio_ms if self.events else 0

    @property
    def fingerprint(self) -> str:
        """Return the hash of all that the call did."""
        return fingerprint(self.effects)

    def finish(self) -> None:
        """Close what was still being said when the call ended."""
        self._cut(self.position_ms)

    def _cut(self, audio_ms: int) -> None:
        """End what is being said here: something else takes its place, or nothing."""
        for play, start in self._plays.values():
            self._say(play, start, audio_ms)
        self._plays.clear()

    def _effect(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case StopPlaying():
                self._cut(audio_ms)
            case Play(state=state, question=question):
                self._cut(audio_ms)
                self._next = effect, self.events[-1].kind
                self._asked[effect.n] = effect
                self._place = f"{state}.{question}" if question else state
            case Listen():
                self._listens[effect.n] = effect
            case Escalate(state=state, disposition=disposition):
                self.pages.append(Page(at_ms=audio_ms, state=state, disposition=disposition.value))
                self.milestones.append(Milestone("page", disposition.value, audio_ms))
            case Learnt(result=result, category=category):
                self.milestones.append(Milestone("result", result, audio_ms, category))
            case RingBack(times=times):
                self.ring_backs += times
            case Close():
                self.closes.append(effect)
                self.milestones.append(Milestone("disposition", effect.disposition.value, audio_ms))
            case _:
                pass

    def _replay(self, event: Event, effects: Sequence[Effect]) -> None:
        before = self._session.floor
        try:
            replayed = self._session.handle(event)
        except SessionError:
            replayed = []
        floor = self._session.floor
        if floor is not None and floor is not before:
            self.milestones.append(Milestone("disposition", floor.value, event.audio_ms))
        if replayed != list(effects):
            self.diverged.append(event.seq)
        step = self._plan.steps.get(self._session.memory.step)
        if step is not None:
            self._visit(step.state)

    def _fire(self, cursor: Cursor, outcome: str) -> None:
        """Move as the plan does, and see where to."""
        before = cursor.state
        self._plan.fire(cursor, outcome)
        self.moves.append((before, outcome))
        self.words_ms.append(_end_of_words(self.events[-1]) if self.events else None)
        step = self._plan.steps.get(cursor.state)
        if step is not None:
            self._visit(step.state)

    def _visit(self, state: str) -> None:
        if state and (not self.states or self.states[-1] != state):
            self.states.append(state)
            self.milestones.append(Milestone("state", state, self.position_ms))

    def _played(self, event: Played, audio_ms: int) -> None:
        asked = self._asked.get(event.effect)
        if event.completed and asked is not None:
            said = " ".join(segment.text for segment in asked.segments)
            self.milestones.append(Milestone("prompt", asked.prompt, audio_ms, words=said))
            words = asked.state == self._emergency and asked.question in {"", "nine"}
            self.said_emergency = self.said_emergency or words or asked.safe
        found = self._plays.pop(event.effect, None)
        if found is not None:
            play, start = found
            self._say(play, start, min(start + event.played_ms, audio_ms), completed=event.completed)

    def _say(self, play: Play, start: int, end: int, *, completed: bool = False) -> None:
        place = f"{play.state}.{play.question}" if play.question else play.state
        words = " ".join(segment.text.strip() for segment in play.segments)
        self.said.append(
            Said(
                prompt=play.prompt,
                place=place,
                start_ms=start,
                end_ms=end,
                words=words,
                segments=play.segments,
                completed=completed,
            )
        )

    def _heard(self, event: Heard) -> None:
        listen = self._listens.get(event.listen)
        mode = listen.mode if listen is not None else "open"
        place = f"{listen.state}.{listen.question}".rstrip(".") if listen is not None else self._place
        words = event.phrase or event.text or event.open_text or ""
        self.understood.append(
            Understood(
                place=place,
                mode=mode,
                cause=event.cause,
                phrase=event.phrase or "",
                content=bool(words.strip()),
                at_ms=event.audio_ms,
                start_ms=event.start_ms,
                end_ms=event.end_ms,
            )
        )

    def _understand(
        self, mode: Literal["key", "message"], cause: str, words: str, *, at: int, start: int, end: int
    ) -> None:
        self.understood.append(
            Understood(
                place=self._place,
                mode=mode,
                cause=cause,
                phrase="",
                content=bool(words.strip()),
                at_ms=at,
                start_ms=start,
                end_ms=end,
            )
        )


def _end_of_words(event: Event) -> int | None:
    """Return when the words of an event were over: what was heard, or a message; None for anything else."""
    match event:
        case Heard():
            return event.end_ms
        case MessageRecorded(speech_ms=speech) if speech:
            return event.audio_ms
        case _:
            return None
