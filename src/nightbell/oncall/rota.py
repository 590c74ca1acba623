"""Rota: who stands in which layer at an instant - one answer each, whatever was swapped, overridden or off. Pure.

What wins, from the strongest: an override, a swap, a holiday, the layer's rotations in their order. A person who
is no longer among the people is nobody, wherever the name still stands: that is how somebody who left is
unreachable at once, queued pages included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import holidays as public_holidays

from nightbell.calendar.walltime import first_at, last_at
from nightbell.oncall.ladder import Ladder
from nightbell.oncall.person import Person
from nightbell.oncall.rotation import Rotation, edges_of, shifts_at
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

__all__ = ["Cover", "Duty", "Holidays", "Layer", "Override", "Rota", "Swap", "on_call"]

Cover = Literal["full", "solo", "none"]
Why = Literal["override", "swap", "holiday", "rotation", "nobody"]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody stands in for whoever it is, until it runs out. One without an end is refused."""

    layer: str
    who: str
    begins: Instant
    ends: Instant

    def holds(self, layer: str, instant: Instant) -> bool:
        """Tell whether it is about that layer at that instant."""
        return layer == self.layer and self.begins <= instant < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Two people take each other's turns for a while, in one layer or, without one, in all."""

    layer: str
    one: str
    other: str
    begins: Instant
    ends: Instant

    def instead_of(self, who: str, layer: str, instant: Instant) -> str:
        """Return who stands there after the swap."""
        if self.layer not in {"", layer} or not self.begins <= instant < self.ends:
            return who
        return {self.one: self.other, self.other: self.one}.get(who, who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Who stands in a layer on holidays: from the hand-over of the day to that of the day after."""

    layer: str
    who: tuple[str, ...]
    """In turn, one holiday each, counted by the day: the same day has the same person every time it is asked."""
    days: frozenset[date]
    public: bool
    """The country's public holidays too."""
    country: str
    hand_over: time
    zone: str

    def at(self, instant: Instant) -> str:
        """Return who stands at an instant; empty when it is no holiday."""
        zone = ZoneInfo(self.zone)
        today = instant.datetime().astimezone(zone).date()
        for day in (today, today - _DAY):  # the one that began last wins where two meet
            begins = first_at(datetime.combine(day, self.hand_over), zone)
            ends = last_at(datetime.combine(day + _DAY, self.hand_over), zone)
            if begins <= instant < ends and self.is_one(day):
                return self.who[day.toordinal() % len(self.who)]
        return ""

    def is_one(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        if day in self.days:
            return True
        return self.public and day in public_holidays.country_holidays(self.country, years=day.year)

    def edges(self, begins: Instant, ends: Instant) -> set[Instant]:
        """Return every instant in [begins, ends) at which a holiday may begin or end."""
        zone = ZoneInfo(self.zone)
        day = begins.datetime().astimezone(zone).date() - _DAY
        found = set()
        while (at := first_at(datetime.combine(day, self.hand_over), zone)) < ends:
            found |= {at, last_at(datetime.combine(day, self.hand_over), zone)}
            day += _DAY
        return {edge for edge in found if begins <= edge < ends}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One place on the ladder: the first of its rotations that has somebody gives the answer."""

    name: str
    rotations: tuple[Rotation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The one answer of a layer at an instant."""

    layer: str
    who: str
    """A person's key; empty for nobody."""
    why: Why
    also: tuple[str, ...] = ()
    """Whose shift still runs while a hand-over overlaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """All of a clinic's oncall.yaml, read and checked."""

    zone: str
    cover: Cover = "full"
    people: Mapping[str, Person] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    """A later one wins over an earlier one."""
    swaps: tuple[Swap, ...] = ()
    holidays: tuple[Holidays, ...] = ()
    coordinator: str = ""
    """Asked first about D3 to D5; empty for nobody."""
    last_resort: tuple[str, ...] = ()
    ladders: Mapping[Disposition, Ladder] = field(default_factory=dict)
    """What differs from ``oncall.ladder.DEFAULTS``."""

    def person(self, key: str) -> Person | None:
        """Return somebody of today's people who can take a page, or None."""
        found = self.people.get(key)
        return found if found is not None and found.reachable else None

    def layer(self, name: str) -> Layer | None:
        """Return a layer by name, or None."""
        return next((layer for layer in self.layers if layer.name == name), None)

    @property
    def pool(self) -> tuple[str, ...]:
        """The last resort that can be reached now."""
        return tuple(key for key in self.last_resort if self.person(key))

    def local(self, instant: Instant) -> datetime:
        """Return the instant as the clinic's clocks show it."""
        return instant.datetime().astimezone(ZoneInfo(self.zone))

    def edges(self, begins: Instant, ends: Instant) -> list[Instant]:
        """Return every instant in [begins, ends) at which some layer's answer may change, in order."""
        found = {begins}
        for layer in self.layers:
            for rotation in layer.rotations:
                found |= edges_of(rotation, begins, ends)
        for days in self.holidays:
            found |= days.edges(begins, ends)
        written = [(each.begins, each.ends) for each in self.overrides]
        written += [(each.begins, each.ends) for each in self.swaps]
        found |= {edge for span in written for edge in span if begins <= edge < ends}
        return sorted(found)


def on_call(rota: Rota, layer: str, instant: Instant) -> Duty:
    """Return the one answer of a layer at an instant; nobody is an answer too.

    Raises:
        KeyError: there is no such layer.
    """
    found = rota.layer(layer)
    if found is None:
        raise KeyError(layer)
    for override in reversed(rota.overrides):
        if override.holds(layer, instant) and rota.person(override.who):
            return Duty(layer=layer, who=override.who, why="override")
    planned = _planned(rota, found, instant)
    who = planned.who
    for swap in rota.swaps:
        who = swap.instead_of(who, layer, instant)
    if who != planned.who and rota.person(who):
        return Duty(layer=layer, who=who, why="swap", also=planned.also)
    return planned


def _planned(rota: Rota, layer: Layer, instant: Instant) -> Duty:
    for days in rota.holidays:
        who = days.at(instant) if days.layer == layer.name else ""
        if who and rota.person(who):
            return Duty(layer=layer.name, who=who, why="holiday")
    for rotation in layer.rotations:
        there = [shift.who for shift in shifts_at(rotation, instant) if rota.person(shift.who)]
        if there:
            others = tuple(who for who in dict.fromkeys(there) if who != there[0])
            return Duty(layer=layer.name, who=there[0], why="rotation", also=others)
    return Duty(layer=layer.name, who="", why="nobody")
