"""Doing: what one event changes in the call's memory and asks of the world. Single acts; nothing moves here.

It knows how to say, listen, time, note and raise the floor. Walking from step to step is ``turn``'s; what an event
means is decided in ``hearing``, ``keypad`` and ``ending``. What the memory gathers (timers, results, counters) is
replaced, never changed in place: so an event that fails can be taken back by its old values.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from nightbell.call.compile import Plan
from nightbell.call.effects import CancelTimer, Effect, Escalate, Keep, Listen, Noted, Play, StartTimer
from nightbell.call.events import Event
from nightbell.call.memory import Memory
from nightbell.call.speaking import segments_of
from nightbell.call.step import Ask, Step, TakeMessage
from nightbell.call.tongue import Tongue
from nightbell.flow.model import Prompt
from nightbell.terms.disposition import Disposition, highest
from nightbell.terms.phrase import Phrase

__all__ = ["CONFIRM", "CORRECTION_MS", "SLOWER", "Doing"]

CORRECTION_MS: Final = 1500
"""A yes this soon after a committed no is a yes to that question (DESIGN section 5)."""
SLOWER: Final = 3
"""How many times as long a caller is waited for who said that they need it: a relay operator types and reads out,
a text phone and slow speech have long pauses (clinical.md R32)."""
CONFIRM: Final = "confirm"
"""The question "did you say ...?" of any state, for the record and for a scripted caller."""

_Grammar: TypeAlias = tuple[Literal["closed", "open", "off"], tuple[Phrase, ...]]


class Doing:
    """One event at work; thrown away after it."""

    def __init__(self, plan: Plan, memory: Memory, event: Event) -> None:
        self.plan = plan
        self.memory = memory
        self.event = event
        self.effects: list[Effect] = []

    @property
    def step(self) -> Step:
        """The step the call stands on."""
        return self.plan.steps[self.memory.step]

    @property
    def tongue(self) -> Tongue:
        """The words of the language the call goes on in."""
        return self.plan.tongues[self.memory.language]

    @property
    def asked(self) -> Ask | None:
        """The question that an answer now would answer: this step's, or the one ahead of words being said."""
        at = self.memory.step
        return self.tongue.asks.get(self.plan.ahead.get(at, at))

    @property
    def floored(self) -> bool:
        """Tell whether a person has to be got."""
        return self.memory.floor is not None and self.memory.floor.pages

    def emit(self, make: type[Any], **fields: Any) -> int:
        """Add an effect; return its number."""
        number = self.number()
        self.effects.append(make(call=self.memory.call, n=number, **fields))
        return number

    def number(self) -> int:
        """Return the number of the next effect."""
        number = self.memory.effects
        self.memory.effects = number + 1
        return number

    def play(self, prompt: Prompt, step: Step, *, question: str | None = None) -> None:
        """Say a prompt; it replaces what is playing."""
        memory = self.memory
        bargein: Literal["speech", "keys", "none"] = "none" if prompt.must_hear else prompt.bargein
        memory.playing = self.number()
        self.effects.append(
            Play(
                call=memory.call,
                n=memory.playing,
                prompt=f"{prompt.name}.{memory.language}" if memory.language else prompt.name,
                segments=segments_of(prompt, memory, self.plan.flow.clinic),
                bargein=bargein,
                state=step.state,
                question=step.question if question is None else question,
            )
        )
        memory.playing_must_hear = bargein == "none"
        memory.cut = False
        memory.asked_ms = self.event.audio_ms
        self.cancel("patience")

    def start(self, timer: str, ms: int) -> None:
        """Start or restart a timer."""
        memory = self.memory
        self.effects.append(StartTimer(call=memory.call, n=self.number(), timer=timer, ms=ms))
        if timer not in memory.timers:
            memory.timers = [*memory.timers, timer]

    def paced(self, ms: int) -> int:
        """Return how long the caller is waited for: longer where they need it."""
        return ms * SLOWER if self.memory.slow else ms

    def wait(self, ms: int) -> None:
        """Wait for the caller; sounds may put the silence off, but not beyond the patience of the step."""
        self.start("noinput", self.paced(ms))
        if "patience" not in self.memory.timers:
            timers = self.step.timers
            self.start("patience", self.paced(2 * timers.timeout_ms + timers.max_speech_timeout_ms))

    def slow_down(self) -> None:
        """Give the caller more time from now on; the whole call may last longer too, so that none is cut off."""
        if not self.memory.slow:
            self.memory.slow = True
            self.start("call", self.paced(self.plan.flow.limits.duration_ms))
            self.listen(self.step, confirming=bool(self.memory.confirming))

    def cancel(self, timer: str) -> None:
        """Cancel a timer if it runs."""
        if timer in self.memory.timers and self.ran_out(timer):
            self.effects.append(CancelTimer(call=self.memory.call, n=self.number(), timer=timer))

    def ran_out(self, timer: str) -> bool:
        """Forget a timer; tell whether it ran."""
        timers = self.memory.timers
        if timer not in timers:
            return False
        self.memory.timers = [other for other in timers if other != timer]
        return True

    def listen(self, step: Step, *, keys_only: bool = False, confirming: bool = False) -> None:
        """Open the ears for a step; the same again is not asked twice."""
        memory = self.memory
        place = self.plan.steps[self.plan.ahead.get(step.id, step.id)]
        if keys_only or memory.keys_only:
            mode, phrases = _OFF
        elif confirming:
            mode, phrases = "closed", self.tongue.confirming
        else:
            mode, phrases = self._grammar(place)
        question = CONFIRM if confirming else place.question
        pace = "/slow" if memory.slow else ""
        key = f"{place.id}/{question if confirming else mode}/{len(phrases)}{memory.language}{pace}"
        if key == memory.listen_key and memory.listening is not None:
            return
        memory.listen_key = key
        memory.listening = self.number()
        self.effects.append(
            Listen(
                call=memory.call,
                n=memory.listening,
                mode=mode if phrases or mode != "closed" else "off",
                phrases=phrases,
                pause_ms=self.paced(place.timers.complete_timeout_ms),
                max_speech_ms=self.paced(place.timers.max_speech_timeout_ms),
                state=place.state,
                question=question,
                language=memory.language or self.plan.flow.languages[0],
            )
        )

    def _grammar(self, place: Step) -> _Grammar:
        if isinstance(place, TakeMessage):
            return _OFF
        if not isinstance(place, Ask) or place.policy == "nine":
            return _OPEN
        lexicon = self.tongue.lexicons[place.id]
        return "closed", lexicon.correcting if self.memory.last_no else lexicon.phrases

    def raise_floor(self, floor: Disposition, step: Step, row: str = "", question: str = "") -> None:
        """Raise the floor, never lower it; a person is asked for at once, before anything is said (rule 9)."""
        memory = self.memory
        self.plan.asked_floor(floor)
        now = highest(memory.floor, floor) or floor
        if floor is Disposition.DM and now.rank == floor.rank:
            now = floor  # a crisis has the rank of D1 and needs more (rule 14)
        memory.floor = now
        if not now.pages:
            return
        crisis = now is Disposition.DM and memory.escalated is not now
        if memory.escalated is None or now.rank > memory.escalated.rank or crisis:
            memory.escalated = now
            at = {"state": step.state, "question": question or step.question}
            whom = {"treating": memory.treating, "route": memory.route}
            self.emit(Escalate, disposition=now, **at, row=row, **whom)

    def step_of(self, name: str) -> Step:
        """Return a step by its id."""
        return self.plan.steps[name]

    def keep(self, *, on: bool, forget: bool = False) -> None:
        """Begin or stop keeping the call's audio (rule 13); ``forget`` drops what was kept."""
        if on != self.memory.keeping or forget:
            self.memory.keeping = on
            self.emit(Keep, on=on, forget=forget)

    def note(self, step: Step, what: str, reason: str) -> None:
        """Note an answer for the record."""
        self.emit(Noted, state=step.state, question=step.question, answer=what, reason=reason)


_OFF: Final[_Grammar] = ("off", ())
_OPEN: Final[_Grammar] = ("open", ())
