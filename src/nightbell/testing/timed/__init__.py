"""Timed: random calls in audio time on the real session, measured against what a flow's table and proof allow."""

from __future__ import annotations

from nightbell.testing.timed.caller import Measurer
from nightbell.testing.timed.clock import Measured

__all__ = ["Measured", "Measurer"]
