"""Traits: what of a call two versions are compared by. An Observer collects them; it judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nightbell.call.effects import Close, Escalate, Learnt, Notify, Play, RingBack, Transfer
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.script import SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
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
    paged_ms: int | None
    """When a person was first asked for; None where nobody was."""
    emergency_ms: int | None
    """When the emergency words began; None where they were not said."""
    ring_backs: int
    length_ms: int
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

    emergency: str
    """State of the emergency words."""
    results: list[str] = field(default_factory=list)
    prompts: list[tuple[str, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    paged_ms: int | None = None
    emergency_ms: int | None = None
    ring_backs: int = 0
    disposition: Disposition | None = None

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Note what the call does."""
        del event
        for effect in effects:
            self._note(effect, audio_ms)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    def traits(self, result: CallResult) -> Traits:
        """Return what was seen of a call that is over."""
        sounds = result.script.tier not in SILENT
        return Traits(
            disposition=self.disposition,
            states=result.states,
            results=tuple(self.results),
            prompts=tuple(self.prompts),
            actions=tuple(self.actions),
            paged_ms=self.paged_ms,
            emergency_ms=self.emergency_ms,
            ring_backs=self.ring_backs,
            length_ms=result.audio_ms,
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
                self.prompts.append((effect.prompt, " ".join(segment.text for segment in effect.segments)))
                if (effect.safe or effect.state == self.emergency) and self.emergency_ms is None:
                    self.emergency_ms = audio_ms
            case Escalate():
                self.actions.append(f"page {effect.disposition.value}")
                self.paged_ms = audio_ms if self.paged_ms is None else self.paged_ms
            case RingBack():
                self.actions.append(f"ring back {effect.times}, then {effect.then}")
                self.ring_backs += effect.times
            case Notify():
                self.actions.append(f"notify {effect.channel} {effect.template}")
            case Transfer():
                self.actions.append(f"transfer to {effect.to}")
            case Learnt():
                self.results.append(f"{effect.result}={effect.category}")
            case Close():
                self.disposition = effect.disposition
            case _:
                pass
