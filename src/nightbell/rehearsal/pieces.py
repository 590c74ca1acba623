"""Pieces: long sound cut at its pauses in one way after another, for a recogniser that looks at half a minute.

It hears nothing itself and compares nothing: ``readback`` does.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.frame import RATE
from nightbell.audio.level import frame_dbfs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nightbell.audio.frame import Samples

__all__ = ["CUTS_S", "ways"]

CUTS_S: Final = (24.0, 16.0, 18.0, 12.0, 9.0)
"""Longer sound is cut at its quietest place: the recogniser looks at 30 s. It also stops early, most often at a
pause before digits, or says one word for ever; what was not said is in no piece, however the sound is cut, so that
a wording that is heard right one way was said right."""
_PAUSES_MS: Final = (250, 150)
"""Heard so no way, its pauses are made this long, which say nothing, and it is cut again."""
_PAUSE_DB: Final = -45.0
_EARLIEST: Final = 7 / 12
"""Share of a longest piece before which none is cut."""
_QUIET_SAMPLES: Final = RATE // 5


def ways(sound: Samples) -> Iterator[tuple[Samples, ...]]:
    """Yield sound cut in one way after another, no way twice; then with its long pauses made shorter."""
    seen = set()
    for folded in (None, *_PAUSES_MS):
        whole = sound if folded is None else _with_pauses(sound, folded)
        for cut_s in CUTS_S if folded is None else CUTS_S[:3]:
            pieces = tuple(_pieces(whole, cut_s))
            lengths = tuple(map(len, pieces))
            if lengths not in seen:
                seen.add(lengths)
                yield pieces


def _with_pauses(sound: Samples, longest_ms: int) -> Samples:
    """Return sound whose pauses are no longer than this: what is left out lies in their middle."""
    frame, half = RATE // 50, longest_ms * RATE // 2000
    keep = np.ones(len(sound), dtype=np.bool_)
    for quiet, run in groupby(enumerate(frame_dbfs(sound, 20) < _PAUSE_DB), lambda each: bool(each[1])):
        places = [at for at, _ in run]
        if quiet and len(places) * frame > 2 * half:
            keep[places[0] * frame + half : (places[-1] + 1) * frame - half] = False
    return sound[keep]


def _pieces(sound: Samples, longest_s: float) -> Iterator[Samples]:
    """Cut long sound at its quietest place, so that no word is."""
    while len(sound) > longest_s * RATE:
        first, last = int(_EARLIEST * longest_s * RATE), int(longest_s * RATE)
        power = np.convolve(np.abs(sound[first:last].astype(np.float64)), np.ones(_QUIET_SAMPLES), mode="same")
        at = first + int(np.argmin(power))
        yield sound[:at]
        sound = sound[at:]
    yield sound
