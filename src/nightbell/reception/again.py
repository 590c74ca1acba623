"""Again: when something that failed is tried again - ever more seldom, and as soon as ever once it went well.

It knows no clock and waits for nothing: seconds come in as values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Again"]


@dataclass(slots=True)
class Again:
    """The pause before the next try: doubled with each failure."""

    first_s: float
    last_s: float
    """No pause is longer."""
    _next_s: float = field(default=0.0, init=False)
    _pause_s: float = field(default=0.0, init=False)

    def is_due(self, now_s: float) -> bool:
        """Tell whether it is time for a try; the first is due at once."""
        return now_s >= self._next_s

    def failed(self, now_s: float) -> None:
        """Put the next try off."""
        self._pause_s = min(2 * self._pause_s, self.last_s) if self._pause_s else self.first_s
        self._next_s = now_s + self._pause_s

    def went_well(self, now_s: float, *, next_in_s: float = 0.0) -> None:
        """Begin with the shortest pause anew; the next try is due after so many seconds."""
        self._pause_s, self._next_s = 0.0, now_s + next_in_s
