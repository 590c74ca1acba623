"""Timeline: who stands where between two instants, and where nobody or two do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from nightbell.oncall.rota import Duty, Rota, on_call
from nightbell.terms.instant import Instant

__all__ = ["Stretch", "gaps", "overlaps", "timeline"]

MOST_DAYS: Final = 400
"""Longest stretch that is looked at: a year and its holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One answer of one layer for a while: from ``begins`` up to, not including, ``ends``."""

    begins: Instant
    ends: Instant
    duty: Duty

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.ends.ms - self.begins.ms) / 3_600_000


def timeline(rota: Rota, begins: Instant, ends: Instant) -> tuple[Stretch, ...]:
    """Return every layer's answers between two instants, layer by layer, without a hole in any.

    Raises:
        ValueError: more than ``MOST_DAYS``.
    """
    if ends.ms - begins.ms > MOST_DAYS * 86_400_000:
        raise ValueError(f"more than {MOST_DAYS} days")
    edges = [*rota.edges(begins, ends), ends]
    return tuple(stretch for layer in rota.layers for stretch in _of_layer(rota, layer.name, edges))


def gaps(rota: Rota, begins: Instant, ends: Instant) -> tuple[Stretch, ...]:
    """Return where a layer has nobody."""
    return tuple(stretch for stretch in timeline(rota, begins, ends) if not stretch.duty.who)


def overlaps(rota: Rota, begins: Instant, ends: Instant) -> tuple[Stretch, ...]:
    """Return where a hand-over overlaps: two shifts of one rotation hold at once."""
    return tuple(stretch for stretch in timeline(rota, begins, ends) if stretch.duty.also)


def _of_layer(rota: Rota, layer: str, edges: list[Instant]) -> Iterator[Stretch]:
    current: Stretch | None = None
    for begins, ends in pairwise(edges):
        duty = on_call(rota, layer, begins)
        if current is not None and current.duty == duty:
            current = replace(current, ends=ends)
            continue
        if current is not None:
            yield current
        current = Stretch(begins=begins, ends=ends, duty=duty)
    if current is not None:
        yield current
