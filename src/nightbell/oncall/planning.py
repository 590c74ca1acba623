"""Planning: (rota, case, now) to what is to be done next about an escalation, or until when to wait. Pure.

It is asked again after everything that it asked for was done and is in the history, and whenever the rota or the
history changed. People are resolved anew each time, so somebody who was taken off the list is not paged, whatever
was planned before. It writes nothing and rings nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from nightbell.oncall.history import Entry
from nightbell.oncall.ladder import (
    COORDINATOR,
    DEFAULTS,
    LAST_RESORT,
    OWN_LIMIT_MS,
    ROUND_AT_LEAST_MS,
    SOLO,
    TREATING,
    WORDS_AFTER_MS,
    Ladder,
    Rung,
)
from nightbell.oncall.paging import Standing, fold
from nightbell.oncall.promise import DEFAULTS_MS
from nightbell.oncall.rota import Rota, on_call
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = [
    "LOOK_AGAIN_MS",
    "Case",
    "Exhaust",
    "Finished",
    "Lose",
    "Miss",
    "Move",
    "PagePeople",
    "Reopen",
    "SayWords",
    "SkipEmpty",
    "Wait",
    "deadline_of",
    "ladder_of",
    "next_move",
]

LOOK_AGAIN_MS: Final = 15_000
"""How often a rota that has nobody is looked at again."""
_LIVE: Final = frozenset({Disposition.D0, Disposition.D1, Disposition.DM})
"""What is rung without rests from the first minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One escalation."""

    id: str
    disposition: Disposition
    began: Instant
    promised: Instant | None = None
    """By when somebody must have rung; by the disposition's own limit when left out."""
    treating: str | None = None
    """Key of the clinician who did the treatment, if that is known."""
    history: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePeople:
    """Page these people, all of them now."""

    people: tuple[str, ...]
    round: int
    rung: int
    wait_ms: int
    """How long each may ring: until the next rung is due."""
    by_hand: bool
    """Whether telephones ring; messages go out either way."""

    def page_of(self, case: Case, person: str) -> str:
        """Return the page's id, unique for ever."""
        return f"{case.id}/{self.round}.{self.rung}.{person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipEmpty:
    """The rung is due and has nobody: say so in the history, and go on."""

    round: int
    rung: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SayWords:
    """Nobody has it for so long: the caller hears the emergency words; the ringing goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """The promise is near: begin the ladder anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """The promised time is here and nobody has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """The owner did not close it in time, or is gone."""

    person: str
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhaust:
    """Nobody at all can be paged: the last alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do until then, unless something happens."""

    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """It is closed."""


Move: TypeAlias = PagePeople | SkipEmpty | SayWords | Reopen | Miss | Lose | Exhaust | Wait | Finished


def deadline_of(case: Case) -> Instant:
    """Return by when somebody must have it."""
    return case.promised or case.began.plus(ms=DEFAULTS_MS[case.disposition])


def ladder_of(rota: Rota, case: Case) -> Ladder:
    """Return the clinic's ladder for this case, or the one that every clinic has."""
    if rota.cover != "full" and case.disposition in _LIVE:
        return rota.ladders.get(case.disposition, SOLO)
    return rota.ladders.get(case.disposition, DEFAULTS[case.disposition])


def next_move(rota: Rota, case: Case, now: Instant) -> Move:
    """Return what is to be done now.

    Raises:
        EscalationError: the history is none.
    """
    standing = fold(case.history)
    if standing.place == "closed":
        return Finished()
    if standing.place == "owned":
        return _owned(rota, case, standing, now)
    words, near, due = _words_at(rota, case), _near_at(rota, case), deadline_of(case)
    if words is not None and now >= words and not standing.worded:
        return SayWords()
    if now >= due and not standing.missed:
        return Miss()
    if near is not None and now >= near and not standing.reopened:
        return Reopen()
    move = _climb(rota, case, standing, now)
    if not isinstance(move, Wait):
        return move
    ahead = [move.until]
    ahead += [words] if words is not None and not standing.worded else []
    ahead += [due] if not standing.missed else []
    ahead += [near] if near is not None and not standing.reopened else []
    return Wait(until=min(ahead))


def _owned(rota: Rota, case: Case, standing: Standing, now: Instant) -> Move:
    assert standing.owned_at is not None
    until = standing.owned_at.plus(ms=OWN_LIMIT_MS[case.disposition])
    gone = standing.owner not in rota.people
    if now >= until or gone:
        return Lose(person=standing.owner, gone=gone)
    return Wait(until=min(until, now.plus(ms=LOOK_AGAIN_MS * 4)))  # an owner may be taken off the list meanwhile


def _words_at(rota: Rota, case: Case) -> Instant | None:
    if case.disposition not in _LIVE:
        return None
    return case.began if rota.cover != "full" else case.began.plus(ms=WORDS_AFTER_MS)


def _near_at(rota: Rota, case: Case) -> Instant | None:
    near = ladder_of(rota, case).near_ms
    return deadline_of(case).plus(ms=-near) if near else None


def _climb(rota: Rota, case: Case, standing: Standing, now: Instant) -> Move:
    """Return the next rung if it is due, else until when to wait."""
    ladder = ladder_of(rota, case)
    pressing = case.disposition in _LIVE or standing.reopened or standing.missed
    rungs = _rungs(rota, case, ladder)
    round_, rung = standing.round, standing.rung + 1
    if standing.rung < 0:
        due = standing.begun_at or case.began
    else:
        due = _rung_over(standing, rungs[min(standing.rung, len(rungs) - 1)])
    if rung >= len(rungs):
        assert standing.round_at is not None
        rest = 0 if pressing else ladder.again_ms
        due = max(due.plus(ms=rest), standing.round_at.plus(ms=ROUND_AT_LEAST_MS))
        round_, rung = round_ + 1, 0
    if standing.place == "exhausted" and standing.last_at is not None:
        due = max(due, standing.last_at.plus(ms=LOOK_AGAIN_MS))
    if now < due:
        return Wait(until=due)
    able = [key for each in rungs for key in _people(rota, case, each, now, quiet=False)]
    if not able:
        if standing.place != "exhausted":
            return Exhaust()
        return Wait(until=now.plus(ms=LOOK_AGAIN_MS))
    fresh = round_ != standing.round
    there = _people(rota, case, rungs[rung], now, quiet=not pressing)
    if round_ == standing.lost_round and set(able) - standing.losers:
        there = [key for key in there if key not in standing.losers]
    people = _not_twice(there, standing, rungs[rung], fresh=fresh)
    if not people:
        return SkipEmpty(round=round_, rung=rung, to=rungs[rung].to)
    by_hand = ladder.by_hand or standing.missed
    return PagePeople(people=people, round=round_, rung=rung, wait_ms=rungs[rung].wait_ms, by_hand=by_hand)


def _rung_over(standing: Standing, rung: Rung) -> Instant:
    """Return when the rung that was reached last is over: at its time, or when all on it have said no."""
    assert standing.reached_at is not None
    assert standing.last_at is not None
    if not standing.reached or not standing.open_pages:
        return standing.last_at if standing.reached else standing.reached_at
    return standing.reached_at.plus(ms=rung.wait_ms)


def _rungs(rota: Rota, case: Case, ladder: Ladder) -> tuple[Rung, ...]:
    """Return the rungs that this clinic and this case have."""
    there = tuple(rung for rung in ladder.rungs if _is_there(rota, case, rung.to))
    return there or ladder.rungs


def _is_there(rota: Rota, case: Case, to: str) -> bool:
    if to == TREATING:
        return case.treating is not None
    if to == COORDINATOR:
        return bool(rota.coordinator)
    if to == LAST_RESORT:
        return bool(rota.last_resort)
    return rota.layer(to) is not None or to in rota.people


def _people(rota: Rota, case: Case, rung: Rung, now: Instant, *, quiet: bool) -> list[str]:
    """Return who of a rung can be paged now; ``quiet`` leaves out who asked for quiet at this hour."""
    if rung.to == TREATING:
        found: tuple[str, ...] = (case.treating,) if case.treating else ()
    elif rung.to == COORDINATOR:
        found = (rota.coordinator,)
    elif rung.to == LAST_RESORT:
        found = rota.pool
    elif rota.layer(rung.to) is not None:
        found = (on_call(rota, rung.to, now).who,)
    else:
        found = (rung.to,)
    local = rota.local(now)
    there = []
    for key in dict.fromkeys(found):
        person = rota.person(key)
        if person is not None and not (quiet and person.is_quiet(local)):
            there.append(key)
    return there


def _not_twice(people: list[str], standing: Standing, rung: Rung, *, fresh: bool) -> tuple[str, ...]:
    """Leave out who was paged in this round already; the last resort rings everybody when nobody else is left."""
    left = tuple(key for key in people if fresh or key not in standing.this_round)
    return left or (tuple(people) if rung.to == LAST_RESORT else ())
