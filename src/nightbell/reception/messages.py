"""Messages: what a carrier recorded for a call by requests is fetched, sealed like any recording, deleted there.

A carrier has a recording some seconds after it told of it, so it is asked again. It is deleted there only once it
is sealed here; what cannot be had now is found again by ``left_messages``. Nobody waits for it. What the caller
declined is deleted there, unfetched.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from nightbell.audio.wav import read_wav

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.conversation.keeper import Keeper

__all__ = ["Messages", "Source"]

_log = structlog.get_logger(__name__)

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Before each try."""
_MOST: Final = 10_000
"""Messages that were fetched, and calls whose caller declined, that are remembered."""


class Source(Protocol):
    """Where a carrier keeps what it recorded; ``line.webhook.rest.CarrierRest`` is one."""

    async def recording(self, sid: str) -> bytes:
        """Return a recording as WAV. Raises LineFailed."""

    async def forget(self, sid: str) -> None:
        """Delete it there; one that is gone is no fault. Raises LineFailed."""


class Seals(Protocol):
    """Keeps recordings; ``records.recordings.Recorder`` is one."""

    def add(self, clinic: str, call: str, caller: Samples, *, at_ms: int) -> None:
        """Seal a caller's sound; the same at the same place is kept once. Raises RecordsFailed."""

    def begin(self, clinic: str, call: str) -> Keeper:
        """Return the recording of one call."""


class Messages:
    """The messages of one process's calls; ``conversation.by_request.happening.KeepsMessages``."""

    def __init__(self, source: Source, recorder: Seals, *, waits_s: Sequence[float] = _WAITS_S) -> None:
        self._source = source
        self._recorder = recorder
        self._waits_s = tuple(waits_s)
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        """By what the carrier calls the recording."""
        self._fetched: OrderedDict[str, None] = OrderedDict()
        self._declined: OrderedDict[str, None] = OrderedDict()
        self._sealing = asyncio.Lock()
        """One writes at a time: two messages of one call go into one file."""

    def take(self, clinic: str, call: str, sid: str, at_ms: int, *, keep: bool = True) -> None:
        """Have a message fetched that began at a place in the call; who tells of it again changes nothing.

        Args:
            clinic: whose call it is.
            call: its id.
            sid: what the carrier calls the recording.
            at_ms: where it began; the same for whoever tells of it.
            keep: False only deletes it there: the caller declined.
        """
        if sid in self._tasks or sid in self._fetched:
            return
        if not keep:
            _remember(self._declined, call)
        task = self._tasks[sid] = asyncio.create_task(self._fetch(clinic, call, sid, at_ms), name="message")
        task.add_done_callback(lambda _: self._tasks.pop(sid, None))

    def decline(self, clinic: str, call: str) -> None:
        """Keep nothing of a call, what was kept included."""
        _remember(self._declined, call)
        self._recorder.begin(clinic, call).discard()

    async def settled(self) -> None:
        """Wait for what is being fetched."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def aclose(self) -> None:
        """Leave what is not here yet with the carrier: the next process finds it there."""
        for task in self._tasks.values():
            task.cancel()
        await self.settled()

    async def _fetch(self, clinic: str, call: str, sid: str, at_ms: int) -> None:
        kept = False
        for wait_s in self._waits_s:
            await asyncio.sleep(wait_s)
            try:
                if not kept and call not in self._declined:
                    wav = await self._source.recording(sid)
                    async with self._sealing:
                        await asyncio.to_thread(self._keep, clinic, call, wav, at_ms)
                    kept = True
                if kept and call in self._declined:  # declined while it was on its way
                    self._recorder.begin(clinic, call).discard()
                await self._source.forget(sid)
            except Exception as error:  # noqa: BLE001 - tried again, and told when it stays so
                _log.info("message_not_here_yet", call=call, error=type(error).__name__)
            else:
                _remember(self._fetched, sid)
                return
        _log.error("message_left_with_the_carrier", call=call)

    def _keep(self, clinic: str, call: str, wav: bytes, at_ms: int) -> None:
        self._recorder.add(clinic, call, read_wav(wav, name="a message"), at_ms=at_ms)


def _remember(past: OrderedDict[str, None], name: str) -> None:
    past[name] = None
    if len(past) > _MOST:
        past.popitem(last=False)
