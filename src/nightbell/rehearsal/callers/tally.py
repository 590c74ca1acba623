"""Tally: many verdicts as counts - per row and level, per cause, per question - with what so few calls can tell.

Pure sums. An interval says what the calls bound for these voices; nothing here speaks for the world's callers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.call.compile import compile_flow

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.callers.person import Person
    from nightbell.rehearsal.callers.verdict import Verdict

__all__ = [
    "Coverage",
    "RowCount",
    "Share",
    "by_row",
    "causes",
    "coverage",
    "negatives",
    "rule_of_three",
    "wake_ups",
    "wilson",
]

_Z: Final = 1.959964
"""Normal quantile of a 95 % interval."""
_THREE: Final = 3.0
"""-ln(0.05): no event in n trials bounds the rate at 3/n with 95 % confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """What became of the callers of one row at one level."""

    row: str
    level: str
    tried: int
    reached: int
    missed: int
    over_triaged: int


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a total, with its Wilson interval at 95 %."""

    count: int
    total: int

    @property
    def percent(self) -> float | None:
        """The share in percent; None of nothing."""
        return 100 * self.count / self.total if self.total else None

    @property
    def interval(self) -> str:
        """The interval in words: "3 of 120, 95 % interval 0.9 to 7.1 %"."""
        if not self.total:
            return "none tried"
        low, high = wilson(self.count, self.total)
        return f"{self.count} of {self.total}, 95 % interval {100 * low:.1f} to {100 * high:.1f} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of what red-flag callers say first the grammar catches by itself, before any question."""

    universals: Share
    """First words in which a universal with a floor is heard."""
    enough: Share
    """Of these, those whose floor is the caller's own or a more urgent one."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the Wilson score interval of a share at 95 %, both ends between 0 and 1."""
    share = count / total
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    centre, scale = share + _Z**2 / (2 * total), 1 + _Z**2 / total
    low = 0.0 if count == 0 else (centre - spread) / scale
    return low, 1.0 if count == total else (centre + spread) / scale


def rule_of_three(total: int) -> float | None:
    """Return the rate, in percent, that no miss in so many calls bounds with 95 % confidence; None of none."""
    return 100 * _THREE / total if total else None


def by_row(verdicts: Iterable[Verdict]) -> tuple[RowCount, ...]:
    """Count per row and level, rows in the table's order, levels in the order they come in."""
    found: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    levels: dict[str, int] = {}
    for verdict in verdicts:
        if verdict.row:
            level = verdict.level or verdict.tier
            levels.setdefault(level, len(levels))
            found[verdict.row, level].append(verdict)
    return tuple(
        RowCount(
            row=row,
            level=level,
            tried=len(group),
            reached=sum(each.reached for each in group),
            missed=sum(each.missed for each in group),
            over_triaged=sum(each.over_triaged for each in group),
        )
        for (row, level), group in sorted(found.items(), key=lambda item: (int(item[0][0]), levels[item[0][1]]))
    )


def negatives(verdicts: Iterable[Verdict]) -> Share:
    """Count the callers with nothing the matter who had a person paged without a reason that allows it."""
    found = [verdict for verdict in verdicts if verdict.negative]
    return Share(sum(verdict.woke_needlessly for verdict in found), len(found))


def causes(verdicts: Iterable[Verdict]) -> tuple[tuple[str, int], ...]:
    """Count what had a person paged for callers with nothing the matter, the most frequent first."""
    return tuple(Counter(each.cause for each in verdicts if each.negative and each.paged).most_common())


def wake_ups(verdicts: Iterable[Verdict]) -> tuple[tuple[str, int, int], ...]:
    """Count pages per question, universal and rule: the cause, how many, and how many of them needless."""
    pages: Counter[str] = Counter()
    needless: Counter[str] = Counter()
    for verdict in verdicts:
        if verdict.paged and verdict.cause:
            cause = verdict.cause.partition(" (")[0]
            pages[cause] += 1
            needless[cause] += verdict.woke_needlessly
    return tuple((cause, count, needless[cause]) for cause, count in pages.most_common())


def coverage(flow: Flow, people: Sequence[Person]) -> Coverage:
    """Find what the universals of a flow hear in the first words of its red-flag callers, in writing."""
    flags = compile_flow(flow).all_flags
    said = [person for person in people if person.is_red_flag and person.says]
    found = [(person, flags.find(f"{person.says} {person.then}")) for person in said]
    floors = [
        (person, universal.floor) for person, universal in found if universal is not None and universal.floor
    ]
    enough = sum(floor.at_least(person.floor) for person, floor in floors)
    return Coverage(universals=Share(len(floors), len(said)), enough=Share(enough, len(said)))
