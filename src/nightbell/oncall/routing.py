"""Routing: whom a page rings, in which order - who treated the caller, then who is on call, then the pool. Pure.

It knows keys of oncall.yaml, no numbers and no names. How long each is rung, and what follows, is the ladder's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nightbell.terms.instant import Instant

__all__ = ["Duty", "OnDuty", "nobody", "route"]

Cover = Literal["full", "solo", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who there is at one instant, by the keys of oncall.yaml."""

    on_call: tuple[str, ...] = ()
    """In the order in which they are rung."""
    pool: tuple[str, ...] = ()
    """Everybody who may be rung when those do not answer."""


Duty = Callable[[Instant], OnDuty]
"""Who is on duty when; the rota answers it."""


def nobody(now: Instant) -> OnDuty:
    """Know nobody: the rota is not asked, and whoever carries the page out finds them."""
    del now
    return OnDuty()


def route(treating: str, duty: OnDuty, cover: Cover) -> tuple[str, ...]:
    """Return whom to ring, in order, each once.

    Args:
        treating: who treated the caller lately; "" where nobody is known.
        duty: who is on call, and who else there is.
        cover: ``full`` rings who treated the caller first (they know what was done), then who is on call, then
            the pool. ``solo`` rings one person and nobody else: there is no other to wake. ``none`` has no
            clinician, so neither of the first two: the pool alone is told, and callers hear the emergency words
            at once (DESIGN section 4, rule 9).

    Returns:
        Keys; () where nobody is known.
    """
    known = {*duty.on_call, *duty.pool}
    first = (treating,) if treating in known else ()
    if cover == "none":
        return tuple(dict.fromkeys(duty.pool))
    if cover == "solo":
        return (*duty.on_call, *first, *duty.pool)[:1]
    return tuple(dict.fromkeys((*first, *duty.on_call, *duty.pool)))
