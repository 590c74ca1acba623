"""Watching: a session held, event by event, to what is true of every call through every flow.

It says what was not true, in words; it does not choose events. What a flow must be for a call to be safe is the
proof's business: what stands here holds for flows that no proof accepts, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Final
from unittest.mock import patch

from nightbell.call.compile import compile_flow
from nightbell.call.doing import Doing
from nightbell.call.effects import Close, Effect, Escalate, Play, StopTransfer
from nightbell.call.events import Event, Heard, KeyPressed, Played
from nightbell.call.journal import effect_to_json, event_from_json, event_to_json
from nightbell.call.memory import Memory
from nightbell.call.session import Session
from nightbell.call.step import Ask, AskWorld, Finish, Step, TakeDigits, TakeNumber, Transfer
from nightbell.flow.model import Flow
from nightbell.terms import keys
from nightbell.terms.disposition import Disposition
from nightbell.terms.emergency import entries_of
from nightbell.testing.wild.events import MOODS, Mood, Wild

__all__ = ["Watched", "wild_call"]

_BESIDE: Final = frozenset({"call", "star", "watchdog"})
"""Timers that run beside the talk: with these alone, and no words, there is dead air."""


class Watched:
    """A session that is watched; what was found stands in ``faults``."""

    def __init__(self, flow: Flow) -> None:
        """Begin a call that has not started yet."""
        self.session = Session(compile_flow(flow))
        self.faults: list[str] = []
        self.events = 0
        self._closes = 0
        self._effects = 0

    def tell(self, event: Event, *, fails_at: int | None = None) -> list[Effect]:
        """Give the session one event, and look.

        Args:
            event: the event.
            fails_at: let a copy of the session fail at this effect first, and look at what is left of it.
        """
        session, plan = self.session, self.session.plan
        before, saved = deepcopy(session.memory), session.save()
        gathered = dict(session.memory.__dict__)
        if fails_at is not None and _broken_off(Session.load(plan, saved), event, fails_at) != saved:
            self._found("an event that failed left something behind", event, before)
        twin = Session.load(plan, saved)
        effects = session.handle(event)
        self.events += 1
        if _lines(twin.handle(event_from_json(event_to_json(event)))) != _lines(effects):
            self._found("a session that was read back does something else", event, before)
        if twin.save() != session.save():
            self._found("a session that was read back knows something else", event, before)
        if gathered != before.__dict__:
            self._found("a value was changed in place", event, before)
        for what in (*self._ledger(before, effects), *self._now(before, event, effects)):
            self._found(what, event, before)
        return effects

    def _found(self, what: str, event: Event, before: Memory) -> None:
        self.faults.append(f"{what}: {event.kind} {event.seq} at {before.step!r}")

    def _ledger(self, before: Memory, effects: list[Effect]) -> Iterator[str]:
        """Yield what is wrong with effects as such: their numbers, and the one end."""
        memory = self.session.memory
        if [effect.n for effect in effects] != list(range(self._effects, self._effects + len(effects))):
            yield "effects do not count without a gap"
        self._effects += len(effects)
        self._closes += sum(isinstance(effect, Close) for effect in effects)
        if self._closes != int(memory.closed):
            yield "not exactly one end"
        if before.closed and effects:
            yield "something is done after the end"
        if not memory.closed and memory.playing is None and _BESIDE.issuperset(memory.timers):
            yield "dead air"

    def _now(self, before: Memory, event: Event, effects: list[Effect]) -> Iterator[str]:
        """Yield what is wrong with where the call stands now."""
        memory, steps = self.session.memory, self.session.plan.steps
        yield from _floors(before, memory, effects)
        if before.closed or before.failing or not before.step:
            return
        step = steps[before.step]
        yield from self._nine(before, event, effects, step)
        yield from self._flag(before, event)
        if memory.closed or memory.failing:
            return
        if memory.nine and not memory.step.startswith("~nine"):
            yield "a nine is left open elsewhere"
        if memory.confirming and not isinstance(steps[memory.step], Ask):
            yield "an answer is asked about elsewhere"
        if memory.transfer is not None and not isinstance(steps[memory.step], Transfer):
            yield "somebody is dialled for nobody"
        if before.transfer is not None and memory.transfer is None and memory.step != before.step:
            told = event.kind == "transfer_ended" or any(isinstance(effect, StopTransfer) for effect in effects)
            if not told:
                yield "dialling was not stopped"
        if _cuts(before, event, effects, step):
            yield "must-hear words were cut"

    def _nine(self, before: Memory, event: Event, effects: list[Effect], step: Step) -> Iterator[str]:
        memory, flow = self.session.memory, self.session.plan.flow
        entry = isinstance(step, TakeNumber | TakeDigits)
        lone = isinstance(event, KeyPressed) and event.key == keys.EMERGENCY and (before.star or not entry)
        ends = event.kind == "timer_fired" and getattr(event, "timer", "") == "interdigit"
        ends = (
            entry and ends and "interdigit" in before.timers and before.entry in entries_of(flow.clinic.emergency)
        )
        if not (lone or ends):
            return
        if not (memory.nine or memory.floor is Disposition.D0):
            yield "a nine that means nothing"
        said = {effect.state for effect in effects if isinstance(effect, Play)}
        if flow.emergency not in said and not (before.playing is not None and step.state == flow.emergency):
            yield "a nine without its words"

    def _flag(self, before: Memory, event: Event) -> Iterator[str]:
        if isinstance(event, Heard) and event.open_text and not event.phrase:
            flag = self.session.plan.flags[before.step].find(event.open_text)
            floor = self.session.memory.floor
            if flag is not None and flag.floor is not None and (floor is None or floor.rank < flag.floor.rank):
                yield f"{flag.name} was said and raised nothing"


def _floors(before: Memory, memory: Memory, effects: list[Effect]) -> Iterator[str]:
    was = before.floor.rank if before.floor else -1
    now = memory.floor.rank if memory.floor else -1
    if now < was:
        yield "the floor dropped"
    if now == was or memory.floor is None or not memory.floor.pages:
        return
    if memory.escalated is None or memory.escalated.rank < now:
        yield "a floor without its page"
    pages = [effect for effect in effects if isinstance(effect, Escalate)]
    if pages and pages[-1].question == "failure":
        return  # the safe words replace what the step began to say
    heard = [effect.kind for effect in effects if effect.kind in {"escalate", "play", "close", "hang_up"}]
    known = before.escalated is not None and before.escalated.rank >= now
    if not known and heard[:1] != ["escalate"]:
        yield "the page waits for words"


def _cuts(before: Memory, event: Event, effects: list[Effect], step: Step) -> bool:
    """Tell whether something a caller or the world did replaced must-hear words; a failure and a nine may."""
    if before.playing is None or not before.playing_must_hear or isinstance(event, Played):
        return False
    if isinstance(step, Ask) and step.policy == "nine":
        return False  # taken back, or over: the offer is no more than an offer
    if isinstance(step, AskWorld | Finish) and before.asked_world is not None:
        return False  # what is still being said belongs to the step before, and was answered
    plays = [effect for effect in effects if isinstance(effect, Play)]
    return not all(play.safe or play.prompt.split(".")[0] == "emergency" for play in plays)


def _broken_off(session: Session, event: Event, at: int) -> str:
    """Let a session fail at its effect number ``at`` of this event; return it as it is then."""
    real, left = Doing.number, [at]

    def number(doing: Doing) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError
        return real(doing)

    saved = session.save()
    with patch.object(Doing, "number", number):
        try:
            session.handle(event)
        except RuntimeError:
            return session.save()
    return saved


def _lines(effects: list[Effect]) -> list[str]:
    return [effect_to_json(effect) for effect in effects]


def wild_call(flow: Flow, seed: int, moods: tuple[Mood, ...] = MOODS) -> Watched:
    """Play one call of 5 to 60 random events, ended by a hang-up where it has not ended; return what was found."""
    random = Random(seed)  # noqa: S311  # nobody's secret hangs on it
    watched = Watched(flow)
    wild = Wild(watched.session, random, random.choice(moods))
    watched.tell(wild.starts())
    for _ in range(random.randrange(5, 60)):
        if watched.session.closed and random.random() < 0.5:
            break
        watched.tell(wild.next(), fails_at=random.randrange(8) if random.random() < 0.2 else None)
    if not watched.session.closed:
        watched.tell(wild.hangs_up())
    return watched
