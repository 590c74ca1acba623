"""Follower: a rehearsal's end of the feed. Books a call, then hands what happens in it to observers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from nightbell.call.journal import effect_from_json, event_from_json
from nightbell.errors import LineFailed
from nightbell.rehearsal.feed import booking
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from nightbell.conversation.observer import Observer
    from nightbell.rehearsal.script import Fakes
    from nightbell.terms.instant import Instant

__all__ = ["Follower"]

_LINE_BYTES: Final = 1 << 20
_MOVE_S: Final = 60.0
"""How long it may take to carry out what is due by then."""
_BOOK_S: Final = 5.0
"""How long the served line may take to note a booking."""


class Follower:
    """Follows one call that is about to be placed."""

    def __init__(
        self,
        at: Path,
        *,
        token: str,
        now: Instant,
        fakes: Fakes,
        observers: Sequence[Observer],
        stepped: bool = False,
        caller: str | None = None,
    ) -> None:
        """Take the feed's socket and what is to be booked; see ``feed.booking``."""
        self.answered = 0.0
        """``time.monotonic`` at audio time 0 of the served line; 0 before it picked up."""
        self.disposition: Disposition | None = None
        self._at = at
        self._token = token
        self._line = booking(token, now, fakes, stepped=stepped, caller=caller)
        self._observers = tuple(observers)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._moved: asyncio.Future[None] | None = None
        self._over = False

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(_BOOK_S):
                self._reader, self._writer = await asyncio.open_unix_connection(str(self._at), limit=_LINE_BYTES)
                self._writer.write(self._line)
                await self._writer.drain()
                await self._reader.readline()
        except (OSError, TimeoutError) as error:
            raise LineFailed(
                "the served line lets nobody follow", provider="feed", hint="serve it with --stage"
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def move(self, to_ms: int) -> None:
        """Let the call's time go on to so many milliseconds; returns once what happened by then was handed on.

        Raises:
            LineFailed: the served line does not say so in time.
        """
        if self._over or self._writer is None:
            return
        self._moved = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_MOVE_S):
                self._writer.write(json.dumps({"at": to_ms}).encode() + b"\n")
                await self._writer.drain()
                await self._moved
        except (OSError, TimeoutError) as error:
            if not self._over:
                raise LineFailed("the served line does not go on with time", provider="feed") from error

    async def run(self) -> None:
        """Hand on what happens until the call is over; returns then."""
        try:
            await self._read()
        finally:
            self._over = True
            self._has_moved()

    def _has_moved(self) -> None:
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    async def _read(self) -> None:
        assert self._reader is not None
        while line := await self._reader.readline():
            told = json.loads(line)
            self.answered = told.get("answered") or self.answered
            if "over" in told:
                self.disposition = Disposition(told["over"]) if told["over"] else None
                return
            if "at" in told:
                self._has_moved()
            elif "speaking" in told:
                for observer in self._observers:
                    observer.speaking(told["speaking"], told["audio_ms"])
            elif "event" in told:
                event = event_from_json(json.dumps(told["event"]))
                effects = [effect_from_json(json.dumps(effect)) for effect in told["effects"]]
                for observer in self._observers:
                    observer.happened(event, effects, told["audio_ms"])
