"""Disposition: the one final classification of a call, and the order of urgency among them."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Disposition", "highest"]


class Disposition(StrEnum):
    """How a call ends; DESIGN section 3. ``rank`` grows with urgency."""

    D0 = "D0"
    """Emergency services now; the clinician is paged in parallel."""
    D1 = "D1"
    """Clinician now, live."""
    DM = "DM"
    """Mental-health crisis: crisis number twice, the person on call connected as D1."""
    D2 = "D2"
    """Call-back by a clinician within 30 minutes."""
    DU = "DU"
    """Unclassified: handled as D2 or above, except the silent call."""
    D3 = "D3"
    """Call-back within 4 hours."""
    D4 = "D4"
    """Next working day."""
    D5 = "D5"
    """Administration: booking, price, information."""

    @property
    def rank(self) -> int:
        """Urgency, 0 (administration) to 6 (emergency); DU ranks with D2."""
        return _RANK[self]

    def at_least(self, other: Disposition) -> bool:
        """Tell whether this is as urgent as ``other`` or more."""
        return self.rank >= other.rank

    @property
    def pages(self) -> bool:
        """Tell whether a person is paged for it at once."""
        return self.rank >= Disposition.D2.rank


_RANK = {
    Disposition.D5: 0,
    Disposition.D4: 1,
    Disposition.D3: 2,
    Disposition.DU: 3,
    Disposition.D2: 3,
    Disposition.DM: 5,
    Disposition.D1: 5,
    Disposition.D0: 6,
}


def highest(first: Disposition | None, second: Disposition | None) -> Disposition | None:
    """Return the more urgent of two floors; ``None`` is no floor. On a tie the first stays."""
    if first is None or second is None:
        return first or second
    return first if first.rank >= second.rank else second
