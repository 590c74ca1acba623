"""Afterwards: events that come at a call's end or after it, for the record alone. No session acts on one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nightbell.call.envelope import Envelope

__all__ = ["LineMeasured", "WakeJudged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured(Envelope):
    """What the line sounded like, at its end; for the record, never for routing."""

    received: int
    """Packets that came."""
    loss: float
    """Part of the caller's sound that was lost or late, 0..1."""
    jitter_ms: float
    round_trip_ms: float | None
    """None when the other end did not tell."""
    mos: float
    """Mean opinion score by ITU-T G.107, 1 to 4.4."""
    kind: Literal["line_measured"] = "line_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeJudged(Envelope):
    """Who was woken said whether that was right, by key, once the caller had hung up. Never written unasked."""

    effect: int
    """Number of the Escalate effect that woke them."""
    state: str
    question: str
    """State and question whose answer raised the flag."""
    row: str
    """Row of the triage table; "" for none."""
    right: bool
    kind: Literal["wake_judged"] = "wake_judged"
