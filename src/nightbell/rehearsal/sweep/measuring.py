"""Measuring: how far the caller's words lay over the noise, in what was recorded on the line.

The words are known, and what is left of the recording without them is the noise. Where a codec, lost packets or an
echo changed more than that, nothing is measured: what is left would be those, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.audio.level import gain
from nightbell.audio.noise import ratio_db
from nightbell.audio.wav import read_channels

if TYPE_CHECKING:
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.result import CallResult

__all__ = ["measured_db"]


def measured_db(result: CallResult, recordings: Recordings) -> float | None:
    """Return the ratio of the utterance that is farthest from what was asked; None where none can be measured.

    Raises:
        AudioError: the recording of the call, or of what was said, cannot be read.
    """
    script, line = result.script, result.script.condition
    if script.impair is None or result.recording is None:
        return None
    if line.codec == "opus" or line.loss or line.echo_db is not None or script.echo:
        return None
    asked, heard = script.impair.snr_db, read_channels(result.recording)[0].astype(np.int32)
    found = []
    for turn in result.turns:
        if turn.kind == "say":
            words = gain(line.words(recordings.words(turn.what)), turn.louder_db)
            piece = heard[turn.start_ms * SAMPLES_PER_MS :][: len(words)]
            if len(piece) == len(words):
                found.append(ratio_db(words, np.clip(piece - words, -32768, 32767).astype(np.int16)))
    return max(found, key=lambda ratio: abs(ratio - asked), default=None)
