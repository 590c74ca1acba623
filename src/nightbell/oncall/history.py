"""History: everything that happened to one escalation, in order. Values only; ``paging`` says what may follow.

Every entry is durable before anything is done because of it, and nothing else is known of an escalation: where it
stands is folded from its history. A person stands here by key, never by name or number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nightbell.terms.instant import Instant

__all__ = [
    "Answered",
    "Closed",
    "Empty",
    "Entry",
    "Exhausted",
    "Lost",
    "Missed",
    "Outcome",
    "Paged",
    "Reopened",
    "Taken",
    "Words",
]

Outcome = Literal["passed", "no_answer", "busy", "failed", "gone"]
"""What a page came to without being taken; ``gone`` is a person who is no longer among the people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(_At):
    """A person is paged: from here on the page is on its way, sent or not."""

    page: str
    """Unique for ever: escalation, round, rung and person."""
    person: str
    round: int
    rung: int
    kind: Literal["paged"] = "paged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty(_At):
    """A rung had nobody to page; it was reached, and this is why nobody was rung."""

    round: int
    rung: int
    to: str
    kind: Literal["empty"] = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_At):
    """A page ended without being taken."""

    page: str
    outcome: Outcome
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(_At):
    """A person pressed the key: from here on it is theirs, and nobody else is paged."""

    page: str
    person: str
    how: Literal["connect", "ring_back"]
    kind: Literal["taken"] = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(_At):
    """The owner did not close it in time or gave it up; it goes to the next."""

    person: str
    why: Literal["late", "given_up", "gone"]
    kind: Literal["lost"] = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(_At):
    """The promise is near: the ladder begins anew, without rests."""

    kind: Literal["reopened"] = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(_At):
    """The promised time passed and nobody had it: the alarm sounds, the caller is told, the ringing goes on."""

    kind: Literal["missed"] = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(_At):
    """Nobody took it so long that the caller is told where else to turn; the ringing goes on."""

    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted(_At):
    """There is nobody at all to page; the last alarm sounds, and the rota is looked at again."""

    kind: Literal["exhausted"] = "exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(_At):
    """The end, with what came of it. Nothing follows."""

    person: str
    outcome: str
    """A word of a closed list: reached, advised, sent_on, not_reached, merged, false_alarm."""
    kind: Literal["closed"] = "closed"


Entry: TypeAlias = Paged | Empty | Answered | Taken | Lost | Reopened | Missed | Words | Exhausted | Closed
