"""Span: caller turns and audio time, and the longest that calls of a flow can take. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nightbell.flow.proof.graph import Edge

__all__ = ["NONE", "Span", "Worst"]


@dataclass(frozen=True, slots=True)
class Span:
    """Caller turns and audio time."""

    turns: int
    ms: int
    bounded: bool = True
    """False: a caller can go on until the flow's limits end the call, and these are those."""

    @property
    def seconds(self) -> float:
        """The audio time in seconds."""
        return self.ms / 1000

    def then(self, more: Span) -> Span:
        """Return this and another after it."""
        return Span(self.turns + more.turns, self.ms + more.ms, self.bounded and more.bounded)

    def or_(self, other: Span) -> Span:
        """Return what is at least both."""
        return Span(max(self.turns, other.turns), max(self.ms, other.ms), self.bounded and other.bounded)


NONE: Final = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The longest that calls can take."""

    to_help: Span
    """From the answer to a person (hold, transfer) or the emergency words heard to their end."""
    unheard: Span
    """The same for a caller who is silent, mumbles or is not heard."""
    from_flag: Span
    """The same from a red flag, a yes or a 9: from what raised the floor to one that pages."""
    to_words: Span
    """From an emergency (D0, key 9) to the end of the emergency words; at other floors the page is out at once."""
    to_page: Span
    """From key 9 to its page: words, the offer to take it back and its 8 s. Every red flag else pages at once."""
    to_begin: Span
    """From a red flag (D0, D1, DM) to the beginning of words that name key 9 or the emergency number."""
    unanswered: Span
    """From a red flag that nobody answers to the beginning of the emergency words, for a caller who only waits."""
    whole: Span
    """What no call exceeds: the flow's own limits."""
    slowest: Edge | None = None
    """The move from which the words take longest."""
    latest: Edge | None = None
    """The red flag from which words that name key 9 begin latest."""
    loneliest: Edge | None = None
    """The red flag that is left longest without the emergency words when nobody answers."""
