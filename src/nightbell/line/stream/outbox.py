"""Outbox: what is still to be sent over one WebSocket, in its order.

It holds no socket; ``run`` is given one's send. Where the other end is slow the oldest goes first, because a
caller wants no sound of a second ago. After its end it takes everything without a word.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
from aiohttp import ClientError, web

__all__ = ["Outbox", "sent"]

_log = structlog.get_logger(__name__)

Message = TypeVar("Message", bound=bytes | str)


class Outbox(Generic[Message]):
    """The messages of one connection."""

    def __init__(self, most: int) -> None:
        """Hold at most so many that wait."""
        self._waiting: deque[Message] = deque(maxlen=most)
        self._more = asyncio.Event()
        self._ended = False

    def put(self, message: Message) -> None:
        """Send a message after those that wait."""
        if not self._ended:
            self._waiting.append(message)
            self._more.set()

    def clear(self, keep: Callable[[Message], bool] = lambda _: False) -> None:
        """Let go of what waits, but for what is to be kept."""
        kept = [one for one in self._waiting if keep(one)]
        self._waiting.clear()
        self._waiting.extend(kept)

    def end(self) -> None:
        """Take no more; safe to repeat."""
        self._ended = True
        self._more.set()

    async def run(self, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send what there is until the end and all before it, or ``send`` raises."""
        while True:
            while self._waiting:
                await send(self._waiting.popleft())
            if self._ended:
                return
            self._more.clear()
            await self._more.wait()


async def sent(outbox: Outbox[bytes | str], socket: web.WebSocketResponse) -> None:
    """Send an outbox's messages, and close the socket behind them; a socket that is gone ends it."""

    async def send(message: bytes | str) -> None:
        await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))

    try:
        await outbox.run(send)
        await socket.close()
    except (ClientError, ConnectionError) as error:
        _log.info("stream_gone", error=type(error).__name__)
