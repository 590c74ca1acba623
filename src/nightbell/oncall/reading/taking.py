"""Taking: what every part of oncall.yaml is read with - typed values from nodes, faults kept with their place.

A value that cannot be read is a fault and None; reading goes on, so that all faults are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from nightbell.calendar.walltime import exists, first_at, last_at
from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.terms.instant import Instant

__all__ = ["NAME", "Taking"]

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DURATION: Final = re.compile(r"([0-9]{1,4})(s|m|h)")
_UNIT_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000}
_WHEN: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})")
_WHEN_HINT: Final = "write the day and the time on the clinic's clocks, such as 2026-12-24 18:00"


@dataclass(slots=True)
class Taking:
    """Nodes to values; ``faults`` grows."""

    faults: list[Diagnostic] = field(default_factory=list)

    def fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Keep a fault."""
        self.faults.append(Diagnostic(place, code, message, hint))

    def only(self, node: Mapping, known: tuple[str, ...]) -> None:
        """Refuse every key that means nothing here."""
        for key, _ in node.items:
            if key.text not in known:
                self.fault(key.place, "NB121", f"{key.text!r} means nothing here", f"known: {', '.join(known)}")

    def entries(self, node: Node | None, what: str, example: str) -> Iterator[tuple[Scalar, Mapping]]:
        """Yield the named mappings below a node; nothing where it is not there."""
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.fault(node.place, "NB123", f"{what!r} must be a mapping", example)
            return
        for key, value in node.items:
            if not NAME.fullmatch(key.text):
                hint = "use lower-case letters, digits and _, beginning with a letter"
                self.fault(key.place, "NB126", f"{key.text!r} is no name for an entry", hint)
            if isinstance(value, Mapping):
                yield key, value
            else:
                self.fault(value.place, "NB123", f"{key.text!r} must be a mapping", example)

    def items(self, node: Node | None, what: str, example: str) -> Iterator[Mapping]:
        """Yield the mappings of a list; nothing where it is not there."""
        if node is None:
            return
        if not isinstance(node, Sequence):
            self.fault(node.place, "NB123", f"{what!r} must be a list", example)
            return
        for each in node.items:
            if isinstance(each, Mapping):
                yield each
            else:
                self.fault(each.place, "NB123", f"an entry of {what!r} must be a mapping", example)

    def text(self, node: Mapping, key: str, *, of: Place | None = None, needed: str = "") -> Scalar | None:
        """Return a text, or None; ``needed`` is the hint for one that must be there."""
        found = node.get(key)
        if isinstance(found, Scalar) and found.text.strip():
            return found
        if found is not None and not isinstance(found, Scalar):
            self.fault(found.place, "NB123", f"{key!r} must be text", needed)
        elif found is not None:
            self.fault(found.place, "NB128", f"{key!r} has no value", needed)
        elif needed:
            self.fault(of or node.place, "NB122", f"there is no {key!r}", needed)
        return None

    def names(self, node: Node | None) -> tuple[Scalar, ...]:
        """Return the texts of a list, or the one text there is."""
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return (node,) if node.text.strip() else ()
        if isinstance(node, Mapping):
            self.fault(node.place, "NB123", "a list of names is wanted", "such as [anna, ben]")
            return ()
        found = []
        for each in node.items:
            if isinstance(each, Scalar):
                found.append(each)
            else:
                self.fault(each.place, "NB123", "a name is wanted", "such as [anna, ben]")
        return tuple(found)

    def time(self, node: Scalar) -> time | None:
        """Return a time of the day such as 18:00."""
        try:
            if re.fullmatch(r"\d{1,2}:\d{2}", node.text.strip()):
                hour, _, minute = node.text.strip().partition(":")
                return time(int(hour), int(minute))
        except ValueError:
            pass  # 25:00 has the form of a time and is none: told below like all the rest
        self.fault(node.place, "NB711", f"{node.text!r} is no time", "write 18:00; 23:59 is the last")
        return None

    def day(self, node: Scalar) -> date | None:
        """Return a day such as 2026-12-25."""
        try:
            return date.fromisoformat(node.text.strip())
        except ValueError:
            self.fault(node.place, "NB124", f"{node.text!r} is no day", "write 2026-12-25")
            return None

    def duration(self, node: Scalar, text: str | None = None) -> int | None:
        """Return milliseconds."""
        match = _DURATION.fullmatch(node.text.strip() if text is None else text)
        if match is None or int(match[1]) == 0:
            self.fault(node.place, "NB124", f"{text or node.text!r} is no duration", "such as 45s or 2m")
            return None
        return int(match[1]) * _UNIT_MS[match[2]]

    def span(self, node: Mapping, zone: ZoneInfo, what: str) -> tuple[Instant, Instant] | None:
        """Return from when to when; the first occurrence of ``from`` to the last one of ``to``."""
        begins = self.text(node, "from", needed=_WHEN_HINT)
        hint = "write to: - without an end it would be forgotten and hold for ever"
        if node.get("to") is None:
            self.fault(node.place, "NB718", f"{what} without an end", hint)
        ends = self.text(node, "to")
        if begins is None or ends is None:
            return None
        first, last = self.wall(begins, zone), self.wall(ends, zone)
        if first is None or last is None:
            return None
        found = first_at(first, zone), last_at(last, zone)
        if found[0] >= found[1]:
            self.fault(ends.place, "NB719", f"{what} ends before it begins", "from: is before to:")
            return None
        return found

    def wall(self, node: Scalar, zone: ZoneInfo) -> datetime | None:
        """Return a local day and time; one that the clocks skip is refused."""
        match = _WHEN.fullmatch(node.text.strip())
        try:
            found = datetime.fromisoformat(f"{match[1]} {match[2]}") if match else None
        except ValueError:
            found = None
        if found is None:
            self.fault(node.place, "NB124", f"{node.text!r} is no point in time", _WHEN_HINT)
            return None
        if not exists(found, zone):
            hint = "the clocks go forward over it; write the time after the change"
            self.fault(node.place, "NB717", f"{node.text} does not exist in {zone.key}", hint)
            return None
        return found
