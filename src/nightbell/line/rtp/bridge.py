"""Bridge: two legs of this process crossed frame by frame, in the ticker, until either is gone.

What one says goes out to the other in the same or the next tick. Keys are swallowed unless they are let through:
the tones of a key are no conversation, and a caller's 9 must not beep in a clinician's ear.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from nightbell.audio.frame import Frame
    from nightbell.line.leg import SoundLeg

__all__ = ["bridge"]


async def bridge(
    caller: SoundLeg, person: SoundLeg, *, keys_through: bool = False, keep: bool = False
) -> Literal["caller", "person", "line"]:
    """Cross two answered legs until one is gone; return which.

    The person's leg is put down at the end, and nobody need take its ticks from here on; kept, it stays where the
    caller hung up, and its ticks are there again. The caller's stays up unless it is the one that is gone.
    Cancelled, it does the same.

    Args:
        caller: whose conversation goes on taking ticks.
        person: who was rung.
        keys_through: send the keys of each to the other.
        keep: leave the person's leg up where the caller hung up: they are to be asked something.
    """
    gone = [asyncio.ensure_future(leg.wait_over()) for leg in (caller, person)]
    caller.cross(_to(person, keys_through=keys_through))
    person.cross(_to(caller, keys_through=keys_through), listened=False)
    try:
        await asyncio.wait(gone, return_when=asyncio.FIRST_COMPLETED)
        if gone[0].done():
            return "line" if gone[0].result() == "line" else "caller"
        return "line" if gone[1].result() == "line" else "person"
    finally:
        caller.cross(None)
        stays = keep and caller.over and caller.gone == "caller" and not person.over
        person.cross(None, listened=stays)
        if not stays:
            person.hung_up("us")
        for one in gone:
            one.cancel()


def _to(other: SoundLeg, *, keys_through: bool) -> Callable[[Frame, tuple[str, ...]], None]:
    def across(frame: Frame, keys: tuple[str, ...]) -> None:
        if not other.over:
            other.carriage.play(frame)
            if keys_through:
                other.press("".join(keys))

    return across
