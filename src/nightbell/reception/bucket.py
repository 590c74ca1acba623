"""Token bucket: how many may pass, on average and at once. Time is handed in; it has no clock of its own."""

from __future__ import annotations

__all__ = ["TokenBucket"]


class TokenBucket:
    """Holds ``burst`` tokens at most and gains ``rate`` of them a second."""

    __slots__ = ("_burst", "_rate", "_tokens", "_when")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """Begin full at ``now``, in seconds of any clock that does not run backwards."""
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._when = now

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        self._tokens = min(self._burst, self._tokens + max(now - self._when, 0.0) * self._rate)
        self._when = max(now, self._when)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def give_back(self) -> None:
        """Put a token back that was taken in vain."""
        self._tokens = min(self._burst, self._tokens + 1.0)

    def is_full(self, now: float) -> bool:
        """Tell whether it has forgotten everything that passed."""
        return self._tokens + max(now - self._when, 0.0) * self._rate >= self._burst
