"""Playing: a caller who does again what a journal says, at the same times, whatever is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.audio.edges import last_sound_ms
from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.line.handset import Given
from nightbell.rehearsal.caller import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Samples
    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.line.handset import Handset
    from nightbell.rehearsal.script import Replay

__all__ = ["ReplayedCaller"]

_PLACE = "replay"


class ReplayedCaller:
    """Lays everything down on the line before the call begins; an Observer that has nothing to follow."""

    def __init__(self, replay: Replay, sound: Samples, handset: Handset) -> None:
        self.turns: list[Turn] = []
        self.unused: tuple[str, ...] = ()
        handset.replay(sound, replay.keys, replay.hang_up_ms)
        last = last_sound_ms(sound)
        if last is not None:
            given = Given(0, last, len(sound) // SAMPLES_PER_MS)
            self.turns.append(Turn.of(_PLACE, "say", replay.sound, given))
        for at_ms, key in replay.keys:
            self.turns.append(Turn.of(_PLACE, "press", key, Given(at_ms, at_ms, at_ms)))
        if replay.hang_up_ms is not None:
            down = replay.hang_up_ms
            self.turns.append(Turn.of(_PLACE, "hang_up", "", Given(down, down, down)))

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Follow nothing: what is done is done at its time."""

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow nothing."""
