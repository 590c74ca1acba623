"""A telephone and a line on loopback, over real UDP: the telephone is ours too, so a test sees both ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from nightbell.errors import LineFailed
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.placed import PlacedLeg, place
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

CALLER = "+447700900123"
CALLED = "+442079460000"
HOME = Trust(networks=("127.0.0.0/8",))


def agent_at(port: int = 0, *, rings: frozenset[str] = frozenset({CALLED}), country: str = "GB") -> SipAgent:
    """Make an agent on loopback that may ring these numbers."""
    guard = DialGuard(numbers=rings, country=country)
    return SipAgent(AgentConfig(bindings=(Binding("udp", "127.0.0.1", port),), trust=HOME, guard=guard))


def engine_at(first: int = 30_000, *, media_timeout_s: float = 20.0) -> RtpEngine:
    """Make an engine over a hundred ports of loopback; other processes that test at the same time have others."""
    own = first + os.getpid() % 40 * 100
    return RtpEngine(PortRange("127.0.0.1", own, own + 99), media_timeout_s=media_timeout_s)


class Exchange:
    """A telephone, a line, and the calls between them."""

    def __init__(self, *, media_timeout_s: float = 20.0, rings: frozenset[str] = frozenset()) -> None:
        self.line_agent = agent_at(rings=rings)
        self.line_engine = engine_at(30_000, media_timeout_s=media_timeout_s)
        self.phone_agent = agent_at()
        self.phone_engine = engine_at(34_000)
        self.ringing: asyncio.Queue[Invitation] = asyncio.Queue()
        self.phone: PlacedLeg | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def rings(self, phone: Callable[[PlacedLeg], Awaitable[None]] | None = None) -> SipLine:
        """Have the telephone call, and return the line that rings; ``phone`` is what it does once answered."""
        _, port = self.line_agent.address()
        placed = await place(
            self.phone_agent, self.phone_engine, f"sip:{CALLED}@127.0.0.1:{port}", from_number=CALLER
        )
        self.phone = placed
        if phone is not None:
            task = asyncio.create_task(self._talk(placed, phone))
            self.tasks.add(task)
        async with asyncio.timeout(5):
            invitation = await self.ringing.get()
        return SipLine(invitation, self.line_engine)

    async def _talk(self, placed: PlacedLeg, phone: Callable[[PlacedLeg], Awaitable[None]]) -> None:
        if await placed.answered() == "answered":
            await phone(placed)

    async def invited(self, invitation: Invitation) -> None:
        self.ringing.put_nowait(invitation)
        await invitation.wait_over()


@asynccontextmanager
async def exchange(
    *, media_timeout_s: float = 20.0, rings: frozenset[str] = frozenset()
) -> AsyncIterator[Exchange]:
    """Open both ends, and see that nothing is left of them; ``rings`` is whom the line may ring."""
    both = Exchange(media_timeout_s=media_timeout_s, rings=rings)
    both.line_agent.on_invite = both.invited
    await both.line_agent.start()
    await both.phone_agent.start()
    try:
        yield both
    finally:
        for task in both.tasks:
            with suppress(LineFailed, asyncio.CancelledError):
                task.cancel()
                await task
        if both.phone is not None:
            both.phone.cancel()
        await both.phone_agent.close()
        await both.line_agent.close()
        both.line_engine.close()
        both.phone_engine.close()
