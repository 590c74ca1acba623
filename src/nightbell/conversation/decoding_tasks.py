"""DecodingTasks: where a call's utterances are decoded beside its frames, so that no frame waits for a recogniser.

Two tasks: one has the closed recogniser, the other the open one. While a whole utterance is written down, which
may have to wait for those of other calls, the caller's next words are decoded already. What was heard is told in
order all the same: that is for the ears to see to. Patient ears (virtual time) need none of this.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nightbell.conversation.decoding import Decoder, DecodingFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nightbell.conversation.ear_events import Reason
    from nightbell.conversation.take import Take

__all__ = ["DecodingTasks"]


class DecodingTasks:
    """The two tasks of one call; they begin when they are first woken."""

    def __init__(
        self, decoder: Decoder, takes: Callable[[], Sequence[Take]], failed: Callable[[Reason], None]
    ) -> None:
        """Take what they work on.

        Args:
            decoder: of the call.
            takes: returns the utterances that are not told yet, the oldest first.
            failed: told once why the recognisers are given up; nothing is decoded after that.
        """
        self._decoder = decoder
        self._takes = takes
        self._failed = failed
        self._to_decode = asyncio.Event()
        self._to_write = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def watch(self) -> None:
        """Begin the tasks where they have not begun; raise the fault of ours that ended one."""
        if not self._tasks:
            self._tasks = (
                asyncio.create_task(self._work(self._to_decode, self._decode), name="ears"),
                asyncio.create_task(self._work(self._to_write, self._write), name="ears: open"),
            )
        for task in self._tasks:
            if task.done():
                task.result()

    def wake(self) -> None:
        """Have them look for what there is to do."""
        self._to_decode.set()
        self._to_write.set()

    async def close(self) -> None:
        """End both; safe to repeat."""
        tasks, self._tasks = self._tasks, ()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _work(self, wanted: asyncio.Event, look: Callable[[], Awaitable[None]]) -> None:
        try:
            while True:
                await wanted.wait()
                wanted.clear()
                await look()
        except DecodingFailed as error:
            self._failed(error.reason)
            await asyncio.Event().wait()  # deaf: nothing more to do until the call closes the ears

    async def _decode(self) -> None:
        for take in self._takes():
            await self._decoder.decode(take)
            if not take.done:
                self._to_write.set()

    async def _write(self) -> None:
        for take in self._takes():
            if take.decoded:
                await self._decoder.work(take)
