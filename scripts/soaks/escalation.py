"""Ten thousand armed escalations, due over ten minutes: how late they ring. The bench has a tenth of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scripts.benches import escalation
from scripts.figures import Figure

__all__ = ["MINUTES", "measure"]

MINUTES: Final = 14.0
ARMED: Final = 10_000


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Arm them all, and take every figure of the bench."""
    return escalation.measure(say, armed=ARMED)
