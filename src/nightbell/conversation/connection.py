"""Connection: the time in which the caller talks to a person. The line is theirs; what Nightbell would say waits.

What is decided meanwhile is made durable and done as ever, but prompts, ears and the hang-up wait until the two
are done: then the caller, if still there, hears the last words. Recording stops where it begins, unless the clinic
says otherwise (rule 13).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import structlog

from nightbell.call.effects import Effect, HangUp, Listen, Play, RecordMessage
from nightbell.errors import NightbellError

if TYPE_CHECKING:
    from nightbell.conversation.player import Ended, Player
    from nightbell.conversation.world import Person
    from nightbell.line.port import Line

__all__ = ["Connection"]

_log = structlog.get_logger(__name__)

_WAITING: Final = (Play, Listen, RecordMessage, HangUp)
"""Effects that would speak into a conversation between people, listen to it, or end it."""


class Connection:
    """At most one at a time; a second person who took the call is put down."""

    def __init__(
        self,
        line: Line,
        player: Player,
        *,
        perform: Callable[[Effect], Awaitable[None]],
        record: Callable[..., None],
        cut: Callable[[Ended], None],
    ) -> None:
        """Take what it holds still.

        Args:
            line: the caller's.
            player: cut when the two are connected.
            perform: carries out what waited.
            record: told ``on=False`` when the two are connected, ``on=True`` when they are done.
            cut: told afterwards of the prompt that was cut for them: the call waits for its end.
        """
        self._line = line
        self._player = player
        self._perform = perform
        self._record = record
        self._cut = cut
        self._task: asyncio.Task[None] | None = None
        self._held: list[Effect] = []

    @property
    def up(self) -> bool:
        """Tell whether the caller is talking to a person."""
        return self._task is not None

    def holds(self, effect: Effect) -> bool:
        """Keep an effect for later if it has to wait; return whether it does."""
        if self._task is None or not isinstance(effect, _WAITING):
            return False
        self._held.append(effect)
        return True

    def begin(self, person: Person, spawn: Callable[..., asyncio.Task[Any]]) -> None:
        """Connect the caller with a person."""
        if self._task is not None:
            spawn(person.hang_up(), name="put down")
            return
        ended = self._player.stop()
        self._record(on=False)
        self._task = spawn(self._talk(person, ended), name="talk")

    def end(self) -> None:
        """Cut it: the call is over."""
        if self._task is not None:
            self._task.cancel()

    async def _talk(self, person: Person, ended: Ended | None) -> None:
        try:
            await person.talk(self._line)
        except NightbellError as error:
            _log.error("not_connected", code=error.code)
        finally:
            self._task = None
        self._record(on=True)
        if ended is not None and ended.effect >= 0:  # a sound of our own is waited for by nobody
            self._cut(ended)
        held, self._held = self._held, []
        for effect in held:
            await self._perform(effect)
