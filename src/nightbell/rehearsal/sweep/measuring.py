"""Measuring: how far the caller's words lay over the noise, in the sound as it went into the line.

The words are known, and what is left of that sound without them is the noise. It is taken where voice and noise
meet, before an echo is added, a codec hears it or a packet is lost: after those, what is left would be theirs too.
So every cell of a sweep has its ratio, and it is the ratio of the room, whatever the line then does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from nightbell.audio.level import gain
from nightbell.audio.noise import ratio_db

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.rehearsal.caller import Turn

__all__ = ["Entered", "measured_db"]

Entered: TypeAlias = "Callable[[int, int], Samples]"
"""The caller's sound as it went into the line: from an audio time, so many samples."""


def measured_db(
    asked_db: float, turns: Iterable[Turn], words: Mapping[str, Samples], entered: Entered
) -> float | None:
    """Return the ratio of the utterance that is farthest from what was asked; None where nothing was said.

    Args:
        asked_db: the ratio that was asked for.
        turns: what the caller did.
        words: what each recording sounds like as it is spoken.
        entered: the sound that went into the line.
    """
    found = []
    for turn in turns:
        if turn.kind == "say" and turn.what in words:
            clean = gain(words[turn.what], turn.louder_db)
            piece = entered(turn.start_ms, len(clean)).astype(np.int32)
            if len(piece) == len(clean):  # a call that ended amid the words has less
                found.append(ratio_db(clean, np.clip(piece - clean, -32768, 32767).astype(np.int16)))
    return max(found, key=lambda ratio: abs(ratio - asked_db), default=None)
