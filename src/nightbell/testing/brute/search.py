"""Search: every call through a small flow, played on the real session, and what no call may do looked for.

It knows nothing of the table: it gives the session each thing that a caller, silence, noise or the world can bring
about, and judges what the session does. Tries that fail, and prompts that end, are one step, as an outcome of the
machine is; calls that have come to the same control state are one call. Letters are the proof's, a to f.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Final

from nightbell.call.events import HungUp
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.routing import SAME
from nightbell.call.step import Ask, AskWorld, Hold, TakeDigits, TakeMessage, TakeNumber, Transfer
from nightbell.errors import SessionError
from nightbell.flow.model import Flow
from nightbell.terms.disposition import Disposition
from nightbell.testing.brute.calls import Call
from nightbell.testing.brute.judging import Happens, Judge

__all__ = ["Search", "brute_force"]

_MOST_CALLS: Final = 20_000
"""Control states after which a flow is given up; no generated flow comes near."""


def brute_force(flow: Flow, depth: int) -> set[str]:
    """Return the letters of the properties that some call violates.

    Args:
        flow: a small one.
        depth: outcomes in a row that are tried.
    """
    return Search(flow).run(depth)


class Search(Judge):
    """The search over one flow."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.first: dict[tuple[str, Disposition | None], Call] = {}
        """The first call that came to each step with each floor."""
        self.calls = 0
        """How many calls were looked at."""

    def run(self, depth: int) -> set[str]:
        """Search to a depth; return the letters."""
        for quiet in (True, False):
            seen: set[object] = set()
            todo = deque((call, 0) for call in self.begun())
            while todo:
                call, far = todo.popleft()
                key = self.key(call)
                if key in seen:
                    continue
                seen.add(key)
                assert len(seen) < _MOST_CALLS, "too large for brute force"
                self.first.setdefault((call.memory.step, call.memory.floor), call)
                self.judge(call, quiet=quiet)
                if far < depth:
                    todo.extend(
                        (after, far + 1) for after in self._after(call, quiet=quiet) if not after.memory.closed
                    )
            self.calls += len(seen)
        self._rings()
        return self.violated

    def _after(self, call: Call, *, quiet: bool) -> Iterator[Call]:
        for happens in (*self._quietly(call), *(() if quiet else self._spoken(call))):
            after = call.copied()
            try:
                happens(after)
            except SessionError:
                self.found("f", call, "round for ever without a word")
                continue
            if after.memory.closed and after.closes != 1:
                self.found("f", after, "not one disposition")
            yield after

    def _quietly(self, call: Call) -> Iterator[Happens]:
        """Yield what happens though the caller says nothing that can be understood."""
        step = call.step
        yield partial(self.not_understood, call, self.silence)
        yield from self.answers_of_world(call)
        if isinstance(step, Ask | TakeNumber | TakeDigits):
            yield partial(self.not_understood, call, self.garbage)
            yield partial(self.not_understood, call, self.ears)
        if isinstance(step, Ask) and step.policy != "nine":
            yield self.murky

    def _spoken(self, call: Call) -> Iterator[Happens]:
        """Yield what a caller does on purpose."""
        yield from self._answered(call)
        yield partial(self.nine, call)
        yield partial(self.press, keys="0")
        if call.memory.last_no:
            yield self.correct
        if not call.memory.engaged:
            yield partial(self.press, keys="#")
        for universal in self.plan.universals:
            if universal.key is not None and (("recording", "") in self.read or universal.next != SAME):
                yield partial(self.press, keys=universal.key)
            if universal.hear:
                yield partial(self.flag, call, universal)
        yield partial(self.tell, kind=HungUp, by="caller")

    def _answered(self, call: Call) -> Iterator[Happens]:
        step = call.step
        asked = self.plan.steps.get(self.plan.ahead.get(step.id, step.id))
        for possible in asked.answers if isinstance(asked, Ask) else ():
            if possible.key is not None:
                yield partial(self.press, keys=possible.key)
        if isinstance(step, TakeNumber):
            yield partial(self.press, keys="07700900123#")
        if isinstance(step, TakeDigits):
            yield partial(self.press, keys="12#")
        if isinstance(step, TakeMessage):
            yield partial(self.message, text="please ring me")
            for flag in self.flags[:1]:
                yield partial(self.message, text=self.words(flag))

    def _rings(self) -> None:
        """Leave calls to themselves, with each answer of the world, and see that they end."""
        most = 4 * len(self.plan.steps) + 20
        world = any(isinstance(step, AskWorld | Hold | Transfer) for step in self.plan.steps.values())
        asked = {name: COUNTER_LIMIT for name, step in self.plan.steps.items() if isinstance(step, Ask)}
        for begin in self.first.values():
            for answer in range(4 if world else 1):
                self._left_alone(begin.copied(), self.silence, answer, most)
                tired = begin.copied()  # it has gone round before: every question was asked as often as it may be
                tired.memory.visits = {**tired.memory.visits, **asked}
                self._left_alone(tired, self.garbage, answer, most)

    def _left_alone(self, call: Call, how: Happens, answer: int, most: int) -> None:
        for _ in range(most):
            if call.memory.closed or call.memory.floor is Disposition.DM:
                return
            step = call.step
            ways = [self.silence, *self.answers_of_world(call)]
            asks = isinstance(step, TakeNumber | TakeDigits) or (isinstance(step, Ask) and step.policy != "nine")
            try:
                (how if asks else ways[answer % len(ways)])(call)
                if call.memory.pending and call.memory.step == step.id:
                    self.end_words(call)
            except SessionError:
                break
        self.found("f", call, "round for ever")
