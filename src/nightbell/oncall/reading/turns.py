"""Turns: ``rotations:`` and ``layers:`` of oncall.yaml, and the gaps that their lists leave."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from nightbell.calendar.hours import DAYS
from nightbell.document.node import Mapping, Scalar
from nightbell.oncall.person import Person
from nightbell.oncall.reading.taking import Taking
from nightbell.oncall.rota import Layer
from nightbell.oncall.rotation import Listed, Repeating, Rotation, Shift

__all__ = ["Names", "read_layers", "read_rotations", "zone_at"]

_EXAMPLE: Final = 'such as nights: {kind: weekly, people: [anna, ben], hand_over: "mon 18:00", starts: 2026-11-02}'
_SHIFTS: Final = "such as shifts: [{who: anna, from: 2026-12-24 18:00, to: 2026-12-25 18:00}]"
_ANCHOR: Final = date(2026, 1, 5)
"""A Monday: where the turns of a rotation without ``starts`` are counted from."""


@dataclass(frozen=True, slots=True)
class Names:
    """Who can be named, and where faults about names go."""

    people: AnyMapping[str, Person]
    taking: Taking

    def known(self, name: Scalar, *, rung: bool = True) -> str | None:
        """Return a person's key; a fault and None where nobody has it or nobody can ring them."""
        person = self.people.get(name.text)
        if person is None:
            known = ", ".join(self.people) or "nobody"
            self.taking.fault(name.place, "NB712", f"{name.text!r} is not among the people", f"there are: {known}")
            return None
        if rung and not person.reachable:
            hint = "give a mobile: or a telephone: - a page is taken by a key, and nothing else has keys"
            self.taking.fault(name.place, "NB714", f"{name.text!r} has no telephone", hint)
            return None
        return person.key


def zone_at(node: Mapping, otherwise: str, taking: Taking) -> str:
    """Return the zone that a part of the file names, or the one around it."""
    given = taking.text(node, "zone")
    if given is None:
        return otherwise
    try:
        return ZoneInfo(given.text).key
    except (KeyError, ValueError, OSError):
        taking.fault(given.place, "NB170", f"there is no zone {given.text!r}", "a name such as Europe/London")
        return otherwise


def read_rotations(node: Mapping, zone: str, names: Names) -> dict[str, Rotation]:
    """Return the rotations that could be read, by name."""
    taking, found = names.taking, dict[str, Rotation]()
    for key, entry in taking.entries(node.get("rotations"), "rotations", _EXAMPLE):
        kind = taking.text(entry, "kind", of=key.place, needed=_EXAMPLE)
        there = zone_at(entry, zone, taking)
        if kind is None:
            continue
        if kind.text in {"weekly", "daily"}:
            made: Rotation | None = _repeating(key, entry, kind.text, there, names)
        elif kind.text == "list":
            made = _listed(key, entry, ZoneInfo(there), names)
        else:
            taking.fault(kind.place, "NB711", f"{kind.text!r} is no kind of rotation", "weekly, daily or list")
            made = None
        if made is not None:
            found[key.text] = made
    return found


def _repeating(key: Scalar, entry: Mapping, kind: str, zone: str, names: Names) -> Repeating | None:
    taking = names.taking
    taking.only(entry, ("kind", "people", "hand_over", "starts", "every", "zone"))
    given = taking.names(entry.get("people"))
    people = [known for each in given if (known := names.known(each)) is not None]
    if not given:
        place = (entry.get("people") or key).place
        taking.fault(place, "NB713", f"nobody is in {key.text!r}", "people: [anna, ben]")
    length = 7 if kind == "weekly" else 1
    example = "mon 18:00" if kind == "weekly" else "18:00"
    moment = taking.text(entry, "hand_over", of=key.place, needed=f'such as hand_over: "{example}"')
    starts = taking.text(entry, "starts")
    anchor = taking.day(starts) if starts else _ANCHOR
    every = taking.text(entry, "every")
    turns = int(every.text) if every and every.text.isdigit() and 0 < int(every.text) <= 52 else 1
    if every and str(turns) != every.text:
        taking.fault(every.place, "NB124", f"{every.text!r} is no number of turns", "from 1 to 52")
    if moment is None or anchor is None or not people:
        return None
    day, _, clock = moment.text.strip().rpartition(" ")
    if (kind == "weekly") != (day in DAYS):
        taking.fault(
            moment.place, "NB711", f"{moment.text!r} is no hand-over of a {kind} rotation", f'"{example}"'
        )
        return None
    hand_over = taking.time(Scalar(clock, moment.place))
    if hand_over is None:
        return None
    if day:
        anchor += timedelta(days=(DAYS.index(day) - anchor.weekday()) % 7)
    return Repeating(
        name=key.text, people=tuple(people), days=length * turns, anchor=anchor, hand_over=hand_over, zone=zone
    )


def _listed(key: Scalar, entry: Mapping, zone: ZoneInfo, names: Names) -> Listed | None:
    taking = names.taking
    taking.only(entry, ("kind", "shifts", "zone"))
    shifts = []
    for each in taking.items(entry.get("shifts"), "shifts", _SHIFTS):
        taking.only(each, ("who", "from", "to"))
        who = taking.text(each, "who", needed=_SHIFTS)
        span = taking.span(each, zone, "a shift")
        known = names.known(who) if who is not None else None
        if known is not None and span is not None:
            shifts.append(Shift(*span, known))
    if not shifts:
        taking.fault((entry.get("shifts") or key).place, "NB713", f"nobody is in {key.text!r}", _SHIFTS)
        return None
    return Listed(name=key.text, shifts=tuple(sorted(shifts)))


def read_layers(node: Mapping, rotations: dict[str, Rotation], taking: Taking) -> tuple[Layer, ...]:
    """Return the layers in the order of the file; a hole in a list that nothing covers is a fault."""
    given = node.get("layers")
    if not isinstance(given, Mapping):
        if given is not None:
            taking.fault(given.place, "NB123", "'layers' must be a mapping", "such as layers: {first: nights}")
        return tuple(Layer(name=name, rotations=(each,)) for name, each in rotations.items())
    found = []
    written = {key.text for key, _ in node.mapping("rotations").items}
    for key, value in given.items:
        named = taking.names(value)
        for each in named:
            if each.text not in written:
                known = ", ".join(rotations) or "none"
                taking.fault(each.place, "NB720", f"there is no rotation {each.text!r}", f"there are: {known}")
        those = tuple(rotations[each.text] for each in named if each.text in rotations)
        if not named:
            taking.fault(value.place, "NB713", f"nobody is in the layer {key.text!r}", "name a rotation")
        if those:
            found.append(Layer(name=key.text, rotations=those))
            _no_hole(key, those, taking)
    return tuple(found)


def _no_hole(key: Scalar, rotations: tuple[Rotation, ...], taking: Taking) -> None:
    if any(isinstance(rotation, Repeating) for rotation in rotations):
        return
    shifts = sorted(shift for each in rotations if isinstance(each, Listed) for shift in each.shifts)
    until = shifts[0].ends
    for before, shift in pairwise(shifts):
        until = max(until, before.ends)
        if shift.begins > until:
            hint = f"from {until} to {shift.begins}; add a shift, or a weekly rotation behind the list"
            taking.fault(key.place, "NB716", f"nobody is in the layer {key.text!r} for a while", hint)
            return
