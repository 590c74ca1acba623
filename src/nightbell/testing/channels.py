"""FakeChannel: a carrier that keeps what it is given, and fails, lies or is slow as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt
from nightbell.errors import ChannelBusy, ChannelFailed

__all__ = ["FakeChannel"]


@dataclass(slots=True)
class FakeChannel:
    """The Channel port in memory. ``plan`` says what each send meets; nothing said is a success."""

    plan: Callable[[Message], Exception | float | None] = lambda _: None
    """An error to raise, seconds to take, or None."""
    sent: list[Message] = field(default_factory=list)
    tried: list[Message] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first send."""
    closed: bool = False

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """See the port."""
        self.tried.append(message)
        self.arrived.set()
        meets = self.plan(message)
        if isinstance(meets, ChannelFailed):
            raise meets
        if isinstance(meets, float | int):
            try:
                async with asyncio.timeout(limit_s):
                    await asyncio.sleep(meets)
            except TimeoutError as error:
                raise ChannelBusy(f"no answer within {limit_s:g} s", provider="fake") from error
        self.sent.append(message)
        return Receipt(reference=f"fake-{len(self.sent)}")

    async def aclose(self) -> None:
        """See the port."""
        self.closed = True
