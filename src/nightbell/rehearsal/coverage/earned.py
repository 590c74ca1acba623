"""Earned: which edges, states and ends the calls of a rehearsal have shown. Only what was heard counts.

An edge that is taken by words counts when the recogniser heard a caller's sound and that took it. One that is
not - a prompt that ends, a silence, a key, an answer of the world - counts when a call with sound went over it. A
red flag counts when three voices raised it, for one voice shows that one person is understood. What a call that
failed went over is what its script holds to be wrong: it shows nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.coverage.edges import Edge, Edges, Key, key_of

if TYPE_CHECKING:
    from nightbell.rehearsal.result import CallResult

__all__ = ["VOICES", "Coverage", "Missing", "Share", "earned"]

VOICES: Final = 3
"""Voices that must have raised a red flag."""
_SOUND: Final = frozenset({"audio", "sip"})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    got: int
    of: int

    def __str__(self) -> str:
        return f"{self.got} of {self.of} ({100 * self.got / self.of if self.of else 100:.0f} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An edge that nobody has shown, or too few."""

    edge: Edge
    voices: frozenset[str] = frozenset()
    """Who has, where that is not enough."""

    @property
    def why(self) -> str:
        """Say what is missing."""
        if self.voices:
            return f"only {len(self.voices)} of {VOICES} voices: {', '.join(sorted(self.voices))}"
        return "no caller was heard here" if self.edge.spoken else "no call with sound went here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was shown."""

    states: Share
    edges: Share
    red_flags: Share
    ends: Share
    """Ends (a closing state with its disposition), of those that can be."""
    missing: tuple[Missing, ...]
    """Red flags first."""
    earned: frozenset[Key]
    visited: frozenset[str]


def earned(edges: Edges, results: Iterable[CallResult], voice_of: Callable[[str], str]) -> Coverage:
    """Return what some calls have shown.

    Args:
        edges: the flow's.
        results: the calls; those in writing, and those that failed, earn nothing.
        voice_of: whose voice a recording is, by its name.
    """
    walked: set[Key] = set()
    heard: dict[Key, set[str]] = defaultdict(set)
    visited: set[str] = set()
    closed: set[str] = set()
    for result in results:
        if result.script.tier not in _SOUND or not result.passed:
            continue
        visited |= set(result.states)
        if result.states:
            closed.add(result.states[-1])
        for (step, outcome), drove in zip(result.moves, result.drove, strict=True):
            key = key_of(step, outcome)
            walked.add(key)
            if drove:
                heard[key].add(voice_of(drove))
    missing = tuple(_missing(edges, walked, heard))
    gone = {one.edge.key for one in missing}
    flags = [edge for edge in edges.all.values() if edge.red_flag]
    ends = {row.state for name, row in edges.graph.rows.items() if row.kind == "finish" and edges.reached[name]}
    return Coverage(
        states=Share(len(visited & edges.states), len(edges.states)),
        edges=Share(len(edges.all) - len(gone), len(edges.all)),
        red_flags=Share(sum(edge.key not in gone for edge in flags), len(flags)),
        ends=Share(len(ends & closed), len(ends)),
        missing=missing,
        earned=frozenset(edges.all) - gone,
        visited=frozenset(visited),
    )


def _missing(edges: Edges, walked: set[Key], heard: dict[Key, set[str]]) -> Iterable[Missing]:
    order = sorted(edges.all.values(), key=lambda edge: (not edge.red_flag, edge.place.file, edge.place.line))
    for edge in order:
        if edge.spoken:
            voices = heard.get(edge.key, set())
            if len(voices) < (VOICES if edge.red_flag else 1):
                yield Missing(edge=edge, voices=frozenset(voices))
        elif edge.key not in walked:
            yield Missing(edge=edge)
