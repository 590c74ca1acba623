"""Pace: how fast calls may begin, for the whole process and for each source. Asked before an INVITE is parsed.

A flood of INVITEs that is parsed stalls the sound of live calls (80 a second: 0.6 s), so ``line.sip`` asks here
with nothing but the address that one came from, and answers 503 and Retry-After without remembering it (RFC 3261
section 21.5.4). The trunk's overflow takes such a call: no source is blocked, and none is remembered as bad. One
trunk gone mad spends no token that another trunk's callers need.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from nightbell.reception.bucket import TokenBucket

__all__ = ["Pace", "Rates"]

_SOURCES_MOST: Final = 4_096
"""Sources with a bucket of their own. Beyond that the oldest is forgotten: it begins full again, and the bucket
of the process still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How fast calls may begin."""

    per_s: float
    burst: float
    source_per_s: float
    source_burst: float
    retry_after_s: int


class Pace:
    """Two buckets for each call that would begin: its source's and everybody's."""

    def __init__(
        self,
        rates: Rates,
        *,
        refused: Callable[[Literal["rate", "source_rate"]], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the rates.

        Args:
            rates: how fast calls may begin.
            refused: told for each call that came too fast which rate it met.
            clock: seconds that do not run backwards.
        """
        self._rates = rates
        self._refused = refused
        self._clock = clock
        self._all = TokenBucket(rates.per_s, rates.burst, clock())
        self._sources: OrderedDict[str, TokenBucket] = OrderedDict()

    def refuses(self, source: str) -> int | None:
        """Return the seconds after which a call from there may be tried again; None lets it in.

        Args:
            source: the address that the INVITE came from, without port.
        """
        now, rates = self._clock(), self._rates
        self._forget(now)
        bucket = self._sources.get(source)
        if bucket is None:
            bucket = self._sources[source] = TokenBucket(rates.source_per_s, rates.source_burst, now)
        self._sources.move_to_end(source)
        if not bucket.take(now):
            self._refused("source_rate")
            return rates.retry_after_s
        if not self._all.take(now):
            bucket.give_back()
            self._refused("rate")
            return rates.retry_after_s
        return None

    def _forget(self, now: float) -> None:
        """Let go of one source that has been quiet: no look takes long."""
        if self._sources:
            source, bucket = next(iter(self._sources.items()))
            if len(self._sources) >= _SOURCES_MOST or bucket.is_full(now):
                del self._sources[source]
