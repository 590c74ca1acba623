"""Handsets: telephones of people on call, on loopback, over real SIP: what they do, and what they heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from nightbell.audio.frame import FRAME_SAMPLES, RATE, Samples
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

__all__ = ["Handset", "Handsets", "answers", "open_handsets", "rings", "tone", "tone_share"]

_PORTS: Final = (36_000, 36_998)
_KEY_TICK: Final = 150
"""Three seconds of the whisper before the key."""
_AGAIN_TICKS: Final = 100
_LOUD: Final = 300
_SECOND: Final = RATE


@dataclass(slots=True)
class Handset:
    """One ring of one telephone."""

    number: str
    """Last digits of what was dialled."""
    shown: str
    """Who it showed as calling."""
    events: list[str] = field(default_factory=list)
    heard: list[Samples] = field(default_factory=list)

    @property
    def sound(self) -> Samples:
        """All that it heard."""
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)


Does = Callable[[Handset, Invitation, RtpEngine], Awaitable[None]]


@dataclass(slots=True)
class Handsets:
    """Every telephone behind one address."""

    agent: SipAgent
    engine: RtpEngine
    does: Mapping[str, Does]
    """Number dialled, its last digits, to what its owner does."""
    rung: list[Handset] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        """``HOST:PORT`` of all of them."""
        host, port = self.agent.address()
        return f"{host}:{port}"

    async def invited(self, invitation: Invitation) -> None:
        """Take what rings to its owner."""
        digits = next((end for end in self.does if invitation.called.endswith(end)), "")
        handset = Handset(number=digits, shown=invitation.caller or "")
        self.rung.append(handset)
        self.moved.set()
        if digits:
            await self.does[digits](handset, invitation, self.engine)
        else:
            invitation.reject(404)

    def of(self, digits: str) -> Sequence[Handset]:
        """Return the rings of one telephone."""
        return [each for each in self.rung if each.number == digits]

    async def until(self, true: Callable[[], bool], *, seconds: float) -> None:
        """Wait until something holds of what rang."""
        async with asyncio.timeout(seconds):
            while not true():
                self.moved.clear()
                try:
                    async with asyncio.timeout(0.1):  # keys and sound move nothing that could be waited for
                        await self.moved.wait()
                except TimeoutError:
                    continue


async def rings(handset: Handset, invitation: Invitation, engine: RtpEngine) -> None:
    """Let it ring."""
    del engine
    invitation.ring()
    handset.events.append("rings")
    await invitation.wait_over()
    handset.events.append("stopped")


def answers(says: Samples, *, key: str = "", then: str = "") -> Does:
    """Return who picks up, presses a key after a while or none, and says the same again and again.

    Args:
        says: 8 kHz samples; begun at once without a key, and after it with one.
        key: "" is an answering machine.
        then: pressed every two seconds after it: while they talk to a caller it is nobody's, afterwards an answer.
    """

    async def work(handset: Handset, invitation: Invitation, engine: RtpEngine) -> None:
        invitation.ring()
        line = SipLine(invitation, engine)
        await line.answer()
        handset.events.append("answered")
        at, speaking = 0, not key
        async for tick in line.ticks():
            handset.heard.append(tick.frame.copy())
            if key and tick.number == _KEY_TICK:
                line.leg.media.outgoing.press(key)
                handset.events.append(f"pressed {key}")
                speaking = True
            if then and tick.number > _KEY_TICK and not (tick.number - _KEY_TICK) % _AGAIN_TICKS:
                line.leg.media.outgoing.press(then)
            if speaking and tick.number > _KEY_TICK:
                frame = says[at : at + FRAME_SAMPLES]
                at = (at + FRAME_SAMPLES) % (len(says) - len(says) % FRAME_SAMPLES)
                line.play(frame)
        handset.events.append("over")

    return work


def tone(hz: float, *, ms: int = 1000, peak: int = 8000) -> Samples:
    """Return a tone that is told from speech and from other tones."""
    at = np.arange(RATE * ms // 1000) / RATE
    return np.asarray(peak * np.sin(2 * np.pi * hz * at), dtype=np.int16)


def tone_share(sound: Samples, hz: float) -> float:
    """Return the largest share of one second's power that lies at a frequency, 0..1."""
    best = 0.0
    for start in range(0, len(sound) - _SECOND + 1, _SECOND // 2):
        piece = sound[start : start + _SECOND].astype(float)
        if np.abs(piece).max() < _LOUD:
            continue
        power = np.abs(np.fft.rfft(piece * np.hanning(_SECOND))) ** 2
        middle = round(hz)  # one bin is one hertz
        best = max(best, float(power[middle - 5 : middle + 6].sum() / power.sum()))
    return best


@asynccontextmanager
async def open_handsets(
    does: Mapping[str, Does], *, users: Mapping[str, str] | None = None
) -> AsyncIterator[Handsets]:
    """Open them on a free port of loopback.

    Args:
        does: number dialled, its last digits, to what its owner does.
        users: accounts and their passwords, of which who rings has to show one; None lets anybody ring.
    """
    config = AgentConfig(
        bindings=(Binding("udp", "127.0.0.1", 0),),
        trust=Trust(users=users) if users else Trust(networks=("127.0.0.0/8",)),
        guard=DialGuard(country="GB"),
        country="GB",
    )
    async with AsyncExitStack() as stack:
        found = Handsets(SipAgent(config), RtpEngine(PortRange("127.0.0.1", *_PORTS), media_timeout_s=20.0), does)
        found.agent.on_invite = found.invited
        await found.agent.start()
        stack.push_async_callback(found.agent.close)
        stack.callback(found.engine.close)
        yield found
