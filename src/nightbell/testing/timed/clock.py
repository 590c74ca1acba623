"""Clock: one call on the real session in audio time, and how long what it did took. Nothing here waits."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.effects import Close, Effect, Play
from nightbell.call.events import CallStarted, Played, TimerFired
from nightbell.call.session import Session
from nightbell.call.step import Hold, Step
from nightbell.call.step import Transfer as Dialling
from nightbell.call.table.lengths import Lengths
from nightbell.flow.model import Flow, Prompt, Reprompts
from nightbell.flow.proof.span import Worst
from nightbell.flow.proof.table import Table
from nightbell.terms.disposition import Disposition
from nightbell.testing.following import recording

__all__ = ["Bounds", "Measured", "Timed"]

_SAFE_WORDS_MS: Final = 30_000
_LONGEST: Final = 1_000
"""Events in one call; none comes near."""


@dataclass(slots=True)
class Measured:
    """What one call took."""

    help_turns: int = 0
    help_ms: int = -1
    """From the answer to a person or to the end of the emergency words; -1 where it came to neither."""
    words_ms: int = 0
    """The longest from an emergency to the end of the emergency words."""
    over: list[str] = field(default_factory=list)
    """Moves that took longer than the table says."""
    closed: bool = False
    ms: int = 0

    def exceeds(self, worst: Worst) -> bool:
        """Tell whether it took longer than is proved."""
        helped = self.help_turns > worst.to_help.turns or self.help_ms > worst.to_help.ms
        return helped or self.words_ms > worst.to_words.ms or self.ms > worst.whole.ms + _SAFE_WORDS_MS


class Bounds:
    """What one flow's table allows, and its prompts' lengths."""

    def __init__(self, flow: Flow, table: Table) -> None:
        self.flow = flow
        self.table = table
        self.fired: list[tuple[str, str]] = []
        self.plan: Plan = recording(compile_flow(flow), self.fired)
        lengths = Lengths(flow, {})
        self.lengths = {
            each.name: lengths.prompt(each) for step in self.plan.steps.values() for each in _prompts(step)
        }
        self.most: dict[tuple[str, str], tuple[int, int]] = {}
        for row in table.rows.values():
            for move in row.moves:
                turns, ms = self.most.get((row.id, move.outcome), (0, 0))
                self.most[row.id, move.outcome] = max(turns, move.turns), max(ms, move.ms)


class Timed:
    """One call; what the world and the caller do is for those who inherit."""

    def __init__(self, measurer: Bounds, random: Random) -> None:
        self.measurer = measurer
        self.plan, self.random = measurer.plan, random
        self.session = Session(self.plan)
        self.measured = Measured()
        self.now = 0
        self.agenda: list[tuple[int, int, Callable[[], None]]] = []
        self.order = count()
        self.timers: dict[str, int] = {}
        self.arrived = self.turns = 0
        self.emergency: int | None = None
        self.crisis = False
        self.eager = random.random()
        """How often the caller does something rather than nothing."""
        self.patient = random.random() < 0.7

    def play(self) -> Measured:
        """Play the call to its end."""
        flow = self.measurer.flow
        caller = None if self.random.random() < 0.2 else "+447700900123"
        self.tell(CallStarted, flow=flow.hash, line="test", caller=caller, called="+442079460123")
        for _ in range(_LONGEST):
            if self.session.closed or not self.agenda:
                break
            self.now, _, happens = heapq.heappop(self.agenda)
            happens()
        self.measured.closed, self.measured.ms = self.session.closed, self.now
        return self.measured

    def later(self, ms: float, happens: Callable[[], None]) -> None:
        """Let something happen after some time."""
        heapq.heappush(self.agenda, (self.now + round(ms), next(self.order), happens))

    def tell(self, kind: type[Any], **fields: Any) -> None:
        """Give the session an event, and take up what it wants."""
        if self.session.closed:
            return
        memory = self.session.memory
        before, floor = memory.step, memory.floor
        under_nine = before.startswith("~nine")  # the words are said there already
        asks = before and not under_nine and self.measurer.table.rows[before].kind in {"ask", "number"}
        tries = memory.noinputs + memory.nomatches + memory.confirmed + 1 if asks else 0
        self.measurer.fired.clear()
        effects = self.session.handle(
            kind(
                clinic="rosewood",
                call="c1",
                seq=memory.seq + 1,
                at_utc=self.now,
                audio_ms=self.now,
                **fields,
            )
        )
        closes = [each for each in effects if isinstance(each, Close)]
        # In a crisis the last words are said again and again (rule 14): nothing bounds that.
        self.crisis = self.crisis or self.session.memory.floor is Disposition.DM
        if not self.crisis:
            self._measure(before, tries, closes[0].reason if closes else "")
        fired = {outcome for _, outcome in self.measurer.fired}
        if "answer:mistake" in fired and self.session.memory.floor is not Disposition.D0:
            self.emergency = None
        nine = "nine" in fired
        raised = self.session.memory.floor is Disposition.D0 and floor is not Disposition.D0
        if nine or (raised and not under_nine):
            self.emergency = self.now if self.emergency is None else self.emergency
        for effect in effects:
            self.take_up(effect)

    def _measure(self, before: str, tries: int, closed: str) -> None:
        for number, (name, fired) in enumerate(self.measurer.fired):
            outcome = "done" if closed in {"end", "silent"} and fired == "hangup" else fired
            known = self.measurer.most.get((name, outcome))
            stood = number == 0 and name == before and outcome != "skip"
            turns, ms = (tries, self.now - self.arrived) if stood else (0, 0)
            more = known is None or turns > known[0] or ms > known[1]
            if more and outcome != "hangup":
                self.measured.over.append(f"{name} {outcome} took {turns} turns and {ms} ms, not {known}")
            self.turns += turns
            self.arrived = self.now
            self._helped(self.plan.steps.get(self.plan.edges[name][fired]))

    def _helped(self, step: Step | None) -> None:
        if isinstance(step, Hold | Dialling) and self.measured.help_ms < 0:
            self.measured.help_turns, self.measured.help_ms = self.turns, self.now

    def run_out(self, timer: str, due: int) -> None:
        """Let a timer run out, unless it was started anew."""
        if self.timers.get(timer) != due:
            return
        del self.timers[timer]
        self.tell(TimerFired, timer=timer)
        self.plan_to_act(3_000)

    def say(self, effect: Play) -> None:
        """Let the words of a prompt take their time; the longest that the table knows, at most."""
        longest = self.measurer.lengths.get(effect.prompt.split(".cy")[0], _SAFE_WORDS_MS)
        ms = longest if self.random.random() < 0.3 else longest * self.random.random()
        self.later(ms, lambda: self._said(effect))
        self.plan_to_act(ms + 6_000)

    def _said(self, effect: Play) -> None:
        memory = self.session.memory
        if memory.playing != effect.n:
            return
        step = self.plan.steps[memory.step]
        row = self.measurer.table.rows[step.id]
        words = row.words and row.must_hear
        emergency = self.emergency
        if words and emergency is not None:
            self.measured.words_ms = max(self.measured.words_ms, self.now - emergency)
            self.emergency = None
        if words and (step.state == self.measurer.flow.emergency or memory.floor is Disposition.D0):
            self._helped_by_words()
        self.tell(Played, effect=effect.n, completed=True, played_ms=1)

    def _helped_by_words(self) -> None:
        if self.measured.help_ms < 0:
            self.measured.help_turns, self.measured.help_ms = self.turns, self.now

    def take_up(self, effect: Effect) -> None:
        """Do what an effect wants."""
        raise AssertionError(effect)

    def plan_to_act(self, within: float) -> None:
        """Let the caller do something, perhaps."""
        del within


def _prompts(step: Step) -> Iterator[Prompt]:
    """Yield everything that a step may say."""
    reprompts = getattr(step, "reprompts", None)
    if isinstance(reprompts, Reprompts):
        yield from (*reprompts.noinput, *reprompts.nomatch)
        yield from filter(None, [reprompts.keys_only])
    for name in ("prompt", "fallback", "confirm"):
        if isinstance(prompt := getattr(step, name, None), Prompt):
            yield prompt
