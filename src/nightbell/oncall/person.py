"""Person: somebody who can be on call, how they are reached, and when they would rather not be. Pure.

A person shows itself by its key alone: names and numbers are private (DESIGN section 4, rule 7).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final, Literal

__all__ = ["BY_HAND", "METHODS", "Method", "MethodKind", "Person", "Quiet", "Role"]

MethodKind = Literal["telephone", "sms", "email", "push", "webhook"]
Role = Literal["clinician", "coordinator", "service", "admin"]

METHODS: Final[tuple[MethodKind, ...]] = ("telephone", "sms", "email", "push", "webhook")
BY_HAND: Final[MethodKind] = "telephone"
"""The one method that can take a page: an acknowledgement is a key pressed by a person (rule 8)."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to reach somebody."""

    kind: MethodKind
    address: str = field(repr=False)
    """E.164 for telephone and sms; a mailbox; a topic; an http(s) address."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A span of the day in which somebody is not to be woken for what can wait; it may run over midnight."""

    begins: time
    ends: time

    def holds(self, wall: time) -> bool:
        """Tell whether a time on the person's wall lies in it."""
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be on call."""

    key: str
    name: str = field(repr=False)
    role: Role = field(default="clinician", repr=False)
    """What callers may be told of them; ``service`` is a human answering service."""
    methods: tuple[Method, ...] = field(default=(), repr=False)
    """In the order in which they are tried."""
    quiet: tuple[Quiet, ...] = field(default=(), repr=False)
    pin: str = field(default="", repr=False)
    """Digits that must be keyed before a page is told or taken; empty for none."""

    @property
    def reachable(self) -> bool:
        """Tell whether a page to this person can ever be taken."""
        return any(method.kind == BY_HAND for method in self.methods)

    @property
    def mobile(self) -> str:
        """The number that rings, E.164; empty where there is none."""
        return next((method.address for method in self.methods if method.kind == BY_HAND), "")

    def is_quiet(self, local: datetime) -> bool:
        """Tell whether the person asked for quiet at a local time."""
        wall = local.time().replace(tzinfo=None, fold=0)
        return any(span.holds(wall) for span in self.quiet)

    @property
    def private(self) -> tuple[str, ...]:
        """What no caller, log or page may show: the name and every address."""
        return tuple(part for part in (self.name, *(method.address for method in self.methods)) if part)
