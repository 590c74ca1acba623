"""Rotation: whose turn it is by the week, the day or a list. Pure; who really stands in is ``oncall.rota``'s.

A shift begins at the first occurrence of its local hand-over time and ends at the last one, so that the night the
clocks go back overlaps by that hour and the one they go forward leaves no gap. A hand-over time that a night
skips is the end of the skipped hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from nightbell.calendar.walltime import first_at, last_at
from nightbell.terms.instant import Instant

__all__ = ["Listed", "Repeating", "Rotation", "Shift", "edges_of", "shifts_at"]

_AROUND_DAYS: Final = 2
"""Days looked at on either side of an instant's local date: zones differ by a day, and Apia left one out."""


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One turn of one person: from ``begins`` up to, not including, ``ends``."""

    begins: Instant
    ends: Instant
    who: str
    """A person's key."""

    def holds(self, instant: Instant) -> bool:
        """Tell whether the instant lies in it."""
        return self.begins <= instant < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """People in turn, for ever, each for as many days: seven for weekly, one for daily."""

    name: str
    people: tuple[str, ...]
    days: int
    """Days of one turn."""
    anchor: date
    """A day on which the first person's turn begins; the turns go on from it both ways."""
    hand_over: time
    zone: str

    def turn(self, number: int) -> Shift:
        """Return a turn; 0 is the one that begins at the anchor, -1 the one before it."""
        return _turn(self, number)

    def around(self, first: date, last: date) -> Iterator[Shift]:
        """Yield the turns that touch these local days, in order."""
        reach = timedelta(days=_AROUND_DAYS)
        begin = (first - reach - self.anchor).days // self.days - 1
        end = (last + reach - self.anchor).days // self.days + 1
        for number in range(begin, end + 1):
            yield self.turn(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Shifts that were written out one by one; between them there may be nobody."""

    name: str
    shifts: tuple[Shift, ...]


Rotation: TypeAlias = Repeating | Listed


def shifts_at(rotation: Rotation, instant: Instant) -> tuple[Shift, ...]:
    """Return the shifts that hold an instant, the one that began last first: it is the one on duty.

    A repeating rotation always has one, and two while a hand-over overlaps; a list may have none.
    """
    found = [shift for shift in _near(rotation, instant) if shift.holds(instant)]
    return tuple(sorted(found, key=lambda shift: (shift.begins, shift.ends), reverse=True))


def edges_of(rotation: Rotation, begins: Instant, ends: Instant) -> set[Instant]:
    """Return every instant in [begins, ends) at which the answer may change."""
    if isinstance(rotation, Listed):
        shifts: Iterator[Shift] = iter(rotation.shifts)
    else:
        zone = ZoneInfo(rotation.zone)
        shifts = rotation.around(*(at.datetime().astimezone(zone).date() for at in (begins, ends)))
    return {edge for shift in shifts for edge in (shift.begins, shift.ends) if begins <= edge < ends}


@lru_cache(maxsize=8192)
def _turn(rotation: Repeating, number: int) -> Shift:
    zone = ZoneInfo(rotation.zone)
    day = rotation.anchor + timedelta(days=number * rotation.days)
    until = day + timedelta(days=rotation.days)
    return Shift(
        first_at(datetime.combine(day, rotation.hand_over), zone),
        last_at(datetime.combine(until, rotation.hand_over), zone),
        rotation.people[number % len(rotation.people)],
    )


def _near(rotation: Rotation, instant: Instant) -> Iterator[Shift]:
    if isinstance(rotation, Listed):
        yield from rotation.shifts
        return
    day = instant.datetime().astimezone(ZoneInfo(rotation.zone)).date()
    yield from rotation.around(day, day)
