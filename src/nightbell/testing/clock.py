"""A clock that stands still until it is moved, for tests and rehearsals."""

from __future__ import annotations

from nightbell.terms.instant import Instant

__all__ = ["VirtualClock"]


class VirtualClock:
    """Virtual wall time: starts at an instant and moves only when told to."""

    def __init__(self, start: Instant) -> None:
        self._now = start

    def __call__(self) -> Instant:
        """Return the virtual time."""
        return self._now

    def advance(self, ms: int) -> None:
        """Move on by ``ms`` milliseconds.

        Raises:
            ValueError: time would run backwards.
        """
        if ms < 0:
            raise ValueError("a clock does not run backwards")
        self._now = self._now.plus(ms=ms)
