"""Turn: the work of one event - walking from step to step, and what each step wants done on arrival.

What an event means is decided in ``hearing``, ``keypad`` and ``ending``; single acts stand in ``doing``. A turn is
thrown away after its event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nightbell.call.condition import holds
from nightbell.call.doing import CORRECTION_MS, Doing
from nightbell.call.effects import AskHours, AskPromise, Notify, RecordMessage, StopTransfer
from nightbell.call.effects import Transfer as Dial
from nightbell.call.machine import Cursor
from nightbell.call.marks import LANGUAGE, Marks
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import (
    CLOSED,
    Ask,
    AskWorld,
    Decide,
    Entry,
    Finish,
    Hold,
    Say,
    Step,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
)
from nightbell.call.tongue import FIRST
from nightbell.errors import SessionError
from nightbell.flow.model import Prompt
from nightbell.terms.disposition import Disposition, highest

__all__ = ["CORRECTION_MS", "Turn"]

_WORLD_GRACE_MS: Final = 1000
"""How much longer than its own limit an answer of the world is waited for before it counts as timed out."""
_MESSAGE_GRACE_MS: Final = 5000
"""How much longer than its own limit a message is waited for."""
_REPEATED: Final = frozenset({"contacts_96h", "filler_contacts_96h"})
"""What tells a second contact about the same worry: row 7 of the clinical table."""
_STEP_TIMERS: Final = frozenset({"noinput", "patience", "interdigit", "every", "limit", "nine", "world"})


class Turn(Doing):
    """One event at work."""

    def move(self, outcome: str) -> None:
        """Move the cursor without arriving, and remember what the move leaves behind."""
        memory, plan = self.memory, self.plan
        cursor = Cursor(memory.step)
        plan.fire(cursor, outcome)
        for variable, value in plan.marks.get(memory.step, _NOTHING).get(outcome, ()):
            self._mark(variable, value)
        memory.step = cursor.state
        self.count()

    def count(self) -> None:
        """Count the arrival at a state that counts."""
        memory = self.memory
        counter = self.plan.counts.get(memory.step)
        if counter is not None:
            count = min(memory.counts.get(counter, 0) + 1, COUNTER_LIMIT)
            memory.counts = {**memory.counts, counter: count}

    def took_turn(self) -> None:
        """Count an answer, a key of a choice or a silence against the flow's limit."""
        if not isinstance(self.step, Hold | Transfer | Finish | AskWorld):
            self.memory.turns += 1

    def _mark(self, variable: str, value: str) -> None:
        if variable == LANGUAGE:
            self.memory.language = FIRST if value == self.plan.flow.languages[0] else value
        else:
            self.remember(variable.removeprefix("result:"), value)

    def remember(self, result: str, category: str) -> None:
        """Keep a result's category; "" forgets it."""
        others = {name: kept for name, kept in self.memory.results.items() if name != result}
        self.memory.results = {**others, result: category} if category else others

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
        memory.confirmed = False
        memory.why = ""
        memory.confirming = memory.heard = ""
        memory.entry = ""
        memory.asked_world = None
        memory.pending = ""
        for timer in memory.timers:
            if timer in _STEP_TIMERS:
                self.cancel(timer)
        self.stop_transfer()

    def stop_transfer(self) -> None:
        """Stop dialling for a caller who is led elsewhere."""
        if self.memory.transfer is not None:
            self.emit(StopTransfer, transfer=self.memory.transfer)
            self.memory.transfer = None

    def passes(self) -> str:
        """Return the outcome of a step that is passed without a word, or ""."""
        step, memory = self.step, self.memory
        if isinstance(step, Decide):
            return self.decide(step)
        if isinstance(step, Hold):
            if not self.floored:
                self.raise_floor(Disposition.DU, step)
            return memory.escalation if memory.escalation in {"acknowledged", "exhausted"} else ""
        return self._passes_question(step) if isinstance(step, Ask | Entry) else ""

    def _passes_question(self, step: Ask | Entry) -> str:
        memory = self.memory
        screen = isinstance(step, Ask) and step.policy == "screen"
        if screen and not memory.screening:
            memory.screening = True
            if memory.unheard and step.state in self.plan.worried:
                # Worried, and something was said that we could not hear: a person listens.
                self.raise_floor(Disposition.DU, step, question="unheard")
        if self._is_needless(step):
            return "exhausted" if step.id == "~nine.offer" else "skip"
        if isinstance(step, Ask) and step.policy == "nine":
            return ""  # a 9 that nobody takes back pages when its offer is over, however often it was offered
        visits = memory.visits.get(step.id, 0)
        if visits >= min(self.plan.flow.limits.visits, COUNTER_LIMIT) and "exhausted" in self.plan.edges[step.id]:
            if screen:
                self.raise_floor(Disposition.DU, step)
            return "exhausted"
        memory.visits = {**memory.visits, step.id: visits + 1}
        return ""

    def _is_needless(self, step: Ask | Entry) -> bool:
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
            if holds(case, memory, self.plan.flow):
                if case.floor is not None:
                    self.raise_floor(case.floor, step, row="7" if case.of in _REPEATED else "")
                return f"case:{number}"
        return "otherwise"

    def _begin(self, step: Step) -> None:
        match step:
            case Say() | Ask() | TakeNumber() | TakeDigits() | TakeMessage():
                self.listen(step)
                self.play(step.prompt, step)
            case AskWorld():
                self._ask_world(step)
            case Hold():
                self._hold(step)
            case Transfer():
                self._dial(step)
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

    def _dial(self, step: Transfer) -> None:
        self.listen(step)
        self.memory.transfer = self.emit(Dial, to=step.to, limit_ms=step.limit_ms, state=step.state)
        self.play(step.prompt, step)
        self.start("world", step.limit_ms + _WORLD_GRACE_MS)

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
        limits = {"max_ms": self.paced(step.max_ms), "final_silence_ms": self.paced(step.final_silence_ms)}
        self.memory.asked_world = self.emit(RecordMessage, keep=self.memory.recording == "keep", **limits)
        self.start("world", self.paced(step.max_ms) + _MESSAGE_GRACE_MS)

    def last_words(self, prompt: Prompt, step: Finish) -> None:
        """Say what ends the call; it is heard out."""
        self.play(prompt if prompt.must_hear else replace(prompt, must_hear=True), step)


_NOTHING: Final[Mapping[str, Marks]] = {}
