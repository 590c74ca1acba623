"""Brute force: what the proof says of small flows, found again by playing every call."""

from __future__ import annotations

from nightbell.testing.brute.search import Search, brute_force

__all__ = ["Search", "brute_force"]
