"""What a call sounded like, as one number: the E-model of ITU-T G.107, with its defaults, for G.711.

R = 93.2 - Id - Ie,eff. Id is what delay costs, in the short form of Cole and Rosenbluth (2001); Ie,eff what loss
costs with G.711 and concealment (G.113 appendix I: Ie 0, Bpl 25.1). MOS from R as in G.107 annex B. An estimate of
the line, from one end: it knows nothing of echo, levels or the telephone at the other end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Quality", "mos"]

_BEST: Final = 93.2
_ROBUSTNESS: Final = 25.1
"""Bpl of G.711 with packet loss concealment, random loss."""
_KNEE_MS: Final = 177.3
"""One-way delay from which talking to each other becomes hard."""


def mos(*, delay_ms: float, loss: float) -> float:
    """Return the mean opinion score, 1.0 to 4.41.

    Args:
        delay_ms: one way, mouth to ear.
        loss: part of the frames that were not heard, 0..1.
    """
    delay = 0.024 * delay_ms + (0.11 * (delay_ms - _KNEE_MS) if delay_ms > _KNEE_MS else 0.0)
    percent = 100 * min(max(loss, 0.0), 1.0)
    rating = _BEST - delay - 95 * percent / (percent + _ROBUSTNESS)
    if rating <= 0:
        return 1.0
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The sound of one call, measured from our end."""

    received: int
    """Packets with sound."""
    lost: int
    """Packets that the sequence numbers show and nobody saw."""
    late: int
    concealed: int
    """Frames that were made up."""
    jitter_ms: float
    delay_ms: int
    """In the jitter buffer, at the end."""
    round_trip_ms: float | None
    """By RTCP; None when the other end sent no reports."""
    far_loss: float | None
    """Part of our packets that the other end lost, by its last report."""

    @property
    def loss(self) -> float:
        """Part of the frames that were lost or late, 0..1."""
        expected = self.received + self.lost
        return min(1.0, max(self.lost + self.late, self.concealed) / expected) if expected else 0.0

    @property
    def mos(self) -> float:
        """Mean opinion score of what we heard; 40 ms for packing and the telephone itself."""
        return mos(delay_ms=self.delay_ms + (self.round_trip_ms or 0.0) / 2 + 40, loss=self.loss)
