"""Staged: what a rehearsal puts in place of the outside for one call on a line that is served. A value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nightbell.conversation.clock import CallClock
from nightbell.conversation.observer import Observer
from nightbell.conversation.world import World

if TYPE_CHECKING:
    from nightbell.reception.live import LiveCall

__all__ = ["Stage", "Staged", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The outside of one call."""

    clock: CallClock
    world: Callable[[World], World]
    """Given the clinic's own world."""
    observers: Sequence[Observer] = ()
    caller: str | None = None
    """Number that a call has which shows none by itself."""
    over: Callable[[str], None] = lambda _: None
    """Told the disposition; "" when the call broke."""


Stage: TypeAlias = "Callable[[LiveCall], Staged | None]"
"""Asked for each call whether it is one of a rehearsal's."""


def nobody(live: LiveCall) -> None:
    """Stage no call: a line that nobody rehearses on."""
    del live
