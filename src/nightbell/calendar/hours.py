"""Hours: when a clinic is open, by its own clock, holidays and the two odd nights of the year included.

Pure: the instant comes in, nothing reads a clock. How a time is spoken is not decided here. Opening hours are
wall-clock times: an hour that a night skips begins when the clocks have gone forward, one that comes twice is
open both times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import holidays

from nightbell.calendar.walltime import first_at
from nightbell.terms.instant import Instant

__all__ = ["DAYS", "OpeningHours", "Span", "regions_of"]

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KNOWN: Final = frozenset(holidays.list_supported_countries())
"""Countries whose holidays are known; elsewhere the clinic names its closed days itself."""
LOOKAHEAD_DAYS: Final = 400
"""How far the next opening is looked for: a year and its holidays. A clinic that opens later opens never."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``opens`` up to, not including, ``closes``; one day."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``09:00-17:30``.

        Raises:
            ValueError: no such span, or it does not run forward.
        """
        first, _, last = text.partition("-")
        span = cls(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))
        if span.opens >= span.closes:
            raise ValueError(f"{text!r} does not run forward")
        return span


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """A clinic's week and where it is."""

    week: tuple[tuple[str, tuple[Span, ...]], ...]
    """Weekday to spans; a day that is left out is closed."""
    zone: str
    country: str = ""
    """ISO 3166 alpha-2, for its public holidays; none without it."""
    region: str = ""
    """A part of the country with its own holidays, as the ``holidays`` library names it: ``ENG``."""
    extra_closed: frozenset[date] = frozenset()

    @classmethod
    def of(
        cls,
        hours: Sequence[tuple[str, Sequence[str]]],
        *,
        zone: str,
        country: str = "",
        region: str = "",
        closed_on: Sequence[str] = (),
    ) -> OpeningHours:
        """Build from the spans of clinic.yaml, as ``flow.model.Clinic.hours`` holds them."""
        week = tuple((day, tuple(Span.parse(text) for text in spans)) for day, spans in hours)
        closed = frozenset(date.fromisoformat(day) for day in closed_on)
        return cls(week=week, zone=zone, country=country, region=region, extra_closed=closed)

    def holiday(self, day: date) -> str:
        """Return the name of the public holiday on that day, ``""`` if it is none."""
        if day in self.extra_closed:
            return "closed"
        if self.country not in _KNOWN:
            return ""
        return str(_holidays(self.country, self.region, day.year).get(day) or "")

    def holiday_at(self, instant: Instant) -> str:
        """Return the name of the holiday that it is at the clinic, ``""`` if none."""
        return self.holiday(self.local(instant).date())

    def local(self, instant: Instant) -> datetime:
        """Return the instant as the clinic's own clock shows it."""
        return instant.datetime().astimezone(ZoneInfo(self.zone))

    def state_at(self, instant: Instant) -> Literal["open", "closed", "holiday"]:
        """Return what the clinic is, as a ``schedule`` state asks it; a holiday is one at any hour of its day."""
        if self.holiday_at(instant):
            return "holiday"
        return "open" if self.is_open(instant) else "closed"

    def is_open(self, instant: Instant) -> bool:
        """Tell whether the clinic is open."""
        here = self.local(instant)
        if self.holiday(here.date()):
            return False
        wall = here.time().replace(fold=0)
        return any(span.opens <= wall < span.closes for span in self.spans(here.date()))

    def next_opening(self, instant: Instant) -> Instant | None:
        """Return the next instant at which the clinic opens, after ``instant``; None if not within 400 days.

        While it is open that is the next time it opens again, not now.
        """
        first = self.local(instant).date()
        for opening in self._openings(first):
            if opening > instant:
                return opening
        return None

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the spans of a day's weekday, in order, holidays not considered."""
        return tuple(sorted(dict(self.week).get(DAYS[day.weekday()], ())))

    def _openings(self, first: date) -> Iterator[Instant]:
        for ahead in range(LOOKAHEAD_DAYS):
            day = first + timedelta(days=ahead)
            if self.spans(day) and not self.holiday(day):
                for span in self.spans(day):
                    yield self._instant(day, span.opens)

    def _instant(self, day: date, wall: time) -> Instant:
        """Return the first instant of a wall-clock time; one that is skipped becomes the end of the gap."""
        return first_at(datetime.combine(day, wall), ZoneInfo(self.zone))


def regions_of(country: str) -> tuple[str, ...]:
    """Return the parts of a country that have public holidays of their own; () where there are none."""
    return tuple(holidays.list_supported_countries().get(country, ()))


@lru_cache(maxsize=64)
def _holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year, with those that are moved to a working day."""
    return dict(holidays.country_holidays(country, subdiv=region or None, years=year))
