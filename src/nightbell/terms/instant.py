"""Instant: a point in time as UTC milliseconds. It never reads a clock; time comes in as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nightbell.errors import TermError

__all__ = ["Instant"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """Milliseconds since 1970-01-01T00:00:00Z."""

    ms: int

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Read ISO 8601 with an offset; a time without one is refused.

        Raises:
            TermError: no ISO 8601, or no offset.
        """
        try:
            return cls.of(datetime.fromisoformat(text))
        except (ValueError, TypeError) as error:
            raise TermError(
                f"{text!r} is no point in time",
                hint="write ISO 8601 with an offset, for example 2026-11-22T22:40:00+00:00",
            ) from error

    @classmethod
    def of(cls, when: datetime) -> Instant:
        """Take an aware datetime.

        Raises:
            TermError: the datetime is naive.
        """
        if when.tzinfo is None:
            raise TermError("a time without a zone", hint="add an offset such as +00:00")
        return cls((when - _EPOCH) // timedelta(milliseconds=1))

    def datetime(self) -> datetime:
        """Return the same point as an aware UTC datetime."""
        return _EPOCH + timedelta(milliseconds=self.ms)

    def plus(self, *, ms: int) -> Instant:
        """Return the instant ``ms`` milliseconds later."""
        return Instant(self.ms + ms)

    def __str__(self) -> str:
        return self.datetime().isoformat(timespec="milliseconds").replace("+00:00", "Z")
