"""Turning: one turn of an escalation - ask the planner until it says wait, then write all in one transaction.

It is worked out on what was read, without a lock, and written only if nobody wrote meanwhile. What is to be sent,
said or sounded because of the turn is done by ``runner`` only after the commit: so nothing is done that is not
durable, and what is durable is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from sqlalchemy import Connection

from nightbell.errors import EscalationError
from nightbell.escalation.case_rows import File, Send, load, move
from nightbell.oncall.history import Closed, Empty, Entry, Exhausted, Lost, Missed, Paged, Reopened, Words
from nightbell.oncall.paging import Standing, fold
from nightbell.oncall.planning import (
    Case,
    Exhaust,
    Finished,
    Lose,
    Miss,
    Move,
    PagePeople,
    Reopen,
    SayWords,
    SkipEmpty,
    Wait,
    next_move,
)
from nightbell.oncall.rota import Rota
from nightbell.terms.instant import Instant

__all__ = ["Turn", "plan_turn", "write_turn"]

_MOST_MOVES: Final = 64
"""Moves in one turn: a ladder has a dozen rungs. More is a fault of the planner, and must not spin."""
_LATELY_MS: Final = 300_000
"""How long after an alarm was due a process that begins sounds it once more."""
_FAR_MS: Final = 10 * 366 * 24 * 3_600_000
"""When a closed case is due again: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn came to."""

    file: File
    """As it stands after the turn."""
    standing: Standing
    until: Instant
    """When it is due again."""
    now: Instant
    """The escalation's own time."""
    new: tuple[Entry, ...]
    """What happens in it; written by ``write_turn``."""
    methods: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Page to the kinds of ways it goes out by."""
    moves: tuple[Move, ...] = ()
    finished: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.new) or self.until != self.file.next_at

    def sends_of(self, page: str) -> tuple[Send, ...]:
        """Return the ways by which a page of this turn goes out."""
        kinds = enumerate(self.methods[page])
        return tuple(Send(page=page, method=n, kind=kind, state="due", copies=0) for n, kind in kinds)

    @property
    def cut_off(self) -> tuple[Move, ...]:
        """The moves of the last minutes that somebody had to be told of, and may not have been: not this turn's.

        Who is told twice is worse off by a message; who is not told, by a caller.
        """
        since = self.now.plus(ms=-_LATELY_MS)
        lately = [one for one in self.file.case.history if one.at >= since and one not in self.new]
        found: list[Move] = [Miss() for one in lately if isinstance(one, Missed)]
        found += [SayWords() for one in lately if isinstance(one, Words)]
        if self.standing.place == "exhausted" and not any(isinstance(one, Exhausted) for one in self.new):
            found.append(Exhaust())
        return tuple(found)

    @property
    def pages(self) -> tuple[Paged, ...]:
        """The pages that this turn sends out."""
        return tuple(entry for entry in self.new if isinstance(entry, Paged))


@dataclass(slots=True)
class _Plan:
    case: Case
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    methods: dict[str, Sequence[str]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.case = replace(self.case, history=(*self.case.history, entry))


def plan_turn(connection: Connection, escalation: str, rota_of: Callable[[str], Rota], now: Instant) -> Turn:
    """Read an escalation and work its turn out; nothing is written.

    Args:
        connection: the transaction.
        escalation: whose turn it is.
        rota_of: clinic to its rota as it is now.
        now: this process's time; an escalation's own time is never before its last entry.

    Raises:
        EscalationError: there is no such escalation.
    """
    file = load(connection, escalation)
    rota = rota_of(file.clinic)
    standing = fold(file.case.history)
    here = _not_before(file, standing, now)
    plan = _Plan(file.case)
    if standing.place not in {"owned", "closed"} and (leader := _leader(file)):
        plan.add(Closed(at=here, person="", outcome=f"merged:{leader}"[:64]))
        until = here.plus(ms=_FAR_MS)
    else:
        owner = next((who for _, _, who in file.others if who), None)
        if owner is not None and plan.case.treating is None:
            plan.case = replace(plan.case, treating=owner)  # who has the caller already is asked first
        until = _climb(plan, rota, here)
    after = fold(plan.case.history)
    return Turn(
        file=replace(file, case=plan.case, place=after.place, owner=after.owner),
        standing=after,
        now=here,
        until=until,
        new=tuple(plan.entries),
        moves=tuple(plan.moves),
        methods=plan.methods,
        finished=after.place == "closed",
    )


def write_turn(connection: Connection, done: Turn, executor: str) -> Turn:
    """Make a turn durable inside the caller's transaction; return it as it stands then.

    Raises:
        Conflict: somebody else moved the escalation meanwhile; the turn has to be worked out anew.
        Fenced: this process may not any more.
    """
    move(
        connection,
        done.file,
        done.new,
        done.standing,
        next_at=done.until,
        now=done.now,
        executor=executor,
        methods=done.methods,
    )
    return replace(done, file=replace(done.file, last_seq=done.file.last_seq + len(done.new), next_at=done.until))


def _not_before(file: File, standing: Standing, now: Instant) -> Instant:
    """Return now, but never before what has happened: a clock that was set back must not undo it.

    A flag was raised before anybody could read it, whatever the two processes' clocks say. What is begun for a
    promise is begun when it is due, and may lie ahead.
    """
    began = now if file.origin == "promise" else file.case.began
    return max(now, began, standing.last_at or now)


def _leader(file: File) -> str:
    """Return the escalation of the same call that leads this one: more urgent, or as urgent and older."""
    mine = (-file.case.disposition.rank, file.case.id)
    leaders = sorted((-urgent.rank, id_) for id_, urgent, _ in file.others)
    return leaders[0][1] if leaders and leaders[0] < mine else ""


def _climb(plan: _Plan, rota: Rota, now: Instant) -> Instant:
    for _ in range(_MOST_MOVES):
        found = next_move(rota, plan.case, now)
        if isinstance(found, Wait):
            return found.until
        if isinstance(found, Finished):
            return now.plus(ms=_FAR_MS)
        plan.moves.append(found)
        for entry in _entries(found, plan, rota, now):
            plan.add(entry)
    raise EscalationError("the ladder does not come to rest")


def _entries(found: Move, plan: _Plan, rota: Rota, now: Instant) -> list[Entry]:
    match found:
        case PagePeople():
            pages: list[Entry] = []
            for who in found.people:
                page = found.page_of(plan.case, who)
                kinds = [method.kind for method in rota.people[who].methods]
                plan.methods[page] = [kind for kind in kinds if found.by_hand or kind != "telephone"]
                pages.append(Paged(at=now, page=page, person=who, round=found.round, rung=found.rung))
            return pages
        case SkipEmpty():
            return [Empty(at=now, round=found.round, rung=found.rung, to=found.to)]
        case SayWords():
            return [Words(at=now)]
        case Reopen():
            return [Reopened(at=now)]
        case Miss():
            return [Missed(at=now)]
        case Lose():
            why: Literal["gone", "late"] = "gone" if found.gone else "late"
            return [Lost(at=now, person=found.person, why=why)]
        case Exhaust():
            return [Exhausted(at=now)]
        case _:
            raise EscalationError("the planner said something that is no move")
