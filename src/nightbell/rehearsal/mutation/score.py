"""Score: how much of what could go wrong is noticed. A mutant that changes no call counts for nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.mutation.edit import EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nightbell.rehearsal.mutation.court import Fate

__all__ = ["ALL_EDGES", "SAFETY_EDGES", "Share", "Tally", "why_survived"]

SAFETY_EDGES: Final = 1.0
"""Share of mutants on safety edges that must be noticed."""
ALL_EDGES: Final = 0.9


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    noticed: int
    of: int

    @property
    def rate(self) -> float:
        """1 where there is nothing to notice."""
        return self.noticed / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.noticed} of {self.of} ({100 * self.rate:.1f} %)"


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of many mutants."""

    fates: Sequence[Fate]

    @property
    def safety_edges(self) -> Share:
        """Edges that keep a caller safe, of those mutants that load."""
        return self._share(lambda fate: fate.safety and fate.edit.operator in EDGES and fate.noticed != "load")

    @property
    def by_scripts(self) -> Share:
        """The same edges, as far as a call script notices: what neither rules nor proof need to."""
        found = [fate for fate in self.fates if fate.safety and fate.edit.operator in EDGES]
        wanted = [fate for fate in found if fate.noticed not in {"load", "same"}]
        return Share(_count(fate.noticed == "script" for fate in wanted), len(wanted))

    @property
    def all_edges(self) -> Share:
        """All edges; a flow that does not load any more is noticed."""
        return self._share(lambda fate: fate.edit.operator in EDGES)

    @property
    def loading_edges(self) -> Share:
        """All edges, without the mutants that do not load: the harder number."""
        return self._share(lambda fate: fate.edit.operator in EDGES and fate.noticed != "load")

    @property
    def by_operator(self) -> dict[str, Share]:
        """Each operator's share."""
        names = dict.fromkeys(fate.edit.operator for fate in self.fates)
        return {name: self._share(lambda fate, name=name: fate.edit.operator == name) for name in names}  # type: ignore[misc]

    @property
    def same_by_operator(self) -> dict[str, int]:
        """How many of each operator's mutants change no call."""
        found = Counter(fate.edit.operator for fate in self.fates if fate.noticed == "same")
        return {name: found.get(name, 0) for name in dict.fromkeys(fate.edit.operator for fate in self.fates)}

    @property
    def noticed_by(self) -> dict[str, int]:
        """How many by loading, a rule, a script, the proof; the same; survived."""
        return dict(Counter(fate.noticed for fate in self.fates))

    @property
    def survivors(self) -> tuple[Fate, ...]:
        """Those nobody noticed, safety first."""
        found = [fate for fate in self.fates if fate.noticed == "survived"]
        return tuple(sorted(found, key=lambda fate: (not fate.safety, fate.edit.operator not in EDGES)))

    @property
    def good(self) -> bool:
        """Tell whether the gate for a shipped clinic holds."""
        return self.safety_edges.rate >= SAFETY_EDGES and self.all_edges.rate >= ALL_EDGES

    def _share(self, wanted: Callable[[Fate], bool]) -> Share:
        found = [fate for fate in self.fates if wanted(fate) and fate.noticed != "same"]
        return Share(_count(fate.noticed != "survived" for fate in found), len(found))


def why_survived(fate: Fate) -> str:
    """Return why a mutant survived, in words."""
    if not fate.asked:
        return "no script in writing comes here"
    many = "1 script comes" if fate.asked == 1 else f"{fate.asked} scripts come"
    return f"{many} here, and none of them minds"


def _count(found: Iterable[bool]) -> int:
    return sum(found)
