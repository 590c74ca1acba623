"""Condition: what a line does to a caller's sound - level, speed, codec, loss, echo. A seed gives the same sound.

Noise is the script's ``impair``. The condition that changes nothing leaves every sample as it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nightbell.audio.frame import RATE
from nightbell.audio.level import gain
from nightbell.audio.resample import to_float, to_telephone
from nightbell.line.scripted import ECHO_DELAY_MS

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.line.scripted import Codec

__all__ = ["Condition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One line."""

    codec: Codec = "mulaw"
    """G.711 as it reaches us; what a gateway turned into that has been through both."""
    loss: float = 0.0
    """Share of the caller's packets of 20 ms that never come."""
    burst: float = 1.0
    """Packets that are lost in a row, on average."""
    level_db: float = 0.0
    """Louder or quieter than recorded."""
    speed: float = 1.0
    """Faster than recorded; the voice is higher then, too."""
    echo_db: float | None = None
    """Level at which the line's own words come back; None for not at all."""
    echo_ms: int = ECHO_DELAY_MS
    """How long after they were heard."""
    seed: int = 0
    """Chooses the packets that are lost."""

    @property
    def name(self) -> str:
        """Name it, leaving out what changes nothing."""
        parts = [
            self.codec if self.codec != "mulaw" else "",
            f"loss{100 * self.loss:g}" if self.loss else "",
            f"burst{self.burst:g}" if self.loss and self.burst > 1 else "",
            f"{self.level_db:+g}db" if self.level_db else "",
            f"x{self.speed:g}" if self.speed != 1 else "",
            f"echo{self.echo_db:+g}db{self.echo_ms}ms" if self.echo_db is not None else "",
        ]
        return "-".join(filter(None, parts))

    def words(self, samples: Samples) -> Samples:
        """Return words as they are spoken under it."""
        if self.speed != 1:
            samples = to_telephone(to_float(samples), round(RATE * self.speed))
        return gain(samples, self.level_db) if self.level_db else samples

    def lost(self, frames: int) -> frozenset[int]:
        """Return which of so many packets are lost: a Gilbert model, good and bad stretches by chance."""
        if not self.loss:
            return frozenset()
        chance = random.Random(self.seed)  # noqa: S311 - a bad line, no secret
        ends = 1 / max(self.burst, 1.0)
        begins = min(ends * self.loss / (1 - self.loss), 1.0) if self.loss < 1 else 1.0
        gone: set[int] = set()
        bad = chance.random() < self.loss
        for number in range(frames):
            if bad:
                gone.add(number)
            bad = chance.random() >= ends if bad else chance.random() < begins
        return frozenset(gone)
