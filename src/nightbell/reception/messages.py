"""Messages: what a carrier recorded for a call by requests is fetched, sealed like any recording, deleted there.

A carrier has a recording some seconds after it told of it, so it is asked again. What cannot be fetched stays with
the carrier, and is told in the log; nobody waits for it. What the caller declined is deleted there, unfetched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import structlog

from nightbell.audio.wav import read_wav

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.conversation.keeper import Keeper

__all__ = ["Messages", "Source"]

_log = structlog.get_logger(__name__)

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Before each try."""


class Source(Protocol):
    """Where a carrier keeps what it recorded; ``line.webhook.rest.CarrierRest`` is one."""

    async def recording(self, sid: str) -> bytes:
        """Return a recording as WAV. Raises LineFailed."""

    async def forget(self, sid: str) -> None:
        """Delete it there; one that is gone is no fault. Raises LineFailed."""


class Begins(Protocol):
    """Begins a call's recording; ``records.recordings.Recorder`` is one."""

    def begin(self, clinic: str, call: str) -> Keeper:
        """Return the recording of one call."""


class Messages:
    """The messages of one process's calls; ``conversation.by_request.happening.KeepsMessages``."""

    def __init__(self, source: Source, recorder: Begins, *, waits_s: Sequence[float] = _WAITS_S) -> None:
        self._source = source
        self._recorder = recorder
        self._waits_s = tuple(waits_s)
        self._keepers: dict[str, Keeper] = {}
        self._declined: set[str] = set()
        self._tasks: dict[str, set[asyncio.Task[Any]]] = {}

    def take(self, clinic: str, call: str, sid: str, at_ms: int) -> None:
        """Have a message fetched that began at a place in the call."""
        task = asyncio.create_task(self._fetch(clinic, call, sid, at_ms), name="message")
        self._tasks.setdefault(call, set()).add(task)

    def decline(self, call: str) -> None:
        """Keep nothing of a call, what was kept included."""
        self._declined.add(call)
        keeper = self._keepers.get(call)
        if keeper is not None:
            keeper.discard()

    async def over(self, call: str) -> None:
        """Seal what a call left, once it is here."""
        await asyncio.gather(*self._tasks.pop(call, ()), return_exceptions=True)
        keeper = self._keepers.pop(call, None)
        if keeper is not None:
            await asyncio.to_thread(keeper.close)
        self._declined.discard(call)

    async def aclose(self) -> None:
        """Leave what is not here yet with the carrier."""
        tasks = [task for of_call in self._tasks.values() for task in of_call]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for call in tuple(self._keepers):
            await self.over(call)

    async def _fetch(self, clinic: str, call: str, sid: str, at_ms: int) -> None:
        kept = False
        for wait_s in self._waits_s:
            await asyncio.sleep(wait_s)
            try:
                if not kept and call not in self._declined:
                    wav = await self._source.recording(sid)
                    self._keep(clinic, call, await asyncio.to_thread(read_wav, wav, name="a message"), at_ms)
                    kept = True
                await self._source.forget(sid)
            except Exception as error:  # noqa: BLE001 - tried again, and told when it stays so
                _log.info("message_not_here_yet", call=call, error=type(error).__name__)
            else:
                return
        _log.error("message_left_with_the_carrier", call=call)

    def _keep(self, clinic: str, call: str, sound: Samples, at_ms: int) -> None:
        if call in self._declined:
            return
        keeper = self._keepers.get(call)
        if keeper is None:
            keeper = self._keepers[call] = self._recorder.begin(clinic, call)
        keeper.keep(on=True)
        keeper.feed(sound, np.zeros(len(sound), np.int16), at_ms=at_ms)
        keeper.keep(on=False)
