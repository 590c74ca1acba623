"""A wire to an agent under test: raw datagrams out, parsed responses in; and an agent that answers every call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final, cast

from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request, Response
from nightbell.line.sip.message.reading import Malformed, read
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

__all__ = ["LIMIT_S", "QUICK", "Wire", "agent", "answers_everything", "offer", "until", "wire"]

LIMIT_S: Final = 5.0
"""Longest that a test waits for one message on a busy machine."""
QUICK: Final = Timers(t1=0.02, t2=0.08, t4=0.05)
"""Transactions that give up after 1.3 s."""


async def until(holds: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Wait until something holds that nobody tells of."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


class Wire(asyncio.DatagramProtocol):
    """One UDP socket of a test."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self._seen: set[bytes] = set()
        self.address = ("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._inbox.put_nowait(data)

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(data, to)

    async def bytes_received(self, limit_s: float = LIMIT_S) -> bytes:
        async with asyncio.timeout(limit_s):
            return await self._inbox.get()

    async def response(self, *, final: bool = True, method: str = "", again: bool = False) -> Response:
        """Return the next response, past provisional ones, those of other methods and, unless asked, copies."""
        while True:
            data = await self.bytes_received()
            if data in self._seen and not again:
                continue
            self._seen.add(data)
            message = lenient(data)
            wanted = isinstance(message, Response) and (message.status >= 200 or not final)
            if wanted and isinstance(message, Response) and message.headers.get("cseq").endswith(method):
                return message

    async def request(self, method: str = "") -> Request:
        """Return the next request, past those of other methods."""
        while True:
            message = read(await self.bytes_received())
            if isinstance(message, Request) and (not method or message.method == method):
                return message

    def empty(self) -> bool:
        return self._inbox.empty()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()


def lenient(data: bytes) -> Request | Response:
    """Read a message, also a response that copies what is wrong with its request."""
    try:
        return read(data)
    except Malformed:
        first, *lines = data.decode("utf-8", "surrogateescape").split("\r\n")
        fields = [line.partition(": ") for line in lines if ": " in line]
        headers = Headers((name, value) for name, _, value in fields)
        return Response(headers=headers, status=int(first.split()[1]), reason="malformed")


@contextlib.asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    loop = asyncio.get_running_loop()
    _, found = await loop.create_datagram_endpoint(Wire, local_addr=("127.0.0.1", 0))
    try:
        yield found
    finally:
        await found.close()


def offer(port: int = 40_000) -> str:
    return sdp.offer("127.0.0.1", port)


async def answers_everything(invitation: Invitation) -> None:
    """Take a call with whatever media fits."""
    if invitation.offer is None:
        await invitation.accept(offer())
        return
    text, _ = sdp.answer(invitation.offer, "127.0.0.1", 40_000, loopback=True)
    await invitation.accept(text)


@contextlib.asynccontextmanager
async def agent(
    *,
    trust: Trust | None = None,
    guard: DialGuard | None = None,
    timers: Timers = QUICK,
    transports: tuple[Binding, ...] = (Binding("udp", "127.0.0.1"),),
) -> AsyncIterator[SipAgent]:
    """A started agent that trusts this machine."""
    config = AgentConfig(
        bindings=transports,
        trust=trust or Trust(networks=("127.0.0.1",)),
        guard=guard or DialGuard(),
        country="GB",
        timers=timers,
        close_limit_s=0.05,
    )
    found = SipAgent(config)
    found.on_invite = answers_everything
    await found.start()
    try:
        yield found
    finally:
        await found.close()
