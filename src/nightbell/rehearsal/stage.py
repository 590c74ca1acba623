"""Stage: where a rehearsal takes place - the flow, the callers' voices, who takes the calls and who answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from nightbell.flow.model import Collect, Confirm, Flow, Menu, RecordState, Screen
from nightbell.rehearsal.engine import take_outcomes
from nightbell.rehearsal.part import ScriptPart
from nightbell.rehearsal.places import places_of
from nightbell.rehearsal.tiers import take_written

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.conversation.observer import Observer
    from nightbell.rehearsal.aloud import Hear
    from nightbell.rehearsal.part import Part
    from nightbell.rehearsal.phoning import ServedLine
    from nightbell.rehearsal.port import Taker
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Script

__all__ = ["WALL_LIMIT_S", "Stage", "places_of"]

WALL_LIMIT_S: Final = 600.0
"""Longest wall time of one call, in seconds: a decoder that hangs must not stop a whole rehearsal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where and how a rehearsal takes place."""

    flow: Flow
    recordings: Recordings
    take: Taker
    """Takes the calls with sound."""
    folder: Path
    """Where each call's recording and journal go."""
    paced: bool = False
    snr_db: float | None = None
    """Overrides the ratio of every script that has noise."""
    mute: bool = False
    """Send silence instead of the caller's words: every script that says something must then fail."""
    take_text: Taker = take_written
    """Takes the calls in writing."""
    take_engine: Taker = take_outcomes
    """Takes the calls on the engine."""
    wall_limit_s: float = WALL_LIMIT_S
    watch: Callable[[Script], Sequence[Observer]] = field(default=lambda _: ())
    """Further observers for a call, such as a live transcript."""
    cast: Callable[[Script], Part] | None = None
    """Who answers; None is the script itself."""
    hear: Hear | None = None
    """The second recogniser, for prompts that must be heard."""
    served: ServedLine | None = None
    """The line that tier sip phones."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    """Known failures are held against it."""
    keep: bool = True
    """Leave each call's recording and journal in the folder."""

    def part(self, script: Script) -> Part:
        """Return who answers in a call."""
        return self.cast(script) if self.cast is not None else ScriptPart(script, _asking(self.flow))


def _asking(flow: Flow) -> frozenset[str]:
    kinds = (Menu, Screen, Collect, Confirm, RecordState)
    return frozenset(state.name for state in flow.states if isinstance(state, kinds))
