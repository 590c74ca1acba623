"""Person: somebody who rings the line - what they say, what is truly the matter, and what is right for them.

Values only. ``callers.load`` makes them from YAML, ``callers.part`` answers for them, ``callers.verdict`` judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nightbell.terms.disposition import Disposition

__all__ = ["CALLER_PREFIX", "Answers", "Company", "Facts", "Kind", "Person", "Product", "Sign", "Since"]

CALLER_PREFIX = "caller-"
"""Before a caller's id: the name of the recording."""

Kind: TypeAlias = Literal[
    "plain",
    "understated",
    "frightened",
    "third_party",
    "elderly",
    "answer_first",
    "correction",
    "hidden_in_booking",
    "negative",
]
Product: TypeAlias = Literal[
    "filler", "toxin", "threads", "laser", "peel", "surgery", "anaesthetic", "unknown", "none"
]
Since: TypeAlias = Literal["today", "days", "weeks", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that a caller can truly have."""

    name: str
    means: str
    rows: tuple[str, ...]
    """Rows of the triage table that ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a caller knows of the treatment, and what the records know of the caller."""

    product: Product = "unknown"
    since: Since = "unknown"
    """days is two to fourteen days, weeks is longer."""
    whom: Literal["self", "other"] = "self"
    history: tuple[tuple[str, int | str], ...] = ()
    """Earlier calls, as in a call script's ``fakes.history``."""
    silent: bool = False
    """Says nothing at all and presses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One caller at one clinic."""

    id: str
    clinic: str
    file: str
    row: str = ""
    """Row of the triage table; "" for a negative."""
    group: str = ""
    """Negatives: what kind of call it is, such as ``bookings``."""
    kind: Kind
    floor: Disposition
    """The least urgent disposition that is right."""
    says: str = ""
    """The words at the first open question; "" for silence and for a sound."""
    then: str = ""
    """Corrections: the words at the next place that listens."""
    sound: str = ""
    """A recording without speech in the place of words: ``fax``."""
    machine: bool = False
    """Its sound has no microphone before it: the line's noise lies under it, and never a room's."""
    signs: frozenset[str] = frozenset()
    facts: Facts = field(default_factory=Facts)
    voice: Literal["", "f", "m"] = ""
    may_page: str = ""
    """Negatives: why a page is right; "" where nobody is to be woken."""
    hangs_up: Literal["", "greeting"] = ""

    @property
    def negative(self) -> bool:
        """Tell whether nothing is the matter."""
        return self.kind == "negative"

    @property
    def is_red_flag(self) -> bool:
        """Tell whether a person must be paged for this caller: D0, D1, DM and D2."""
        return not self.negative and self.floor.pages and self.floor is not Disposition.DU

    @property
    def recording(self) -> str:
        """Name of the recording of ``says``, or of the sound."""
        return f"{CALLER_PREFIX}{self.id}"

    @property
    def recording_then(self) -> str:
        """Name of the recording of ``then``."""
        return f"{self.recording}-then"

    @property
    def speaks(self) -> bool:
        """Tell whether something is said at all."""
        return bool(self.says or self.sound)


Answers: TypeAlias = "dict[str, tuple[str, ...]]"
"""Short answers in several wordings, by name: yes, no, filler, today ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """All callers of a project's flows."""

    signs: tuple[Sign, ...]
    people: tuple[Person, ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, clinic: str) -> tuple[Person, ...]:
        """Return those who ring one clinic."""
        return tuple(person for person in self.people if person.clinic == clinic)

    def rows_of(self, sign: str) -> tuple[str, ...]:
        """Return the rows that ask for a sign."""
        return next((found.rows for found in self.signs if found.name == sign), ())
