"""Aloud: whether prompts were really heard - the line's own sound of them, given to the second recogniser.

The first recogniser is for callers' phrases; the second hears free speech and does not know what was to be said.
Only prompts that a script asks for are listened to, and only where the line has sound.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nightbell.rehearsal.readback import as_told, heard_in

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.readback import Heardback
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.witness import Said, Witness

__all__ = ["Aloud", "Hear", "Sound", "listened"]

Hear: TypeAlias = "Callable[[Samples], Awaitable[str]]"
"""The second recogniser: sound of 8 kHz in, words out."""
Sound: TypeAlias = "Callable[[int, int], Samples]"
"""What the line said between two audio times, as the caller's end hears it."""


@dataclass(frozen=True, slots=True)
class Aloud:
    """One prompt that was said to its end, and what was heard of it."""

    at_ms: int
    limit: float
    """Share of word errors that is allowed."""
    heard: Heardback

    @property
    def good(self) -> bool:
        """Tell whether its words were heard, and its numbers and times to the digit, whatever the share."""
        return self.heard.rate <= self.limit and not self.heard.lost

    @property
    def why(self) -> str:
        """Say what was wrong."""
        heard, told = self.heard, self.heard.told.prompt
        lost = f", and lost: {', '.join(heard.lost)}" if heard.lost else ""
        share = f"{heard.errors} of {heard.length} words wrong, {self.limit:.0%} are allowed{lost}"
        return f"{told} at {self.at_ms} ms: {share}; heard: {heard.heard or 'nothing'}"


async def listened(script: Script, witness: Witness, sound: Sound, hear: Hear) -> tuple[Aloud, ...]:
    """Listen to each saying of the prompts that the script wants heard, where it was said to its end."""
    limits = dict(script.expect.prompts_heard)
    wanted = [said for said in witness.said if said.completed and said.prompt in limits]
    return tuple([await _listen(said, limits[said.prompt], sound, hear, witness.flow) for said in wanted])


async def _listen(said: Said, limit: float, sound: Sound, hear: Hear, flow: Flow) -> Aloud:
    """Listen to one saying."""
    told = as_told(said.prompt, said.segments, flow)

    def judged(heard: Heardback) -> Aloud:
        return Aloud(said.start_ms, limit, heard)

    sound_of_it = sound(said.start_ms, said.end_ms)
    return judged(await heard_in(sound_of_it, told, hear, flow.clinic.country, lambda heard: judged(heard).good))
