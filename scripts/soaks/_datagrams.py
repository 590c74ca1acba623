"""Damaged SIP datagrams by number and seed, and a siege: they are sent at an agent while a live call goes on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.trust import Trust

__all__ = ["Found", "damaged", "siege"]

METHODS: Final = ("INVITE", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "REGISTER", "DANCE")
PIECES: Final = (
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b"\x00",
    b"\xff\xfe",
    b",",
    b";;",
    b'"',
    b"<",
    b">",
    b":",
    b" ",
    b"\t",
    b"%",
    b"%00",
    b"@",
    b"@@",
    b"sip:",
    b"tel:999",
    b"SIP/2.0",
    b"SIP/7.0",
    b"z9hG4bK",
    b";tag=",
    b"-1",
    b"0",
    b"4294967296",
    b"99999999999999999999",
    b"Content-Length: 99999\r\n",
    b"l: -1\r\n",
    b"Via: SIP/2.0/UDP 192.0.2.1\r\n",
    b"Route: <sip:192.0.2.1;lr>\r\n",
    b"Require: everything\r\n",
    b"Max-Forwards: 0\r\n",
    b"c=IN IP4 224.0.0.1\r\n",
    b"m=audio 0 RTP/AVP 0\r\n",
    "大停電".encode(),
    b"A" * 3000,
    b"a: b\r\n" * 300,
)
SEED: Final = 5
BATCH: Final = 200
"""Datagrams in a row before the agent is waited for: a socket's buffer holds no more for certain."""
TIMERS: Final = Timers(t1=0.05, t2=10.0, t4=0.05)
"""Transactions end after 3.2 s, and repeat six times."""
LIMIT_S: Final = 120.0


def sound(number: int, draw: random.Random) -> bytes:
    """Return one message as it should be, with names of its own."""
    method = draw.choice(METHODS)
    body = sdp.offer("127.0.0.1", 40_000).encode() if method == "INVITE" else b""
    tag = f";tag={draw.choice(('', 'ours'))}" if method in {"ACK", "BYE", "INFO"} else ""
    lines = [
        f"{method} sip:+442079460000@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKsiege{number}",
        f'From: "Caller" <sip:+442079460999@127.0.0.1>;tag=siege{number}',
        f"To: <sip:+442079460000@127.0.0.1>{tag}",
        f"Call-ID: siege-{number}@127.0.0.1",
        f"CSeq: {draw.randrange(1, 1000)} {method}",
        "Max-Forwards: 70",
        "Contact: <sip:caller@127.0.0.1>",
    ]
    if draw.random() < 0.1:
        lines = ["SIP/2.0 200 OK", *lines[1:]]
    if body:
        lines.append("Content-Type: application/sdp")
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def damaged(number: int, seed: int = SEED) -> bytes:
    """Return the datagram of that number: the same for the same seed."""
    draw = random.Random(f"{seed}/{number}")  # noqa: S311 - chance that can be repeated is what is wanted
    data = bytearray(sound(number, draw))
    for _ in range(draw.randrange(1, 5)):
        place = draw.randrange(len(data) + 1)
        kind = draw.randrange(6)
        if kind == 0:
            data[place : place + draw.randrange(1, 40)] = draw.choice(PIECES)
        elif kind == 1:
            data[place:place] = draw.choice(PIECES)
        elif kind == 2:
            data[place : place + 1] = bytes([draw.randrange(256)])
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            lines = bytes(data).split(b"\r\n")
            draw.shuffle(lines)
            data = bytearray(b"\r\n".join(lines))
        else:
            end = min(place + draw.randrange(1, 80), len(data))
            data[place:place] = data[place:end] * draw.randrange(1, 4)
    return bytes(data[:65_000])


def forged(dialog: Dialog, number: int) -> bytes:
    """Return a BYE or a change of media for a live call by somebody who does not know its tags."""
    method = ("BYE", "INVITE", "CANCEL", "INFO")[number % 4]
    return (
        f"{method} sip:line@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKforged{number}\r\n"
        f"From: <sip:x@127.0.0.1>;tag={dialog.remote_tag[:-1]}\r\n"
        f"To: <sip:line@127.0.0.1>;tag={dialog.local_tag[::-1]}x\r\nCall-ID: {dialog.call_id}\r\n"
        f"CSeq: 99999 {method}\r\nContact: <sip:x@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@dataclass(slots=True)
class Found:
    """What a siege showed."""

    sent: int = 0
    faults: int = 0
    """Exceptions of ours that a datagram brought about."""
    rung: int = 0
    """Datagrams that were still calls."""
    disturbed: int = 0
    """Looks at the live call that found it ended or deaf."""
    longest_ms: float = 0.0
    """Longest that a batch of datagrams kept the loop."""
    held: dict[str, int] = field(default_factory=dict)
    """What was still held when all transactions were over, the live call apart."""


async def siege(
    first: int,
    count: int,
    *,
    seed: int = SEED,
    timers: Timers = TIMERS,
    say: Callable[[str], None] = lambda _: None,
) -> Found:
    """Send datagrams at an agent with a live call; return what it came to."""
    found = Found()
    loop = asyncio.get_running_loop()
    async with _agents(found, timers) as (line, caller, ours, theirs):
        socket, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        to = line.address()
        try:
            for begin in range(first, first + count, BATCH):
                numbers = range(begin, min(begin + BATCH, first + count))
                expected = line.stack.counts["received"] + len(numbers)
                started = time.perf_counter()
                for number in numbers:
                    data = forged(theirs, number) if number % 50 == 0 else damaged(number, seed)
                    socket.sendto(data or b"\r\n", to)
                    found.sent += 1
                async with asyncio.timeout(LIMIT_S):
                    while line.stack.counts["received"] < expected and not await _settled(line):
                        pass
                found.longest_ms = max(found.longest_ms, 1000 * (time.perf_counter() - started) / len(numbers))
                if begin % (BATCH * 10) == 0:
                    found.disturbed += await _disturbed(ours, theirs)
                    say(f"{found.sent} of {count}")
        finally:
            socket.close()
        found.disturbed += await _disturbed(ours, theirs)
        await ours.bye()
        await _until(lambda: not any(line.held.values()) and not any(caller.held.values()))
        found.held = {name: count for name, count in line.held.items() if count}
        found.faults = line.stack.counts["faults"] + caller.stack.counts["faults"]
    return found


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.05)


async def _settled(line: SipAgent) -> bool:
    """Wait a moment; tell whether nothing came in it: what a full socket dropped does not come."""
    before = line.stack.counts["received"]
    await asyncio.sleep(0.05)
    return line.stack.counts["received"] == before


async def _disturbed(ours: Dialog, theirs: Dialog) -> int:
    if ours.ended or theirs.ended:
        return 1
    answer = await ours.reinvite(sdp.offer("127.0.0.1", 40_000))
    return 0 if sdp.read(answer, loopback=True).port == 40_002 else 1


@contextlib.asynccontextmanager
async def _agents(found: Found, timers: Timers) -> AsyncIterator[tuple[SipAgent, SipAgent, Dialog, Dialog]]:
    trust = Trust(networks=("127.0.0.1",))
    line = SipAgent(AgentConfig(trust=trust, country="GB", timers=timers, close_limit_s=0.1))
    live: list[Dialog] = []

    async def takes(invitation: Invitation) -> None:
        found.rung += 1
        text, _ = sdp.answer(invitation.offer or "", "127.0.0.1", 40_002, loopback=True)
        dialog = await invitation.accept(text)
        dialog.on_reinvite = _changes
        live.append(dialog)

    line.on_invite = takes
    await line.start()
    host, port = line.address()
    target = f"sip:line@{host}:{port}"
    guard = DialGuard(uris=frozenset({target}))
    caller = SipAgent(AgentConfig(trust=trust, guard=guard, timers=timers, close_limit_s=0.1))
    await caller.start()
    try:
        call = await caller.invite(target, sdp.offer("127.0.0.1", 40_000), from_number="+442079460999")
        ours = await call.answered()
        await _until(lambda: bool(live))
        yield line, caller, ours, live[0]
    finally:
        await caller.close()
        await line.close()


async def _changes(text: str | None) -> str:
    return sdp.answer(text or "", "127.0.0.1", 40_002, loopback=True)[0]
