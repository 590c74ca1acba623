"""Last words: says the recorded emergency words on a line whose conversation is no more, and hangs up.

It needs a line and samples, nothing else (DESIGN section 4, rule 10). Ticks that waited while the conversation
hung come all at once; they are let pass, so that the words are heard at their own speed.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import numpy as np
import structlog

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.errors import LineFailed
from nightbell.line.port import Line

__all__ = ["say_last_words"]

_log = structlog.get_logger(__name__)

_FRESH_S: Final = 0.004
"""A tick that comes sooner than this after the one before had waited."""
_OVER_S: Final = 10.0
"""What it may take beyond the words themselves."""


async def say_last_words(line: Line, words: Samples, *, rate: int = 8000) -> bool:
    """Say them to their end and hang up.

    Args:
        line: an answered line that nobody else reads.
        words: what is said.
        rate: samples a second.

    Returns:
        Whether they were said to their end.
    """
    said = False
    try:
        async with asyncio.timeout(len(words) / rate + _OVER_S):
            said = await _say(line, words)
    except (LineFailed, TimeoutError) as error:
        _log.error("last_words_cut", error=type(error).__name__)
    await line.hang_up()
    return said


async def _say(line: Line, words: Samples) -> bool:
    at, before = 0, time.monotonic()
    async for tick in line.ticks():
        if tick.gone:
            return at >= len(words)
        now = time.monotonic()
        waited, before = line.paced and now - before < _FRESH_S, now
        if waited:
            continue
        if at >= len(words):
            return True
        piece = words[at : at + FRAME_SAMPLES]
        at += FRAME_SAMPLES
        if len(piece) < FRAME_SAMPLES:
            piece = np.concatenate([piece, np.zeros(FRAME_SAMPLES - len(piece), dtype=np.int16)])
        line.play(piece)
    return at >= len(words)
