"""Wild: calls of random events - likely, late, stale and impossible ones - held to what is true of every call."""

from __future__ import annotations

from nightbell.testing.wild.events import Wild
from nightbell.testing.wild.watching import Watched, wild_call

__all__ = ["Watched", "Wild", "wild_call"]
