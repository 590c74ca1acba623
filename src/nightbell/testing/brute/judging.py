"""Judging: what no call may do, read off what the session does - where it stands, what it says, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from nightbell.call.events import EscalationChanged, HoursFound, Notified, TransferEnded
from nightbell.call.step import (
    Ask,
    AskWorld,
    Finish,
    Hold,
    Say,
    Step,
    TakeDigits,
    TakeMessage,
    TakeNumber,
    Transfer,
)
from nightbell.errors import SessionError
from nightbell.flow.model import Flow, Universal
from nightbell.terms.disposition import Disposition
from nightbell.testing.brute.calls import Call, Calls

__all__ = ["Happens", "Judge"]

Happens: TypeAlias = Callable[[Call], object]
"""Something that happens to a call."""


class Judge(Calls):
    """Calls through one flow, and what is wrong with them: letters of the proof's properties."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.violated: set[str] = set()
        self.why: dict[str, str] = {}

    def found(self, letter: str, call: Call, what: str) -> None:
        """Note a violation, and the first call that showed it."""
        self.violated.add(letter)
        self.why.setdefault(letter, f"{what} at {call.memory.step!r}, floor {call.memory.floor}")

    def judge(self, call: Call, *, quiet: bool) -> None:
        """Judge where a call stands."""
        memory = call.memory
        if memory.closed or memory.failing:
            return
        step = call.step
        if quiet:
            self._turned_away(call, step)
            return
        owed = memory.pending.startswith(("universal:", "correct:", "person", "restart"))
        finish = step if isinstance(step, Finish) else None
        deflects = step.state in self.deflects
        floor = memory.floor
        asks = isinstance(step, Ask | TakeNumber | TakeDigits | TakeMessage | Hold | Transfer | Finish) or deflects
        if not owed and floor is Disposition.D0 and not call.told and asks and not self.tells(step):
            self.found("b", call, "D0 untold")
        if not owed and deflects and floor is not None and floor.pages:
            self.found("e", call, "turned away")
        if finish is not None and not owed:
            self._judge_end(call, finish)
        needs = (
            {
                Disposition.D3: {"screen"},
                Disposition.D4: {"screen"},
                Disposition.D5: {"screen", "gate"},
            }.get(finish.disposition)
            if finish is not None
            else {"screen", "gate"}
            if deflects
            else None
        )
        if needs and call.cleared not in needs:
            self.found("d", call, f"cleared {call.cleared!r}")

    def _judge_end(self, call: Call, step: Finish) -> None:
        floor = call.memory.floor
        if floor is None:
            return
        told = step.disposition is Disposition.D0 and self.tells(step) and floor is Disposition.D0
        if floor.pages and not call.helped and not told:
            self.found("b", call, "ends unhelped")
        if not step.disposition.at_least(floor):
            self.found("e", call, f"ends {step.disposition}")

    def _turned_away(self, call: Call, step: Step) -> None:
        if step.state in self.deflects:
            self.found("c", call, "deflected in silence")
        if isinstance(step, Finish):
            if not step.disposition.at_least(Disposition.DU):
                self.found("c", call, f"silence ends {step.disposition}")
            if not (self.tells(step) or step.promise):
                self.found("c", call, "hung up in silence")

    def nine(self, call: Call, after: Call) -> None:
        """Press 9: it leads to the emergency words."""
        self.press(after, "*9")
        if not self.tells(self._led("nine") or after.step):
            self.found("a", call, "9 leads elsewhere")

    def flag(self, call: Call, flag: Universal, after: Call) -> None:
        """Say a universal: a red flag sets its floor and leads to care."""
        self.say(after, self.words(flag))
        floor = after.memory.floor
        if flag.floor is None or call.memory.failing:
            return
        if floor is None or not floor.at_least(flag.floor):
            self.found("a", call, f"{flag.name} not heeded")
            return
        target = self._led("universal:")
        if target is None and after.memory.pending == f"universal:{flag.name}":
            target = self.plan.steps[self.plan.edges[call.memory.step][after.memory.pending]]
        known = call.told or call.memory.floor is Disposition.D0
        if flag.floor is Disposition.D0:
            lost = not (known or self.tells(call.step)) if target is None else not self.tells(target)
        else:
            lost = target is not None and (isinstance(target, Finish) or target.state in self.deflects)
        if lost:
            self.found("a", call, f"{flag.name} leads to {target.id if target else 'nothing'}")

    def _led(self, outcome: str) -> Step | None:
        """Return where an outcome that begins so has led in the last event."""
        for name, fired in self.fired:
            if fired.startswith(outcome):
                return self.plan.steps[self.plan.edges[name][fired]]
        return None

    def answers_of_world(self, call: Call) -> Iterator[Happens]:
        """Yield every answer of the world that a step waits for."""
        match call.step:
            case AskWorld(what="hours"):
                for hours in ("open", "closed", "holiday"):
                    yield partial(self.tell, kind=HoursFound, timed_out=False, hours=hours)
            case AskWorld():
                for ok in (True, False):
                    yield partial(self.tell, kind=Notified, ok=ok, effect=call.memory.asked_world)
            case Hold():
                for status in ("acknowledged", "exhausted"):
                    yield partial(self.tell, kind=EscalationChanged, status=status, effect=0)
            case Transfer():
                for outcome in ("answered", "busy", "no_answer", "failed"):
                    yield partial(self.tell, kind=TransferEnded, outcome=outcome, effect=call.memory.transfer)
            case _:
                pass

    def not_understood(self, before: Call, how: Happens, call: Call) -> None:
        """Let a caller not be understood, and see where that leads."""
        how(call)
        self.unheard(before, call)

    def unheard(self, call: Call, after: Call) -> None:
        """See where a caller who was neither understood nor cleared is sent with nothing asked in between."""
        asks = Ask | TakeNumber | TakeDigits | TakeMessage
        if not isinstance(call.step, asks) or after.memory.closed or not self._chooses(call.step):
            return
        seen: set[str] = set()
        todo = [after]
        while todo:
            here = todo.pop()
            if here.memory.closed or here.memory.failing or here.memory.step in seen:
                continue
            step = here.step
            seen.add(step.id)
            sent = step.state in self.deflects
            if isinstance(step, Finish):
                sent = not step.disposition.at_least(Disposition.DU)
            if sent and not here.cleared:
                self.found("c", here, f"sent on from {call.memory.step}")
            ways = [self.silence] if isinstance(step, Say | AskWorld) else []
            for happens in (*ways, *(self.answers_of_world(here) if isinstance(step, AskWorld) else ())):
                further = here.copied()
                try:
                    happens(further)
                except SessionError:
                    self.found("f", here, "round for ever without a word")
                    continue
                todo.append(further)

    def _chooses(self, step: Step) -> bool:
        """Tell whether it matters what is said there: a message leads on whether there is one or not."""
        kinds = ("answer:", "got", "recorded", "empty", "exhausted")
        led = {target for outcome, target in self.plan.edges[step.id].items() if outcome.startswith(kinds)}
        return len(led) > 1
