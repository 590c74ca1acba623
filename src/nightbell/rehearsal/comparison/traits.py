"""Traits: what of a call two versions are compared by. An Observer collects them; it judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nightbell.call.effects import Close, Escalate, Learnt, Notify, Play, RingBack, Transfer
from nightbell.call.events import CallStarted, EscalationChanged, Played, PromiseMade, TransferEnded
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.script import SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.rehearsal.comparison.told import Book, Told
    from nightbell.rehearsal.result import CallResult
    from nightbell.terms.disposition import Disposition

__all__ = ["Traits", "Watcher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """One call under one version."""

    disposition: Disposition | None
    states: tuple[str, ...]
    results: tuple[str, ...]
    """``product=filler`` ..., in the order in which they were learnt."""
    prompts: tuple[tuple[str, str], ...]
    """Names and words."""
    actions: tuple[str, ...]
    """Pages, ring-backs, notices and transfers."""
    pages: tuple[tuple[Disposition, int], ...]
    """How urgently a person was asked for, and when."""
    emergency_ms: int | None
    """When the emergency words began; None where they were not said."""
    emergency_done: bool
    """They were said to their end."""
    told: tuple[Told, ...]
    """Each prompt that was said, once."""
    hold_ms: int
    """How long the caller was on hold, in all."""
    led_off_ms: int | None
    """When the last hold was over; None where the call ended in it, or had none."""
    taken: bool
    """A person took the call."""
    put_through: bool
    """A transfer was answered."""
    closed: str
    """How the call ended, as Close has it; "" where it did not."""
    ring_backs: int
    length_ms: int
    promised_ms: int | None = None
    """Until when somebody is to ring, from the call's beginning on; None where nothing was promised."""
    asked_ms: int = 0
    """When that was asked for, from the call's beginning on."""
    notices: tuple[str, ...] = ()
    """Lists that something for people was put on, as often as it was."""
    heard: tuple[str, ...] = ()
    """With sound: what was understood where, in order; the words of open questions are left out."""
    answers: tuple[tuple[str, int], ...] = ()
    """With sound: places, and how long each answer took from the caller's last sound on."""
    spoken: tuple[tuple[str, int], ...] = ()
    """With sound: prompts that were said to their end, and how long they took."""
    silent: tuple[str, ...] = ()
    """Prompts that made no sound."""


@dataclass(slots=True)
class Watcher:
    """Follows a call and tells its traits."""

    book: Book
    results: list[str] = field(default_factory=list)
    prompts: list[tuple[str, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    pages: list[tuple[Disposition, int]] = field(default_factory=list)
    told: dict[Told, None] = field(default_factory=dict)
    emergency: set[int] = field(default_factory=set)
    """Numbers of the effects that say the emergency words."""
    emergency_ms: int | None = None
    emergency_done: bool = False
    hold_ms: int = 0
    held_from_ms: int | None = None
    led_off_ms: int | None = None
    taken: bool = False
    put_through: bool = False
    ring_backs: int = 0
    closed: Close | None = None
    began_utc: int = 0
    promised_ms: int | None = None
    asked_ms: int = 0
    notices: list[str] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Note what the call does."""
        match event:
            case CallStarted():
                self.began_utc = event.at_utc
            case PromiseMade(timed_out=False):
                self.promised_ms = event.by_utc - self.began_utc
                self.asked_ms = event.at_utc - self.began_utc
            case EscalationChanged(status="acknowledged"):
                self.taken = True
            case TransferEnded(outcome="answered"):
                self.put_through = True
            case Played(completed=True) if event.effect in self.emergency:
                self.emergency_done = True
            case _:
                pass
        for effect in effects:
            self._note(effect, audio_ms)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    def traits(self, result: CallResult) -> Traits:
        """Return what was seen of a call that is over."""
        sounds = result.script.tier not in SILENT
        return Traits(
            disposition=self.closed.disposition if self.closed is not None else None,
            states=result.states,
            results=tuple(self.results),
            prompts=tuple(self.prompts),
            actions=tuple(self.actions),
            pages=tuple(self.pages),
            emergency_ms=self.emergency_ms,
            emergency_done=self.emergency_done,
            told=tuple(self.told),
            hold_ms=self.hold_ms,
            led_off_ms=self.led_off_ms,
            taken=self.taken,
            put_through=self.put_through,
            closed=self.closed.reason if self.closed is not None else "",
            ring_backs=self.ring_backs,
            length_ms=result.audio_ms,
            promised_ms=self.promised_ms,
            asked_ms=self.asked_ms,
            notices=tuple(self.notices),
            heard=tuple(f"{one.place} as {one.phrase or one.cause}" for one in result.understood)
            if sounds
            else (),
            answers=tuple((one.place, one.ms) for one in result.responses if one.ms is not None),
            spoken=tuple((one.prompt, one.end_ms - one.start_ms) for one in result.said) if sounds else (),
            silent=tuple(
                failure.detail.partition(" at ")[0]
                for failure in result.failures
                if failure.kind is FailureKind.PROMPT_SILENT
            ),
        )

    def _note(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case Play():
                self._say(effect, audio_ms)
            case Escalate():
                self.actions.append(f"page {effect.disposition.value}")
                self.pages.append((effect.disposition, audio_ms))
            case RingBack():
                self.actions.append(f"ring back {effect.times}, then {effect.then}")
                self.ring_backs += effect.times
            case Notify():
                self.actions.append(f"notify {effect.channel} {effect.template}")
                self.notices.append(effect.channel)
            case Transfer():
                self.actions.append(f"transfer to {effect.to}")
            case Learnt():
                self.results.append(f"{effect.result}={effect.category}")
            case Close():
                self.closed = effect
                if self.held_from_ms is not None:
                    self.hold_ms += audio_ms - self.held_from_ms
            case _:
                pass

    def _say(self, play: Play, audio_ms: int) -> None:
        self.prompts.append((play.prompt, " ".join(segment.text for segment in play.segments)))
        told = self.book.told(play, taken=self.taken)
        self.told[told] = None
        if play.safe or play.state == self.book.flow.emergency:
            self.emergency_ms = audio_ms if self.emergency_ms is None else self.emergency_ms
        if play.safe or "emergency" in told.roles:
            self.emergency.add(play.n)
        holds = "hold" in told.roles
        if holds and self.held_from_ms is None:
            self.held_from_ms, self.led_off_ms = audio_ms, None
        elif not holds and self.held_from_ms is not None:
            self.hold_ms += audio_ms - self.held_from_ms
            self.held_from_ms, self.led_off_ms = None, audio_ms
