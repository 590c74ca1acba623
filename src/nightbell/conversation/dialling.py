"""Dialling: one call's transfers under way. It asks the world and stops asking; it decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias, get_args

from nightbell.call.effects import Transfer
from nightbell.call.events import TransferEnded
from nightbell.conversation.answers import Told
from nightbell.conversation.timers import Timers
from nightbell.conversation.world import Ended, Person, Transferred, World

__all__ = ["DIALLED", "Dialling", "ended_at"]

DIALLED: Final = "~dialled:"
"""Prefix of timers at which a transfer ends, in worlds that live in audio time: number, colon, outcome follow."""

Ask: TypeAlias = Callable[[Any, int, Callable[[Any], Told | None]], asyncio.Task[Any]]
"""Asks the world within a limit; what came of it becomes an event, or None."""


class Dialling:
    """Transfers under way."""

    def __init__(self, world: World, timers: Timers, connect: Callable[[Person], None]) -> None:
        self._world = world
        self._connect = connect
        self._timers = timers
        self._tasks: dict[int, asyncio.Task[Any]] = {}

    def start(self, effect: Transfer, audio_ms: int, ask: Ask) -> None:
        """Dial."""
        ended = partial(self.ended, effect.n, audio_ms)
        self._tasks[effect.n] = ask(partial(self._world.transfer, effect), effect.limit_ms, ended)

    def stop(self, number: int) -> None:
        """Stop dialling; safe to repeat."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task.cancel()
        for outcome in get_args(Ended):
            self._timers.cancel(f"{DIALLED}{number}:{outcome}")

    def ended(self, number: int, audio_ms: int, found: Transferred | None) -> Told | None:
        """Take what became of it; None where that is still to come, in audio time."""
        self._tasks.pop(number, None)
        if found is not None and found.person is not None:
            self._connect(found.person)
        if found is not None and found.after_ms:
            self._timers.start(f"{DIALLED}{number}:{found.outcome}", audio_ms + found.after_ms)
            return None
        return TransferEnded, {"effect": number, "outcome": found.outcome if found is not None else "failed"}


def ended_at(timer: str) -> dict[str, Any]:
    """Return the fields of TransferEnded from the name of a timer."""
    number, _, outcome = timer.removeprefix(DIALLED).partition(":")
    return {"effect": int(number), "outcome": outcome}
