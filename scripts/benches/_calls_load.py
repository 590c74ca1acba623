"""Callers for the bench of calls: light, many to a core. They hold calls, answer by key or voice, and measure.

When a packet came is the kernel's word, so a busy caller's end does not make the line look late. Lateness is
measured against each call's own most punctual packet.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, Samples
from nightbell.audio.g711 import encode_mulaw
from nightbell.errors import NightbellError
from nightbell.line.rtp.events import KeySender
from nightbell.line.rtp.packet import header
from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.outbound import CallLimits
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

SILENT = b"\xff" * FRAME_SAMPLES
_TIMESPEC = struct.Struct("@ll")
_CONTROL = socket.CMSG_SPACE(_TIMESPEC.size)
_SETTLE_S = 10.0
"""How long the last calls of a step may take to be answered."""
QUIET_MS = 600
"""Silence of the line after which a caller thinks that it is their turn."""
ASKED_S = 1.0
"""How long the line must have talked after a caller's last words before they answer: nobody answers a silence, and
words that run on from other words are no answer."""


@dataclass(slots=True)
class Said:
    """What a caller answers with: keys, or recorded words."""

    keys: str = ""
    name: str = ""
    frames: list[bytes] = field(default_factory=list)
    last_sound_ms: int = 0


def spoken(name: str, samples: Samples, last_sound_ms: int) -> Said:
    """Return recorded words as a caller says them."""
    padded = np.concatenate((samples, np.zeros(-len(samples) % FRAME_SAMPLES, dtype=np.int16)))
    coded = encode_mulaw(padded)
    frames = [coded[at : at + FRAME_SAMPLES] for at in range(0, len(coded), FRAME_SAMPLES)]
    return Said(name=name, frames=frames, last_sound_ms=last_sound_ms)


@dataclass(slots=True, eq=False)
class Caller:
    """One call that is held."""

    sock: socket.socket
    answers: Sequence[Said]
    bed: Sequence[bytes]
    """Frames of the room, one after another; one silent frame for none."""
    target: tuple[str, int] = ("", 0)
    chat: Sequence[list[bytes]] = ()
    """What a caller says beside the answers, under prompts too, until they speak a quarter of the time."""
    think_s: float = 1.0
    seq: int = field(default_factory=lambda: secrets.randbits(15))
    ts: int = field(default_factory=lambda: secrets.randbits(31))
    ssrc: int = field(default_factory=lambda: secrets.randbits(31))
    keys: KeySender = field(default_factory=KeySender)
    turn: int = 0
    saying: list[bytes] = field(default_factory=list)
    ticks: int = 0
    first_at: float = 0.0
    seqs: list[int] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    sounded_at: float = 0.0
    asked_at: float = 0.0
    waiting: str = ""
    responses: list[tuple[str, float]] = field(default_factory=list)
    speaking_ticks: int = 0
    spoken_ticks: int = 0
    line_s: float = 0.0
    """How long the line has talked since their own last words."""
    chatted: bool = False
    """They have talked beside the answers since the last of them."""

    def drain(self) -> None:
        """Take in what arrived."""
        while True:
            try:
                data, control, _, _ = self.sock.recvmsg(512, _CONTROL)
            except BlockingIOError:
                return
            if len(data) < 12 or data[1] & 0x7F:
                continue
            seconds, nanos = _TIMESPEC.unpack(control[0][2])
            at = seconds + nanos * 1e-9
            self.seqs.append(data[2] << 8 | data[3])
            self.arrived.append(at)
            if data[12:] == SILENT:
                continue
            if self.waiting and at > self.asked_at:
                self.responses.append((self.waiting, (at - self.asked_at) * 1000))
                self.waiting = ""
            self.sounded_at = at
            self.line_s += 0.02

    def send(self) -> None:
        """Send this tick's packet."""
        self.ticks += 1
        event = self.keys.next() if self.keys.sending else None
        if event is not None:
            data = header(101, self.seq, self.ts - event.behind, self.ssrc, marker=event.marker) + event.payload
            if event.marker:
                self.waiting, self.asked_at = "key", time.time()
        elif self.saying:
            self.speaking_ticks += 1
            self.spoken_ticks += 1
            data = header(0, self.seq, self.ts, self.ssrc) + self.saying.pop(0)
            self.line_s = 0.0
        else:
            data = header(0, self.seq, self.ts, self.ssrc) + self.bed[self.ticks % len(self.bed)]
        self.seq, self.ts = (self.seq + 1) & 0xFFFF, (self.ts + FRAME_SAMPLES) & 0xFFFFFFFF
        with contextlib.suppress(OSError):
            self.sock.sendto(data, self.target)

    def late_ms(self) -> list[float]:
        """Return how late each packet was, against the most punctual one, in milliseconds."""
        if len(self.seqs) < 50:
            return []
        seqs = np.unwrap(np.array(self.seqs, dtype=np.float64), period=65536)
        behind = np.array(self.arrived) - (seqs - seqs[0]) * 0.02
        found: list[float] = ((behind - behind.min()) * 1000).tolist()
        return found

    def lost(self) -> int:
        """Return how many packets are missing between the first and the last."""
        if len(self.seqs) < 50:
            return 0
        seqs = np.unwrap(np.array(self.seqs, dtype=np.float64), period=65536)
        return int(seqs.max() - seqs.min()) + 1 - len(np.unique(seqs))

    def think(self, now: float) -> None:
        """Answer when the line has been quiet for long enough."""
        if not self.sounded_at or self.saying or self.keys.sending:
            return
        talking = now - self.sounded_at < QUIET_MS / 1000
        if self.chat and talking and not self.chatted and self.spoken_ticks < self.ticks / 4:
            self.saying, self.chatted = list(self.chat[self.turn % len(self.chat)]), True
            return
        if now - self.sounded_at < QUIET_MS / 1000 + self.think_s or (self.chat and self.line_s < ASKED_S):
            return
        if self.waiting and now - self.asked_at < 4:
            return
        answer = self.answers[min(self.turn, len(self.answers) - 1)]
        self.turn += 1
        self.waiting, self.chatted = "", False
        if answer.keys:
            self.keys.press(answer.keys)
        else:
            self.saying = list(answer.frames)
            self.waiting, self.asked_at = answer.name, now + answer.last_sound_ms / 1000


class Load:
    """Callers by the hundred."""

    def __init__(
        self,
        port: int,
        *,
        answers: Sequence[Said],
        bed: Sequence[bytes] = (SILENT,),
        chat: Sequence[list[bytes]] = (),
    ) -> None:
        self._port = port
        self._answers = answers
        self._bed = bed
        self._chat = chat
        self._random = random.Random(5)  # noqa: S311 - a bench, not a secret
        guard = DialGuard(uris=frozenset({f"sip:rosewood@127.0.0.1:{port}"}), country="GB")
        trust = Trust(networks=("127.0.0.0/8",))
        self.agent = SipAgent(AgentConfig(bindings=(Binding("udp", "127.0.0.1", 0),), guard=guard, trust=trust))
        self.callers: dict[Caller, None] = {}
        self.set_up_ms: list[float] = []
        self.failed = 0
        self.ended = 0
        self.lateness: list[float] = []
        self.lost = 0
        self.packets = 0
        self.responses: list[tuple[str, float]] = []
        self.speaking_ticks = 0
        self.ticks = 0
        self.own_late_ms: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._holding = 0
        self._calls = 0
        self._over = False

    async def run(self, work: Callable[[Load], Awaitable[None]]) -> None:
        """Open, do the work, close."""
        await self.agent.start()
        pump = asyncio.create_task(self._pump())
        try:
            await work(self)
        finally:
            self._over = True
            self._holding = 0
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if pump.done():
                pump.result()  # a fault of the callers' end: nothing that was measured counts
            pump.cancel()
            await self.agent.close()

    async def hold(self, calls: int, *, per_s: float) -> None:
        """Bring the calls held to a number, this many a second; one that ends is made anew."""
        self._holding = calls
        for _ in range(max(calls - len(self._tasks), 0)):
            self._begin()
            await asyncio.sleep(1 / per_s)
        until = time.monotonic() + _SETTLE_S
        while len(self.callers) < calls and time.monotonic() < until:  # noqa: ASYNC110 - callers come and go
            await asyncio.sleep(0.05)

    async def put_down(self) -> None:
        """Put every call down."""
        self._holding = 0
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def burst(self, calls: int, *, per_s: float, hold_s: float) -> None:
        """Make so many calls, evenly, and put each down after a while."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                await asyncio.sleep(max(began + number / per_s - time.monotonic(), 0))
                group.create_task(self._call(hold_s))

    def fresh(self) -> None:
        """Forget what was measured so far."""
        for caller in self.callers:
            caller.seqs, caller.arrived, caller.responses = [], [], []
            caller.speaking_ticks = 0
        self.lateness, self.responses, self.own_late_ms = [], [], []
        self.lost = self.packets = self.speaking_ticks = self.ticks = 0

    def gather(self) -> None:
        """Count what the calls that are held brought so far."""
        for caller in self.callers:
            self._count(caller)
        self.fresh_callers()

    def fresh_callers(self) -> None:
        """Forget what the callers hold, not what was counted."""
        for caller in self.callers:
            caller.seqs, caller.arrived, caller.responses, caller.speaking_ticks = [], [], [], 0

    def _number(self) -> str:
        """Return the number of another caller: nobody rings five hundred times."""
        self._calls += 1
        return f"+447700900{self._calls % 1000:03}"

    def _begin(self) -> None:
        task = asyncio.create_task(self._call())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failed += 1
        if not self._over and len(self._tasks) < self._holding:
            self._begin()

    async def _call(self, hold_s: float = 3600.0) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(0)
        sock.setsockopt(socket.SOL_SOCKET, 35, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        sock.bind(("127.0.0.1", 0))
        caller = Caller(sock, self._answers, self._bed, chat=self._chat, think_s=self._random.uniform(0.4, 3))
        caller.ticks = self._random.randrange(500)
        target = f"sip:rosewood@127.0.0.1:{self._port}"
        began = time.perf_counter()
        dialog = None
        try:
            offer = sdp.offer("127.0.0.1", sock.getsockname()[1], payloads=(0,))
            call = await self.agent.invite(target, offer, from_number=self._number(), limits=CallLimits(ring_s=20))
            dialog = await call.answered()
            self.set_up_ms.append((time.perf_counter() - began) * 1000)
            media = sdp.read(dialog.remote_sdp or "", loopback=True)
            caller.target = (media.host, media.port)
            self.callers[caller] = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(hold_s):
                    await dialog.wait_ended()
            self.ended += 1
        except NightbellError:
            self.failed += 1
        finally:
            if caller in self.callers:
                del self.callers[caller]
                self._count(caller)
            sock.close()
            if dialog is not None and not dialog.ended:
                await dialog.bye()

    def _count(self, caller: Caller) -> None:
        self.responses += caller.responses
        self.speaking_ticks += caller.speaking_ticks
        self.lateness.extend(caller.late_ms())
        self.packets += len(caller.seqs)
        self.lost += caller.lost()

    async def _pump(self) -> None:
        """Serve all callers every 20 ms, in four groups."""
        began = time.monotonic()
        number = 0
        while True:
            number += 1
            due = began + number * 0.005
            await asyncio.sleep(max(due - time.monotonic(), 0))
            self.own_late_ms.append((time.monotonic() - due) * 1000)
            now = time.time()
            for place, caller in enumerate(tuple(self.callers)):
                if place % 4 == number % 4 and caller.sock.fileno() >= 0:
                    caller.drain()
                    caller.think(now)
                    caller.send()
                    self.ticks += 1


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return a percentile, or None of nothing."""
    return float(np.percentile(values, percent)) if len(values) else None
