"""Quiet: how far nothing can happen in a call whose line and ears know it, so that its time may pass at once.

Calls in writing know it; a line with sound never does. Nothing is lost: the same events come at the same times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from nightbell.audio.frame import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Foreseen", "Skipping", "quiet_ticks"]


@runtime_checkable
class Foreseen(Protocol):
    """Something that knows when it will next tell anything."""

    def due_ms(self) -> int | None:
        """Return the audio time of the next thing it tells; None while nothing is under way."""


@runtime_checkable
class Skipping(Foreseen, Protocol):
    """A line whose ticks may be left out."""

    def skip(self, ticks: int) -> None:
        """Leave out the next ticks, in which nothing happens."""


def quiet_ticks(number: int, dues: Iterable[int | None]) -> int:
    """Return how many ticks from ``number`` on can be left out.

    Args:
        number: the tick that comes next.
        dues: audio times at which something is to happen; the tick that ends at or after one must be taken.
    """
    ends = [-(-due // FRAME_MS) - 1 for due in dues if due is not None]
    return max(min(ends) - number, 0) if ends else 0
