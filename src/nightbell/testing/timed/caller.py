"""Caller: one who speaks, presses, mumbles, says red flags or hangs up at random moments, or is silent.

He does not ask for the words again, nor press keys that lead nowhere: no worst case counts those.
"""

from __future__ import annotations

from random import Random
from typing import Any

from nightbell.call.events import Heard, HungUp, KeyPressed, Played, SpeechStarted
from nightbell.call.step import Ask, Step, TakeNumber
from nightbell.call.table.stimuli import MUMBLE, saying
from nightbell.testing.timed.clock import Bounds, Measured
from nightbell.testing.timed.world import World

__all__ = ["Measurer"]


class Measurer(Bounds):
    """Random calls through one flow."""

    def call(self, seed: int) -> Measured:
        """Play one call."""
        return _Caller(self, Random(seed)).play()  # noqa: S311  # nobody's secret hangs on it


class _Caller(World):
    """A call with a caller in it."""

    def plan_to_act(self, within: float) -> None:
        """Do something within a time, perhaps."""
        if self.random.random() < self.eager:
            heard = self.session.memory.playing
            at = self.session.memory.step
            self.later(self.random.random() * within, lambda: self._act(at, heard))

    def _act(self, at: str, heard: int | None) -> None:
        memory = self.session.memory
        if self.session.closed or memory.failing or memory.step != at or (memory.playing or heard) != heard:
            return
        way = self.random.random()
        if way < 0.03:
            self.tell(HungUp, by="caller")
        elif way < 0.08:
            self._press("*9" if isinstance(self.plan.steps[at], TakeNumber) else "9")
        elif way < 0.10:
            self._press("0")
        elif way < 0.18:
            self._flag()
        elif way < 0.35:
            self._speak(MUMBLE, None)
        else:
            self._answer(self.plan.steps[at])

    def _flag(self) -> None:
        floor = self.session.memory.floor
        flags = [
            each
            for each in self.plan.universals
            if each.floor is not None and each.hear and (floor is None or each.floor.rank > floor.rank)
        ]
        if flags:
            said = saying(self.plan.universals, self.random.choice(flags))[0]
            if said.what == "words":
                self._speak(said.value, None)

    def _answer(self, step: Step) -> None:
        if isinstance(step, TakeNumber):
            self._press(self.random.choice(("07700900123#", "12#", "07700900123")))
        elif isinstance(step, Ask) and step.answers:
            possible = self.random.choice(step.answers)
            if possible.key is not None and (not possible.phrases or self.random.random() < 0.5):
                self._press(possible.key)
            elif possible.phrases:
                self._speak(possible.phrases[0], possible.phrases[0])

    def _press(self, keys: str) -> None:
        self._cut("key")
        for key in keys:
            self.tell(KeyPressed, key=key)

    def _speak(self, text: str, phrase: str | None) -> None:
        self.tell(SpeechStarted, start_ms=self.now)
        self._cut("speech")
        began = self.now
        lasts = self.random.uniform(300, 3_000)
        self.later(lasts, lambda: self._heard(text, phrase, began))

    def _heard(self, text: str, phrase: str | None, began: int) -> None:
        fields: dict[str, Any] = {"cause": "rejected"}
        if phrase:
            fields = {"cause": "phrase", "confidence": self.random.choice((1.0, 0.4))}
        listen = self.session.memory.listening or 0
        self.tell(
            Heard,
            listen=listen,
            phrase=phrase,
            text=text,
            open_text=text,
            start_ms=began,
            end_ms=self.now,
            **fields,
        )

    def _cut(self, by: str) -> None:
        memory = self.session.memory
        if memory.playing is not None and not memory.playing_must_hear:
            self.tell(Played, effect=memory.playing, completed=False, played_ms=1, stopped_by=by)
