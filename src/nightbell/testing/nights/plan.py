"""NightPlan: what goes wrong in one night, all of it from one seed."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from nightbell.terms.disposition import Disposition

__all__ = ["KILL_POINTS", "Caller", "Fault", "NightPlan", "night_plan"]

Kind = Literal["kill", "kill_at", "disk_full", "step", "freeze"]

KILL_POINTS: Final = ("written", "ring", "rung", "key", "taken", "message")
"""Where a process is killed on purpose: after a turn was committed, before and after a ring left the house, before
and after a key was made durable, before a message leaves."""
_OUTCOMES: Final = (
    "no_answer",
    "no_answer",
    "passed",
    "busy",
    "failed",
    "raise",
    "lie",
    "slow",
    "late",
    "double",
    "taken",
    "ring_back",
)
_MESSAGES: Final = ("sent", "sent", "busy", "failed", "slow", "raise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who calls and raises a flag."""

    call: str
    after_s: float
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that happens to the process on duty."""

    after_s: float
    """Seconds after its start."""
    kind: Kind
    point: str = ""
    count: int = 1
    """At which crossing of the point it is killed."""
    step_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPlan:
    """One night."""

    seed: int
    scale: float = 30.0
    """Seconds of ladder in one second."""
    callers: tuple[Caller, ...] = ()
    faults: tuple[Fault, ...] = ()
    """One start of the process each; the last start has none."""
    honest_after: int = 0
    """Rings of one escalation after which the next one is taken, so that a night has an end."""
    outcomes: tuple[str, ...] = field(default=_OUTCOMES)
    settle_s: float = 150.0
    """How long the last process has to get a person for everybody."""

    def outcome(self, page: str, copy: int, rings: int) -> str:
        """Return what a ring comes to: the same for the same page, copy and seed."""
        if rings >= self.honest_after:
            return "taken"
        return self.outcomes[_dice(self.seed, page, copy) % len(self.outcomes)]

    def message(self, page: str, copy: int) -> str:
        """Return what a message meets."""
        return _MESSAGES[_dice(self.seed, "m" + page, copy) % len(_MESSAGES)]


def _dice(seed: int, text: str, copy: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{text}/{copy}".encode()).digest()[:4], "big")


def night_plan(seed: int) -> NightPlan:
    """Return the night of a seed."""
    dice = random.Random(seed)  # noqa: S311 - a seed is the point
    urgent = [Disposition.D0, Disposition.D1, Disposition.D1, Disposition.D2, Disposition.DU]
    callers = tuple(
        Caller(call=f"n{seed}c{number}", after_s=dice.uniform(0, 1.2), disposition=dice.choice(urgent))
        for number in range(dice.randint(1, 3))
    )
    faults = tuple(_fault(dice) for _ in range(dice.randint(1, 3)))
    return NightPlan(seed=seed, callers=callers, faults=faults, honest_after=dice.randint(2, 6))


def _fault(dice: random.Random) -> Fault:
    kind: Kind = dice.choice(["kill", "kill_at", "kill_at", "kill_at", "disk_full", "step", "freeze"])
    fault = Fault(after_s=dice.uniform(0.2, 1.5), kind=kind)
    if kind == "kill_at":
        return replace(fault, point=dice.choice(KILL_POINTS), count=dice.randint(1, 3))
    if kind == "step":
        return replace(fault, step_ms=dice.choice([3_600_000, -3_600_000]))
    return fault
