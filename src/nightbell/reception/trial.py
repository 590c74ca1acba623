"""Trial: the ladder of a page that nobody is rung for, climbed by the planner of real ones.

The same rota, steps and waits, the same rounds without an end; what it would have done stands in a history
that is kept nowhere. It rings nothing: who climbs it does, and tells what came of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.errors import EscalationError
from nightbell.oncall.history import Answered, Empty, Entry, Exhausted, Missed, Paged, Reopened, Taken, Words
from nightbell.oncall.planning import (
    Case,
    Exhaust,
    Miss,
    PagePeople,
    Reopen,
    SayWords,
    SkipEmpty,
    Wait,
    ladder_of,
    next_move,
)

if TYPE_CHECKING:
    from nightbell.call.effects import Escalate
    from nightbell.oncall.rota import Rota
    from nightbell.terms.instant import Instant

__all__ = ["Step", "Trial"]

Step: TypeAlias = PagePeople | SayWords | Exhaust | Wait
"""What is to be done: ring, tell the caller, tell that there is nobody, or wait."""
_MOST_MOVES: Final = 64


class Trial:
    """One page's."""

    def __init__(self, rota: Rota, page: Escalate, now: Instant) -> None:
        """Take who is on call, what the page is about, and when it went out."""
        self._rota = rota
        self._case = Case(id="trial", disposition=page.disposition, began=now, treating=page.treating or None)

    def raised(self, page: Escalate, now: Instant) -> bool:
        """Take a page that is more urgent; tell whether it has another ladder, which begins anew."""
        urgent = replace(self._case, disposition=page.disposition, began=now, history=())
        if page.disposition.rank <= self._case.disposition.rank:
            return False
        if ladder_of(self._rota, urgent) == ladder_of(self._rota, self._case):
            self._case = replace(self._case, disposition=page.disposition)
            return False
        self._case = urgent
        return True

    def step(self, now: Instant) -> Step:
        """Return what is to be done now; it counts as done.

        Raises:
            EscalationError: the ladder does not come to rest.
        """
        for _ in range(_MOST_MOVES):
            found = next_move(self._rota, self._case, now)
            match found:
                case PagePeople():
                    for who in found.people:
                        page = found.page_of(self._case, who)
                        self._add(Paged(at=now, page=page, person=who, round=found.round, rung=found.rung))
                case SayWords():
                    self._add(Words(at=now))
                case Exhaust():
                    self._add(Exhausted(at=now))
                case SkipEmpty():
                    self._add(Empty(at=now, round=found.round, rung=found.rung, to=found.to))
                case Reopen():
                    self._add(Reopened(at=now))
                case Miss():
                    self._add(Missed(at=now))
                case _:
                    pass
            if isinstance(found, Step):
                return found
        raise EscalationError("the ladder does not come to rest")

    def ended(self, step: PagePeople, person: str, now: Instant, *, passed: bool) -> None:
        """Take that somebody who picked up did not take it: they passed it on, or pressed nothing.

        It means nothing once a more urgent page has begun another ladder.
        """
        page = step.page_of(self._case, person)
        if page in {entry.page for entry in self._case.history if isinstance(entry, Paged)}:
            self._add(Answered(at=now, page=page, outcome="passed" if passed else "no_answer"))

    def taken(self, step: PagePeople, person: str, how: Literal["connect", "ring_back"], now: Instant) -> None:
        """Take that somebody pressed the key."""
        self._add(Taken(at=now, page=step.page_of(self._case, person), person=person, how=how))

    def _add(self, entry: Entry) -> None:
        self._case = replace(self._case, history=(*self._case.history, entry))
