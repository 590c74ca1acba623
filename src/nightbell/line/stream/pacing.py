"""Pacing: the other end of a stream, a frame every 20 ms while something is read. For rehearsals and tests.

A frame that comes late makes none of the later ones late. It knows no protocol: what is sent, played and read is
the caller's end's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final

from nightbell.audio.frame import FRAME_SAMPLES, Samples

__all__ = ["every_frame", "frames_of"]

_TICK_S: Final = 0.02


def frames_of(samples: Samples) -> Iterator[Samples]:
    """Yield sound in frames, shape (160,); what is left over at its end is left out."""
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        yield samples[at : at + FRAME_SAMPLES]


async def every_frame(
    reading: Coroutine[Any, Any, None],
    tick: Callable[[], Awaitable[None]],
    is_over: Callable[[], bool],
    *,
    on_time: Callable[[], None] = lambda: None,
) -> None:
    """Do something every 20 ms until it is over or the reading ends, and end the reading.

    Args:
        reading: what takes what comes.
        tick: sends a frame and plays one.
        is_over: tells whether there is nobody to send to any more.
        on_time: called after each tick that was not late.
    """
    began, number = time.monotonic(), 0
    task = asyncio.ensure_future(reading)
    try:
        while not task.done() and not is_over():
            await tick()
            number += 1
            left_s = began + number * _TICK_S - time.monotonic()
            if left_s > 0:
                on_time()
            await asyncio.sleep(max(left_s, 0))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
