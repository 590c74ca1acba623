"""Drawing: what a picture of a flow shows - boxes, arrows, groups, marks - before anybody lays it out.

Values only. ``diagram.draw`` makes one of a flow, ``diagram.mermaid`` and ``diagram.dot`` write it down. Nothing
here knows where on the page anything stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ANYWHERE", "Arrow", "Box", "Drawing", "Shape", "Worst"]

ANYWHERE = "anywhere"
"""Name of the box for what means the same in every state; no state can be called so without it being told apart,
since boxes of states are named ``state:NAME``."""

Shape = Literal["say", "ask", "screen", "decide", "world", "hold", "end", "anywhere"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """How long it takes at most until a person or the emergency words are there, as the proof found it."""

    states: tuple[str, ...]
    """The longest way of a caller who is never understood: names of states, in order."""
    turns: int
    seconds: int
    """What that way takes at most."""
    any_turns: int = 0
    any_seconds: int = 0
    """What any way of any caller takes at most; 0 where it is not told."""

    @property
    def told(self) -> str:
        """Return it in one line."""
        words = f"longest way of a caller who is not understood: at most {self.turns} turns, {self.seconds} s"
        return words + (f" (of anyone: {self.any_turns}, {self.any_seconds} s)" if self.any_seconds else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state, or the box for what means the same everywhere."""

    name: str
    """``state:NAME`` or ANYWHERE."""
    title: str
    """As the author wrote it, without the name of its group."""
    shape: Shape
    kind: str
    """The state's kind, in the author's words: ``menu``, ``screen``."""
    lines: tuple[str, ...] = ()
    """What else stands in it: a screen's questions, the words heard everywhere."""
    words: str = ""
    """What the caller hears, for those who point at the box."""
    disposition: str = ""
    must_hear: bool = False
    red: bool = False
    worst: bool = False
    starts: bool = False
    group: tuple[str, ...] = ()
    """Calls of dialogs it stands in, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One way from a box to another; ways with the same two ends are one arrow."""

    source: str
    target: str
    label: str = ""
    red: bool = False
    worst: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The whole picture."""

    title: str
    about: str
    """One line below the title: version, states, what the marks rest on."""
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    worst: Worst | None = None

    @property
    def steps(self) -> frozenset[tuple[str, str]]:
        """Pairs of states with an arrow between them."""
        names = ((arrow.source, arrow.target) for arrow in self.arrows if arrow.source != ANYWHERE)
        return frozenset((one.removeprefix("state:"), other.removeprefix("state:")) for one, other in names)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Every group, outer ones before those within them, in the order of the boxes."""
        found: dict[tuple[str, ...], None] = {}
        for box in self.boxes:
            for depth in range(1, len(box.group) + 1):
                found.setdefault(box.group[:depth])
        return tuple(found)
