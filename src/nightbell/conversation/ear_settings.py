"""How the ears of a call are set; defaults measured by ``scripts/bench speech``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nightbell.conversation.decoding import DecodingLimits
from nightbell.speech.endpoint import EndpointSettings

__all__ = ["QUIET_PEAK", "EarSettings", "limits_beyond"]

QUIET_PEAK: Final = 64
"""What live calls take for quiet: -54 dB. A telephone's softest speech has peaks of -30."""


@dataclass(frozen=True, slots=True)
class EarSettings:
    """How the ears are set. Milliseconds of audio, where no other unit is given."""

    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    limits: DecodingLimits = field(default_factory=DecodingLimits)
    languages: frozenset[str] = frozenset({"en"})
    """Languages that the recognisers know; in another one there are keys alone."""
    quiet_peak: int = 0
    """Sample value below which a frame is quiet and costs almost nothing; 0 looks at every frame."""
    preroll_ms: int = 500
    """Sound before the onset that is decoded too: voice activity sees a word up to 200 ms late, and without some
    300 ms of the room before it a clipped word is nothing to the decoder (digits of people: 113 of 146 right with
    300 ms in all, 116 with 500)."""
    blip_ms: int = 120
    """Speech shorter than this is a knock or a click and gives no utterance; the shortest "no" has 150."""
    idle_pause_ms: int = 1000
    """Silence that ends an utterance nobody listens to."""
    idle_max_ms: int = 15_000
    """Longest utterance that is kept while nobody listens."""
    backlog_ms: int = 6000
    """Sound waiting for the decoder at which the ears give up as overloaded: time for one that hangs to be found
    out twice, and no caller waits longer."""
    doubted: float = 0.5
    """Confidence below which a phrase that took longer to say than its words is heard by the open one too."""
    settled_ms: int = 100
    """Silence after the last sound that the decoder must have had when a phrase counts; what it lacks of the pause
    is decoded before the utterance is over."""


def limits_beyond(closed_ms: int, open_ms: int) -> DecodingLimits:
    """Return limits a little longer than those of the recognisers themselves, which are to pass first."""
    closed_s, open_s = closed_ms / 1000, open_ms / 1000
    return DecodingLimits(
        open_s=2 * closed_s, feed_s=1.25 * closed_s, finish_s=1.25 * closed_s, transcribe_s=1.5 * open_s
    )
