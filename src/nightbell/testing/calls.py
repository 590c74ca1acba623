"""A call played by hand: events in, effects out, saved and read back between any two of them."""

from __future__ import annotations

from typing import Any

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.effects import Effect
from nightbell.call.events import CallStarted, Event, Heard, KeyPressed, Played, TimerFired
from nightbell.call.session import Session
from nightbell.flow.model import Flow

__all__ = ["HandCall"]


class HandCall:
    """One call whose world is the test."""

    def __init__(self, flow: Flow, *, caller: str | None = "+447700900123", start: bool = True) -> None:
        self.plan: Plan = compile_flow(flow)
        self.session = Session(self.plan)
        self.events: list[Event] = []
        self.effects: list[list[Effect]] = []
        self.audio_ms = 0
        if start:
            self.tell(CallStarted, flow=flow.hash, line="test", caller=caller, called="+442079460123")

    def tell(self, kind: type[Any], *, after_ms: int = 100, **fields: Any) -> list[Effect]:
        """Give the session one event, reading it back from its saved form first."""
        self.audio_ms += after_ms
        event: Event = kind(
            clinic=self.plan.flow.clinic.name,
            call="c1",
            seq=len(self.events),
            at_utc=1_795_387_200_000 + self.audio_ms,
            audio_ms=self.audio_ms,
            **fields,
        )
        self.session = Session.load(self.plan, self.session.save())
        effects = self.session.handle(event)
        self.events.append(event)
        self.effects.append(effects)
        return effects

    def prompt_ends(self) -> list[Effect]:
        """Let the prompt that is playing come to its end."""
        return self.tell(Played, effect=self.session.memory.playing, completed=True, played_ms=1000)

    def tell_cut(self, by: str) -> list[Effect]:
        """Let speech or a key cut the prompt that is playing."""
        return self.tell(Played, effect=self.session.memory.playing, completed=False, played_ms=300, stopped_by=by)

    def until(self, step: str) -> None:
        """Let prompts end until the call stands on a step and its prompt is over."""
        for _ in range(20):
            if self.session.memory.step == step and self.session.memory.playing is None:
                return
            self.prompt_ends()
        raise AssertionError(f"never at {step!r}, but at {self.session.memory.step!r}")

    def say(self, phrase: str, **fields: Any) -> list[Effect]:
        """Say a phrase that the closed recogniser takes whole."""
        said = {"phrase": phrase, "text": phrase, "confidence": 1.0, "cause": "phrase"} | fields
        return self._heard(**said)

    def mutter(self, open_text: str, *, text: str = "oh the", **fields: Any) -> list[Effect]:
        """Say something that is no phrase."""
        return self._heard(**({"cause": "rejected", "text": text, "open_text": open_text} | fields))

    def _heard(self, **said: Any) -> list[Effect]:
        listen = self.session.memory.listening or 0
        times = {"start_ms": self.audio_ms, "end_ms": self.audio_ms + 600}
        return self.tell(Heard, listen=listen, **(times | said))

    def press(self, *keys: str) -> list[Effect]:
        """Press keys; return the effects of all."""
        return [effect for key in keys for effect in self.tell(KeyPressed, key=key)]

    def wait(self, timer: str) -> list[Effect]:
        """Let a timer run out."""
        return self.tell(TimerFired, timer=timer)

    def kinds(self, effects: list[Effect]) -> list[str]:
        """Return the effects' kinds."""
        return [effect.kind for effect in effects]

    @property
    def done(self) -> list[Effect]:
        """All effects so far."""
        return [effect for effects in self.effects for effect in effects]
