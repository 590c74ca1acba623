"""ICal: a rota out to a calendar (RFC 5545) and shifts in from one. No number and no name goes out, keys only.

An event's title is a person's key, and its category the layer. Recurring events are not read: an .ics that
repeats says so as a fault, because a rule that two programs read differently is a night without a clinician.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from nightbell.calendar.walltime import exists, first_at, last_at
from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.oncall.person import Person
from nightbell.oncall.rota import Rota
from nightbell.oncall.rotation import Listed, Shift
from nightbell.oncall.timeline import timeline
from nightbell.terms.instant import Instant

__all__ = ["MOST_BYTES", "as_ical", "read_ical"]

MOST_BYTES: Final = 1_000_000
_PRODUCT: Final = "-//Nightbell//rota//EN"


def as_ical(rota: Rota, clinic: str, begins: Instant, ends: Instant, *, now: Instant) -> bytes:
    """Return the rota between two instants as a calendar; a gap is an event that says so.

    Args:
        rota: who stands where.
        clinic: the clinic's name, part of each event's id.
        begins: where it starts.
        ends: where it stops.
        now: stands in each event as the time it was made (DTSTAMP).
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for stretch in timeline(rota, begins, ends):
        duty, event = stretch.duty, Event()
        event.add("uid", f"{clinic}.{duty.layer}.{stretch.begins.ms}@nightbell")
        event.add("dtstamp", now.datetime())
        event.add("dtstart", stretch.begins.datetime())
        event.add("dtend", stretch.ends.datetime())
        event.add("summary", duty.who or "NOBODY")
        event.add("categories", [duty.layer])
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def read_ical(
    content: bytes, file: str, people: Mapping[str, Person], zone: str
) -> tuple[Listed, tuple[Diagnostic, ...]]:
    """Read the events of a calendar as a list of shifts, and every fault.

    Args:
        content: the file.
        file: its name, as faults show it.
        people: who may be named.
        zone: for times without a zone of their own, and for whole days.
    """
    place, faults, shifts = Place(file), list[Diagnostic](), list[Shift]()
    try:
        calendar = Calendar.from_ical(content if len(content) <= MOST_BYTES else b"")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        hint = "export it anew, as .ics, at most a megabyte"
        return Listed(name=file, shifts=()), (
            Diagnostic(place, "NB725", f"no calendar ({type(error).__name__})", hint),
        )
    for number, event in enumerate(calendar.walk("VEVENT"), start=1):
        found = _shift(event, people, ZoneInfo(zone))
        if isinstance(found, Shift):
            shifts.append(found)
        else:
            hint = "events need a beginning, an end, and a person's key as their title"
            faults.append(Diagnostic(place, "NB725", f"event {number} {found}", hint))
    return Listed(name=file, shifts=tuple(sorted(shifts))), in_order(faults)


def _shift(event: Any, people: Mapping[str, Person], zone: ZoneInfo) -> Shift | str:
    """Return an event as a shift, or what is wrong with it."""
    who = str(event.get("SUMMARY", "")).strip()
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        return "repeats itself; write it out, or make it a rotation"
    if who not in people:
        return "names nobody among the people"
    if not people[who].reachable:
        return "names somebody without a telephone"
    begins = _instant(event.get("DTSTART"), zone, last=False)
    ends = _instant(event.get("DTEND"), zone, last=True)
    if begins is None or ends is None:
        return "has no beginning, no end, or a time that does not exist"
    if begins >= ends:
        return "ends before it begins"
    return Shift(begins, ends, who)


def _instant(given: Any, zone: ZoneInfo, *, last: bool) -> Instant | None:
    """Return a DATE or DATE-TIME as an instant; a floating one is in the clinic's zone."""
    value = getattr(given, "dt", None)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return Instant.of(value)
    if isinstance(value, datetime):
        wall = value
    elif isinstance(value, date):
        wall = datetime.combine(value, datetime.min.time())
    else:
        return None
    if not exists(wall, zone):
        return None
    if last:
        return last_at(wall, zone)
    return first_at(wall, zone)
