"""WallTime: what a time on the wall of a zone is as an instant, in the two odd nights of the year too.

A time that the clocks give twice has a first and a last occurrence; one that they skip has none, and the end of
the gap stands for it. So a span that begins at a first occurrence and ends at a last one overlaps its neighbour
in such a night, and never leaves a gap. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nightbell.terms.instant import Instant

__all__ = ["change_between", "exists", "first_at", "is_ambiguous", "last_at"]


def first_at(wall: datetime, zone: ZoneInfo) -> Instant:
    """Return the first instant at which clocks in ``zone`` show ``wall`` (naive); the gap's end if none do."""
    return _at(wall, zone, last=False)


def last_at(wall: datetime, zone: ZoneInfo) -> Instant:
    """Return the last instant at which clocks in ``zone`` show ``wall`` (naive); the end of the gap if none do."""
    return _at(wall, zone, last=True)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks in ``zone`` ever show ``wall``."""
    here, there = _both(wall, zone)
    return here <= there


def is_ambiguous(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks in ``zone`` show ``wall`` twice."""
    here, there = _both(wall, zone)
    return here < there


def change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, to the second, from which the offset of ``high`` holds; at ``low`` it does not."""
    after = high.astimezone(zone).utcoffset()
    seconds = int((high - low).total_seconds())
    below, above = 0, seconds
    while above - below > 1:
        middle = (below + above) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == after:
            above = middle
        else:
            below = middle
    return low + timedelta(seconds=above)


def _at(wall: datetime, zone: ZoneInfo, *, last: bool) -> Instant:
    here, there = _both(wall, zone)
    if there < here:  # skipped: read with the offset after the change it lies before the gap, else behind it
        return Instant.of(change_between(there, here, zone))
    return Instant.of(there if last else here)


def _both(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the wall time read with the offset before a change (fold 0) and after it (fold 1), as UTC."""
    here = wall.replace(tzinfo=zone, fold=0)
    return here.astimezone(UTC), here.replace(fold=1).astimezone(UTC)
