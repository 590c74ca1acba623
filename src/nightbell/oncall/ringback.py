"""RingBack: when a caller who dropped is rung back, how often, and what follows if nobody answers. Pure.

DESIGN section 4, rule 6: three times in ten minutes after a red flag, once otherwise; then a page or the morning
list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nightbell.terms.instant import Instant

__all__ = ["FIRST_AFTER_MS", "Follow", "Over", "RingNow", "RingWait", "Step", "Try", "next_ring_back"]

FIRST_AFTER_MS: Final = 20_000
"""Before the first ring: who was cut off by a dead spot is in the net again, and may be ringing us."""
_RINGING_LIMIT_MS: Final = 90_000
"""A try without an end after so long was cut by a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One time the caller was rung."""

    at: Instant
    outcome: str
    """ringing, reached, no_answer, busy, failed; over when all is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNow:
    """Ring the caller now."""

    number: int
    """Which time, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingWait:
    """Not yet."""

    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Nobody answered: do what was said."""

    then: Literal["page", "morning_list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Nothing more to do."""


Step: TypeAlias = RingNow | RingWait | Follow | Over


def next_ring_back(
    asked: Instant,
    tries: Sequence[Try],
    now: Instant,
    *,
    times: int,
    within_ms: int,
    then: Literal["page", "morning_list"],
    reachable: bool,
    in_hand: bool,
) -> Step:
    """Return what is to be done about one dropped caller.

    Args:
        asked: when the caller dropped.
        tries: what was done so far.
        now: the time.
        times: how often to ring.
        within_ms: within how long.
        then: what follows if nobody answers.
        reachable: whether the number is known.
        in_hand: whether a clinician has the case already and rings the caller.
    """
    if any(one.outcome in {"reached", "over"} for one in tries):
        return Over()
    if in_hand:
        return Over()
    if not reachable:
        return Follow(then=then)
    last = tries[-1] if tries else None
    if last is not None and last.outcome == "ringing" and now.ms < last.at.ms + _RINGING_LIMIT_MS:
        return RingWait(until=last.at.plus(ms=_RINGING_LIMIT_MS))
    if len(tries) >= times:
        return Follow(then=then)
    spread = 0 if times <= 1 else (within_ms - FIRST_AFTER_MS - _RINGING_LIMIT_MS) // (times - 1)
    due = asked.plus(ms=FIRST_AFTER_MS + spread * len(tries))
    if now < due:
        return RingWait(until=due)
    return RingNow(number=len(tries) + 1)
