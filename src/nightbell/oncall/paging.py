"""Paging: the life of an escalation as a ``transitions`` table, and where one stands after its history. Pure.

One shared synchronous machine without models; an escalation's cursor is driven through it entry by entry. An entry
that the table does not know at that place is refused: a page after the acknowledgement, a second owner, anything
after the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from transitions import Event, Machine, MachineError

from nightbell.errors import EscalationError
from nightbell.oncall.history import (
    Answered,
    Closed,
    Empty,
    Entry,
    Exhausted,
    Lost,
    Missed,
    Paged,
    Reopened,
    Taken,
)
from nightbell.terms.instant import Instant

__all__ = ["TABLE", "Place", "Standing", "after", "fold", "may_follow"]

Place = Literal["armed", "paging", "exhausted", "owned", "closed"]

TABLE: Final[Mapping[str, Mapping[str, Place]]] = MappingProxyType(
    {
        "armed": {
            "paged": "paging",
            "empty": "armed",
            "exhausted": "exhausted",
            "reopened": "armed",
            "missed": "armed",
            "words": "armed",
            "taken": "owned",
            "closed": "closed",
        },
        "paging": {
            "paged": "paging",
            "empty": "paging",
            "answered": "paging",
            "exhausted": "exhausted",
            "reopened": "paging",
            "missed": "paging",
            "words": "paging",
            "taken": "owned",
            "closed": "closed",
        },
        "exhausted": {
            "paged": "paging",
            "empty": "exhausted",
            "answered": "exhausted",
            "reopened": "exhausted",
            "missed": "exhausted",
            "words": "exhausted",
            "taken": "owned",
            "closed": "closed",
        },
        "owned": {
            "answered": "owned",  # a page that was in flight at the acknowledgement comes to its end
            "missed": "owned",
            "lost": "paging",
            "closed": "closed",
        },
        "closed": {"answered": "closed"},
    }
)
"""Place to what may happen there and where it leads."""


class _Move(Event):
    """An event that does nothing but move, as in ``call.machine``: the rest costs twenty times as much."""

    def trigger(self, model: Any, *_args: Any, **_kwargs: Any) -> bool:
        """Move the cursor over the transition that ``transitions`` keeps for where it stands.

        Raises:
            MachineError: there is none.
        """
        found = self.transitions.get(model.state)
        if not found:
            raise MachineError(f"no {self.name!r} at {model.state!r}")
        model.state = found[0].dest
        return True


class _Machine(Machine):
    """A machine of such events."""

    event_cls = _Move


def _machine() -> Any:
    machine = _Machine(model=None, states=list(TABLE), initial="armed", auto_transitions=False)
    for source, outcomes in TABLE.items():
        for outcome, target in outcomes.items():
            machine.add_transition(outcome, source, target)
    return machine


_EVENTS: Final[Mapping[str, Any]] = _machine().events


@dataclass(slots=True)
class _Cursor:
    """Where an escalation stands; the one thing that transitions writes."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an escalation stands."""

    place: Place = "armed"
    owner: str = ""
    owned_at: Instant | None = None
    round: int = 0
    rung: int = -1
    """The rung that was reached last in this round; -1 for none yet."""
    reached_at: Instant | None = None
    """When that rung was reached."""
    round_at: Instant | None = None
    """When this round began."""
    begun_at: Instant | None = None
    """When the ladder was last begun anew: reopened or lost."""
    open_pages: Mapping[str, str] = field(default_factory=dict)
    """Pages of the last rung that were neither taken nor answered, to their person."""
    reached: bool = False
    """Whether the last rung had anybody."""
    this_round: frozenset[str] = frozenset()
    """Everybody who was paged in this round."""
    losers: frozenset[str] = frozenset()
    """Who had it and lost it."""
    lost_round: int = -1
    """The round that followed: who lost it is left out of it while there are others."""
    reopened: bool = False
    missed: bool = False
    worded: bool = False
    last_at: Instant | None = None


def may_follow(standing: Standing, entry: Entry) -> bool:
    """Tell whether an entry may follow here."""
    return entry.kind in TABLE[standing.place]


def fold(history: Iterable[Entry]) -> Standing:
    """Return where an escalation stands after its history.

    Raises:
        EscalationError: something in it may not follow what is before it.
    """
    standing = Standing()
    for entry in history:
        standing = after(standing, entry)
    return standing


def after(standing: Standing, entry: Entry) -> Standing:
    """Return where it stands after one more entry.

    Raises:
        EscalationError: it may not follow here.
    """
    cursor = _Cursor(standing.place)
    try:
        _EVENTS[entry.kind].trigger(cursor)
    except (KeyError, MachineError) as error:
        raise EscalationError(f"{entry.kind!r} cannot happen to an escalation that is {standing.place}") from error
    place: Place = cursor.state  # type: ignore[assignment] # the table's own words
    return replace(_changed(standing, entry), place=place, last_at=entry.at)


def _changed(standing: Standing, entry: Entry) -> Standing:
    match entry:
        case Paged():
            return _paged(standing, entry)
        case Empty():
            return replace(_reached(standing, entry.round, entry.rung, entry.at), open_pages={}, reached=False)
        case Answered():
            left = {page: who for page, who in standing.open_pages.items() if page != entry.page}
            return replace(standing, open_pages=left)
        case Taken():
            return replace(standing, owner=entry.person, owned_at=entry.at, open_pages={})
        case Lost():
            losers = standing.losers | {entry.person}
            fresh = _anew(replace(standing, owner="", owned_at=None, losers=losers), entry.at)
            return replace(fresh, lost_round=fresh.round)
        case Reopened():
            return replace(_anew(standing, entry.at), reopened=True)
        case Missed():
            return replace(standing, missed=True)
        case Closed() | Exhausted():
            return replace(standing, open_pages={})
        case _:
            return replace(standing, worded=True)


def _anew(standing: Standing, at: Instant) -> Standing:
    """Begin the ladder from its first rung, in a round of its own."""
    return replace(
        standing,
        round=standing.round + (standing.rung >= 0),
        rung=-1,
        reached_at=None,
        round_at=None,
        begun_at=at,
        open_pages={},
        reached=False,
        this_round=frozenset(),
    )


def _reached(standing: Standing, round_: int, rung: int, at: Instant) -> Standing:
    if (round_, rung) == (standing.round, standing.rung):
        return standing
    fresh = round_ != standing.round or standing.round_at is None
    return replace(
        standing,
        round=round_,
        rung=rung,
        reached_at=at,
        round_at=at if fresh else standing.round_at,
        open_pages={},
        this_round=frozenset() if fresh else standing.this_round,
    )


def _paged(standing: Standing, entry: Paged) -> Standing:
    there = _reached(standing, entry.round, entry.rung, entry.at)
    return replace(
        there,
        open_pages={**there.open_pages, entry.page: entry.person},
        reached=True,
        this_round=there.this_round | {entry.person},
    )
