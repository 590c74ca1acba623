"""Eventually: what must come true before a call ends, in whatever order, and by when. Values and one comparison.

A call leaves milestones - a state was come to, a result was learnt, it stood so urgent, a person was asked for, a
prompt was said to its end - each with its audio time. A wish is met by any milestone that is in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from nightbell.call.words import normal
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Eventually", "Milestone", "MilestoneKind", "missed"]

MilestoneKind: TypeAlias = Literal["state", "result", "disposition", "page", "prompt"]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that came true."""

    kind: MilestoneKind
    name: str
    """State, result, disposition or prompt."""
    at_ms: int
    category: str = ""
    """Of a result."""
    words: str = ""
    """Of a prompt: all that it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eventually:
    """Something that must."""

    kind: MilestoneKind
    name: str
    category: str = ""
    """Of a result; "" is any but none."""
    says: str = ""
    """Words that a prompt holds, one after the other, whatever their case."""
    within_ms: int | None = None
    """Audio time from the answer of the call."""
    within_turns: int | None = None
    """Caller turns before it."""

    @property
    def label(self) -> str:
        """Say it in words."""
        by = [f"within {self.within_ms} ms"] if self.within_ms is not None else []
        by += [f"within {self.within_turns} turns"] if self.within_turns is not None else []
        what = f"{self.kind} {self.name}" + (f" as {self.category}" if self.category else "")
        what += f" with {self.says!r}" if self.says else ""
        return " and ".join([what, *by]) if len(by) > 1 else " ".join([what, *by])

    def is_met_by(self, found: Milestone) -> bool:
        """Tell whether a milestone is the one, whenever it was; more urgent is good too."""
        if found.kind != self.kind:
            return False
        if self.kind in {"disposition", "page"}:
            return Disposition(found.name).at_least(Disposition(self.name))
        if self.says and f" {normal(self.says)} " not in f" {normal(found.words)} ":
            return False
        known = found.category == self.category if self.category else bool(found.category) or self.kind != "result"
        return found.name == self.name and known


def missed(
    wanted: Iterable[Eventually], milestones: Sequence[Milestone], turns_ms: Sequence[int]
) -> Iterable[str]:
    """Yield, in words, what did not come true, or came too late.

    Args:
        wanted: what must.
        milestones: of the call.
        turns_ms: when each caller turn began.
    """
    for wish in wanted:
        found = [each for each in milestones if wish.is_met_by(each)]
        if not found:
            yield f"{wish.label} did not come"
            continue
        first = min(each.at_ms for each in found)
        turns = sum(turn < first for turn in turns_ms)
        late = wish.within_ms is not None and first > wish.within_ms
        if late or (wish.within_turns is not None and turns > wish.within_turns):
            yield f"{wish.label} came at {first} ms, after {turns} turns"
