"""Turn: the work of one event - it changes the call's memory and gathers effects. Primitive moves only.

What an event means is decided in ``hearing``, ``keypad`` and ``ending``; this module knows how to say, listen,
time, raise the floor and walk from step to step. A turn is thrown away after its event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from nightbell.call.compile import Plan
from nightbell.call.condition import holds
from nightbell.call.effects import (
    AskHours,
    AskPromise,
    CancelTimer,
    Effect,
    Escalate,
    Keep,
    Listen,
    Noted,
    Notify,
    Play,
    RecordMessage,
    StartTimer,
)
from nightbell.call.events import Event
from nightbell.call.machine import Cursor
from nightbell.call.memory import COUNTER_LIMIT, Memory
from nightbell.call.speaking import segments_of
from nightbell.call.step import CLOSED, Ask, AskWorld, Decide, Finish, Hold, Say, Step, TakeMessage, TakeNumber
from nightbell.errors import SessionError
from nightbell.flow.model import Prompt
from nightbell.terms.disposition import Disposition, highest

__all__ = ["CORRECTION_MS", "Turn"]

CORRECTION_MS: Final = 1500
"""A yes this soon after a committed no is a yes to that question (DESIGN section 5)."""
_WORLD_GRACE_MS: Final = 1000
"""How much longer than its own limit an answer of the world is waited for before it counts as timed out."""
_MESSAGE_GRACE_MS: Final = 5000
"""How much longer than its own limit a message is waited for."""
_STEP_TIMERS: Final = ("noinput", "patience", "interdigit", "every", "limit", "nine", "world")


class Turn:
    """One event at work."""

    def __init__(self, plan: Plan, memory: Memory, event: Event) -> None:
        self.plan = plan
        self.memory = memory
        self.event = event
        self.effects: list[Effect] = []

    def emit(self, make: type[Any], **fields: Any) -> int:
        """Add an effect; return its number."""
        number = self.memory.effects
        self.memory.effects = number + 1
        self.effects.append(make(call=self.memory.call, n=number, **fields))
        return number

    def play(self, prompt: Prompt, step: Step) -> None:
        """Say a prompt; it replaces what is playing."""
        bargein = "none" if prompt.must_hear else prompt.bargein
        self.memory.playing = self.emit(
            Play,
            prompt=prompt.name,
            segments=segments_of(prompt, self.memory, self.plan.flow.clinic),
            bargein=bargein,
            state=step.state,
            question=step.question,
        )
        self.memory.playing_must_hear = bargein == "none"
        self.memory.cut = False
        self.memory.asked_ms = self.event.audio_ms
        self.cancel("patience")

    def start(self, timer: str, ms: int) -> None:
        """Start or restart a timer."""
        self.emit(StartTimer, timer=timer, ms=ms)
        if timer not in self.memory.timers:
            self.memory.timers.append(timer)

    def wait(self, ms: int) -> None:
        """Wait for the caller; sounds may put the silence off, but not beyond the patience of the step."""
        self.start("noinput", ms)
        if "patience" not in self.memory.timers:
            timers = self.step.timers
            self.start("patience", 2 * timers.timeout_ms + timers.max_speech_timeout_ms)

    def cancel(self, timer: str) -> None:
        """Cancel a timer if it runs."""
        if timer in self.memory.timers:
            self.memory.timers.remove(timer)
            self.emit(CancelTimer, timer=timer)

    def listen(self, step: Step, *, keys_only: bool = False) -> None:
        """Open the ears for a step; the same again is not asked twice."""
        place = self.step_of(self.plan.ahead.get(step.id, step.id))
        fields = self._listening(place, keys_only=keys_only or self.memory.keys_only)
        key = f"{place.id}/{fields['mode']}/{len(fields['phrases'])}"
        if key == self.memory.listen_key and self.memory.listening is not None:
            return
        self.memory.listen_key = key
        self.memory.listening = self.emit(Listen, state=place.state, question=place.question, **fields)

    def _listening(self, place: Step, *, keys_only: bool) -> dict[str, Any]:
        timers = place.timers
        limits = {"pause_ms": timers.complete_timeout_ms, "max_speech_ms": timers.max_speech_timeout_ms}
        if keys_only or isinstance(place, TakeMessage):
            return {"mode": "off", "phrases": (), **limits}
        if not isinstance(place, Ask) or place.policy == "nine":
            return {"mode": "open", "phrases": (), **limits}
        lexicon = self.plan.lexicons[place.id]
        phrases = lexicon.correcting if self.memory.last_no else lexicon.phrases
        return {"mode": "closed", "phrases": phrases, **limits}

    def raise_floor(self, floor: Disposition, step: Step, row: str = "", question: str = "") -> None:
        """Raise the floor, never lower it; a person is asked for at once, before anything is said (rule 9)."""
        memory = self.memory
        now = highest(memory.floor, floor) or floor
        if floor is Disposition.DM and now.rank == floor.rank:
            now = floor  # a crisis has the rank of D1 and needs more (rule 14)
        memory.floor = now
        if not now.pages:
            return
        crisis = now is Disposition.DM and memory.escalated is not now
        if memory.escalated is None or now.rank > memory.escalated.rank or crisis:
            memory.escalated = now
            self.emit(Escalate, disposition=now, state=step.state, question=question or step.question, row=row)

    @property
    def floored(self) -> bool:
        """Tell whether a person has to be got."""
        return self.memory.floor is not None and self.memory.floor.pages

    def step_of(self, name: str) -> Step:
        """Return a step by its id."""
        return self.plan.steps[name]

    @property
    def step(self) -> Step:
        """The step the call stands on."""
        return self.plan.steps[self.memory.step]

    @property
    def asked(self) -> Ask | None:
        """The question that an answer now would answer: this step's, or the one ahead of words being said."""
        step = self.step_of(self.plan.ahead.get(self.memory.step, self.memory.step))
        return step if isinstance(step, Ask) else None

    def move(self, outcome: str) -> None:
        """Move the cursor without arriving."""
        cursor = Cursor(self.memory.step)
        self.plan.fire(cursor, outcome)
        self.memory.step = cursor.state

    def go(self, outcome: str) -> None:
        """Take an outcome and arrive where it leads."""
        self.move(outcome)
        self.arrive()

    def arrive(self) -> None:
        """Do what the step wants done on arrival, passing through steps that decide at once."""
        memory = self.memory
        for _ in range(2 * len(self.plan.steps)):
            if memory.step == CLOSED:
                return
            self._forget_step()
            outcome = self.passes()
            if not outcome:
                self._begin(self.step)
                return
            self.move(outcome)
        raise SessionError(
            f"{memory.step!r} only leads back to itself", hint="a state in between has to say something"
        )

    def _forget_step(self) -> None:
        memory = self.memory
        memory.noinputs = memory.nomatches = 0
        memory.replays = 0
        memory.doubt = memory.cut = False
        memory.entry = ""
        memory.asked_world = None
        memory.pending = ""
        for timer in _STEP_TIMERS:
            self.cancel(timer)

    def passes(self) -> str:
        """Return the outcome of a step that is passed without a word, or ""."""
        step, memory = self.step, self.memory
        if isinstance(step, Decide):
            return self.decide(step)
        if isinstance(step, Hold):
            if not self.floored:
                self.raise_floor(Disposition.DU, step)
            return memory.escalation if memory.escalation in {"acknowledged", "exhausted"} else ""
        if not isinstance(step, Ask | TakeNumber):
            return ""
        screen = isinstance(step, Ask) and step.policy == "screen"
        if screen and not memory.screening:
            memory.screening = True
            if memory.unheard:  # worried, and something was said that we could not hear: a person listens
                self.raise_floor(Disposition.DU, step, question="unheard")
        if self._is_needless(step):
            return "exhausted" if step.id == "~nine.offer" else "skip"
        visits = memory.visits.get(step.id, 0)
        if visits >= COUNTER_LIMIT and "exhausted" in self.plan.edges[step.id]:
            if screen:
                self.raise_floor(Disposition.DU, step)
            return "exhausted"
        memory.visits[step.id] = visits + 1
        return ""

    def _is_needless(self, step: Ask | TakeNumber) -> bool:
        """Tell whether a question is left out: a yes could raise nothing, or there is nothing to offer."""
        memory = self.memory
        if isinstance(step, Ask) and step.policy == "screen":
            return self.floored and step.floor is not None and highest(memory.floor, step.floor) is memory.floor
        if isinstance(step, Ask) and step.policy == "nine":
            return not memory.nine
        return step.question == "offer" and memory.caller is None

    def decide(self, step: Decide) -> str:
        """Return the outcome of a step that decides by what is known."""
        memory = self.memory
        if step.id.endswith("~end"):
            memory.screening, memory.screened = False, True
        for number, case in enumerate(step.cases):
            if holds(case, memory):
                if case.floor is not None:
                    self.raise_floor(case.floor, step, row="7" if case.of == "contacts_96h" else "")
                return f"case:{number}"
        return "otherwise"

    def _begin(self, step: Step) -> None:
        match step:
            case Say() | Ask() | TakeNumber() | TakeMessage():
                self.listen(step)
                self.play(step.prompt, step)
            case AskWorld():
                self._ask_world(step)
            case Hold():
                self._hold(step)
            case Finish():
                self._finish(step)
            case Decide():
                pass

    def _ask_world(self, step: AskWorld) -> None:
        if step.what == "hours":
            effect = self.emit(AskHours)
            limit = 500
        else:
            limit = 2000
            number = self.memory.callback_number or self.memory.caller
            effect = self.emit(Notify, channel=step.channel, template=step.template, number=number, limit_ms=limit)
        self.memory.asked_world = effect
        self.start("world", limit + _WORLD_GRACE_MS)

    def _hold(self, step: Hold) -> None:
        self.listen(step)
        self.play(step.prompt, step)
        self.start("limit", step.limit_ms)

    def _finish(self, step: Finish) -> None:
        self.listen(step)
        if not step.promise:
            self.last_words(step.prompt, step)
            return
        disposition = highest(self.memory.floor, step.disposition) or step.disposition
        self.memory.promise = None
        self.memory.asked_world = self.emit(AskPromise, disposition=disposition)
        self.start("world", 500 + _WORLD_GRACE_MS)

    def take_message(self, step: TakeMessage) -> None:
        """Beep, and take the message."""
        limits = {"max_ms": step.max_ms, "final_silence_ms": step.final_silence_ms}
        self.memory.asked_world = self.emit(RecordMessage, keep=self.memory.recording == "keep", **limits)
        self.start("world", step.max_ms + _MESSAGE_GRACE_MS)

    def last_words(self, prompt: Prompt, step: Finish) -> None:
        """Say what ends the call; it is heard out."""
        self.play(replace(prompt, must_hear=True), step)

    def keep(self, *, on: bool, forget: bool = False) -> None:
        """Begin or stop keeping the call's audio (rule 13); ``forget`` drops what was kept."""
        if on != self.memory.keeping or forget:
            self.memory.keeping = on
            self.emit(Keep, on=on, forget=forget)

    def note(self, step: Step, what: str, reason: str) -> None:
        """Note an answer for the record."""
        self.emit(Noted, state=step.state, question=step.question, answer=what, reason=reason)
