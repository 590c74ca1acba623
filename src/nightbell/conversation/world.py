"""World: what a call asks that is neither line, ears, voice nor journal. A port; bootstrap provides it.

Contract: every method returns or raises; the conversation bounds each with its effect's limit and turns a late or
failed answer into the time-out outcome.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from nightbell.call.effects import Escalate, Notify, RingBack, Transfer
from nightbell.line.port import Line
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.promise import Promise

__all__ = ["Ended", "Escalated", "Past", "Person", "Status", "Transferred", "World"]

Ended = Literal["answered", "busy", "no_answer", "failed", "hangup"]
Status = Literal["recorded", "ringing", "acknowledged", "exhausted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a number."""

    contacts_96h: int = 0
    filler_contacts_96h: int = 0
    silent_96h: int = 0
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"
    filler_14d: Literal["yes", "no", "unknown"] = "unknown"
    treating: str = ""
    """Who treated this caller lately, by their key in oncall.yaml."""
    route: tuple[str, ...] = ()
    """Whom to ring for this caller, in order, by their keys in oncall.yaml."""
    frequent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """What became of a page so far."""

    status: Status = "recorded"
    taken_after_ms: int | None = None
    """Worlds in audio time only: when a person will take it, audio milliseconds from now."""
    exhausted_after_ms: int | None = None
    """Worlds in audio time only: when nobody will be left to ask, audio milliseconds from now."""
    changes: AsyncIterator[Status | Person] | None = None
    """Worlds in real time: what becomes of the page, as it happens; followed until the call is over. A person who
    took it and is to be connected comes before their ``acknowledged``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What became of dialling somebody for the caller."""

    outcome: Ended
    after_ms: int = 0
    """Worlds in audio time only: audio milliseconds from dialling to that outcome."""
    person: Person | None = None
    """Worlds in real time: who answered, to be connected with the caller."""


class Person(Protocol):
    """Somebody who took the call and waits to be connected."""

    async def talk(self, line: Line) -> object:
        """Connect them with the caller until either is gone; cancelled, put them down.

        Raises:
            LineFailed: this line cannot be connected.
        """

    async def hang_up(self) -> None:
        """Put them down: there is nobody to connect them with; safe to repeat."""


class World(Protocol):
    """The world outside the call."""

    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        """Look for earlier calls of a number."""

    async def hours(self, now: Instant) -> Literal["open", "closed", "holiday"]:
        """Tell whether the clinic is open."""

    async def promise(self, disposition: Disposition, now: Instant) -> Promise:
        """Make a promise; the caller hears it only after it was committed."""

    async def notify(self, effect: Notify) -> bool:
        """Put something on a list for people; the row itself was committed with the event."""

    async def escalate(self, effect: Escalate) -> Escalated:
        """Get a person; the page's row was committed with the event."""

    async def transfer(self, effect: Transfer) -> Transferred:
        """Dial somebody by role and wait for what becomes of it; cancelled, it stops dialling."""

    async def ring_back(self, effect: RingBack) -> None:
        """Ring a dropped caller back; the row was committed with the event."""
