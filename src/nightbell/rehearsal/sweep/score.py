"""Score: what a sweep showed - missed red flags by cell with a Wilson interval, and where each phrase breaks."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.callers.tally import wilson
from nightbell.rehearsal.expectations import FailureKind

if TYPE_CHECKING:
    from nightbell.rehearsal.result import CallResult
    from nightbell.rehearsal.sweep.grid import Cell

__all__ = ["Breaking", "Point", "Rate", "as_csv", "breaking_points", "point_of", "rates"]


_COLUMNS: Final = (
    "script", "phrase", "noise", "snr_db", "measured_db", "codec", "loss", "burst", "level_db", "speed", "echo_db",
    "echo_ms", "seed", "missed", "void", "broken", "off_ratio", "why",
)  # fmt: skip
_MISSES: Final = frozenset({FailureKind.DISPOSITION, FailureKind.NOT_PAGED, FailureKind.LATE_PAGE})
_BREAKS: Final = frozenset({FailureKind.CRASHED, FailureKind.NO_END, FailureKind.REPLAY})
_OFF_DB: Final = 0.5
"""So far from the ratio that was asked a call may be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One call of a sweep."""

    script: str
    phrase: str
    """What the caller says with the flag in it."""
    cell: Cell
    measured_db: float | None
    """Words over noise as measured where they went into the line, before echo, codec and losses: of the utterance
    farthest from what was asked. None in a quiet room."""
    missed: bool
    """Nobody was paged in time, or the call ended too low."""
    void: bool = False
    """It shows nothing: the call was safe, and a guard says that nobody was heard."""
    broken: bool = False
    """The run failed, not the ear or the flow: the call crashed, or never came to its end."""
    why: str = ""

    @property
    def off_ratio(self) -> bool:
        """Tell whether the words lay elsewhere over the noise than was asked; who says nothing has no ratio."""
        asked, found = self.cell.snr_db, self.measured_db
        return asked is not None and found is not None and not abs(found - asked) <= _OFF_DB

    @property
    def counts(self) -> bool:
        """Tell whether it shows how the cell does."""
        return not (self.void or self.broken or self.off_ratio)


def point_of(result: CallResult, cell: Cell) -> Point:
    """Return what one call of a sweep showed."""
    kinds = {failure.kind for failure in result.failures}
    broken, missed = bool(kinds & _BREAKS), bool(kinds & _MISSES)
    flagged = [answer for _, many in result.script.answers for answer in many if answer.red_flag]
    return Point(
        script=result.script.name.partition("@")[0],
        phrase=next((answer.say or answer.press for answer in flagged), ""),
        cell=cell,
        measured_db=result.measured_db,
        missed=missed and not broken,
        void=bool(kinds) and not missed and not broken,
        broken=broken,
        why="; ".join(str(failure) for failure in result.failures),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Many calls of one kind of line."""

    line: str
    snr_db: float | None
    missed: int
    of: int
    low: float
    high: float
    """Wilson interval, 95 %."""

    @property
    def rate(self) -> float:
        """Share of red flags that nobody was paged for in time."""
        return self.missed / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaking:
    """Where a phrase breaks on one kind of line."""

    phrase: str
    line: str
    breaks_db: float | None
    """The highest ratio at which it was missed; None where it never was."""
    held_db: float | None
    """The lowest ratio down to which it was never missed; None where it was missed everywhere."""


def rates(points: Iterable[Point]) -> tuple[Rate, ...]:
    """Return the rate of every kind of line at every ratio, the worst first; the same call again counts once."""
    found: dict[tuple[str, float | None], list[Point]] = defaultdict(list)
    same: set[tuple[str, str]] = set()
    for point in points:
        if not point.counts or (again := (point.script, point.cell.line)) in same:
            continue
        if not point.cell.by_chance:
            same.add(again)
        found[point.cell.line, point.cell.snr_db].append(point)
    made = []
    for (line, snr), many in found.items():
        missed = sum(point.missed for point in many)
        low, high = wilson(missed, len(many))
        made.append(Rate(line=line, snr_db=snr, missed=missed, of=len(many), low=low, high=high))
    return tuple(sorted(made, key=lambda rate: (-rate.rate, -rate.high, rate.line, rate.snr_db or 0)))


def breaking_points(points: Iterable[Point]) -> tuple[Breaking, ...]:
    """Return where each phrase breaks on each kind of line, the weakest first. Quiet rooms have no ratio."""
    found: dict[tuple[str, str], dict[float, bool]] = defaultdict(dict)
    for point in points:
        if point.cell.snr_db is not None and point.counts:
            had = found[point.phrase, point.cell.line]
            had[point.cell.snr_db] = had.get(point.cell.snr_db, False) or point.missed
    made = []
    for (phrase, line), missed in found.items():
        broke = max((snr for snr, gone in missed.items() if gone), default=None)
        held = min((snr for snr in missed if broke is None or snr > broke), default=None)
        made.append(Breaking(phrase=phrase, line=line, breaks_db=broke, held_db=held))
    worst = float("-inf")
    return tuple(sorted(made, key=lambda one: (-(worst if one.breaks_db is None else one.breaks_db), one.phrase)))


def as_csv(points: Sequence[Point]) -> str:
    """Return one line for each call, with all that brings it about again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for point in points:
        cell, line = point.cell, point.cell.condition
        writer.writerow(
            [
                point.script,
                point.phrase,
                cell.noise,
                "" if cell.snr_db is None else f"{cell.snr_db:g}",
                "" if point.measured_db is None else f"{point.measured_db:.2f}",
                line.codec,
                f"{line.loss:g}",
                f"{line.burst:g}",
                f"{line.level_db:g}",
                f"{line.speed:g}",
                "" if line.echo_db is None else f"{line.echo_db:g}",
                "" if line.echo_db is None else line.echo_ms,
                cell.seed,
                int(point.missed),
                int(point.void),
                int(point.broken),
                int(point.off_ratio),
                point.why,
            ]
        )
    return out.getvalue()
