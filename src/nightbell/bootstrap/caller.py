"""Bootstrap of a caller: our own end of SIP and RTP, placing calls to one line - for `dial`, rehearsals and tests.

It may ring the one number or address that it was made for; the agent's guard holds that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from nightbell.errors import LineFailed, SettingsError, TermError
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.message.uri import Uri
from nightbell.line.sip.peer import Transport, is_loopback
from nightbell.line.sip.placed import PlacedLeg, place
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust
from nightbell.terms.phone import PhoneNumber

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.port import Tick

__all__ = ["Caller", "KeysBy", "Telephone", "open_caller"]

KeysBy = Literal["event", "info"]
"""How signalled keys are sent: RFC 4733, or SIP INFO."""

_PORTS: Final = (30_000, 31_998)
"""Of the caller's sound: apart from the line's own, so that both can be on one machine."""
_MEDIA_TIMEOUT_S: Final = 20.0


class Telephone:
    """A call that was picked up; the Phone of ``rehearsal.telephone``."""

    def __init__(self, agent: SipAgent, leg: PlacedLeg, keys: KeysBy) -> None:
        self._agent = agent
        self._leg = leg
        self._keys = keys
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def call_id(self) -> str:
        """The Call-ID, by which the line's end of the call is found."""
        dialog = self._leg.dialog
        return dialog.call_id if dialog is not None else ""

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield what is heard, 20 ms at a time."""
        async for tick in self._leg.ticks():
            yield tick

    def play(self, frame: Frame) -> None:
        """Send 20 ms."""
        self._leg.play(frame)

    def press(self, keys: str) -> None:
        """Send keys."""
        if self._keys == "event":
            self._leg.press(keys)
            return
        task = asyncio.get_running_loop().create_task(self._inform(keys), name="info")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def hang_up(self) -> None:
        """Put it down."""
        await self._leg.hang_up()

    async def _inform(self, keys: str) -> None:
        dialog = self._leg.dialog
        for key in keys:
            if dialog is None or dialog.ended:
                return
            body = f"Signal={key}\r\nDuration=160\r\n".encode()
            request = dialog.request("INFO", body=body, content_type="application/dtmf-relay")
            await self._agent.ask(request, dialog.next_hop())


@dataclass(frozen=True, slots=True)
class Caller:
    """Places calls to one target."""

    agent: SipAgent
    engine: RtpEngine
    target: str
    keys: KeysBy

    async def place(self, number: str | None, display: str = "") -> Telephone:
        """Ring the target and wait until it picks up.

        Args:
            number: the caller's, E.164; None is withheld.
            display: the name that is shown.

        Raises:
            LineFailed: it was not picked up; the hint says how it was refused.
        """
        leg = await place(self.agent, self.engine, self.target, from_number=number or "anonymous", display=display)
        kind = await leg.answered()
        if kind != "answered":
            raise LineFailed(f"the line did not pick up: {kind}", provider="sip", hint="is it served, and for us?")
        return Telephone(self.agent, leg, self.keys)


@asynccontextmanager
async def open_caller(
    target: str, *, country: str = "", keys: KeysBy = "event", source: str = ""
) -> AsyncIterator[Caller]:
    """Open our end.

    Args:
        target: the SIP address to ring.
        country: ISO 3166 alpha-2, where its number has no country code.
        keys: how signalled keys are sent.
        source: address of this machine to call from; "" is the one that leads there.

    Raises:
        SettingsError: the target is no SIP address.
        LineFailed: no port is free.
    """
    try:
        uri = Uri.parse(target)
    except ValueError as error:
        raise SettingsError("the target is no SIP address", hint="write sip:NUMBER@127.0.0.1:5060") from error
    wanted = uri.param("transport") or "udp"
    transport: Transport = "tcp" if wanted == "tcp" else "udp"
    try:
        numbers = frozenset({PhoneNumber.parse(uri.user, country).e164})
    except TermError:
        numbers = frozenset()
    there = uri.host.strip("[]")
    anywhere = "::" if ":" in there else "0.0.0.0"  # noqa: S104 - which interface leads there, the system knows
    host = source or (there if is_loopback(there) else anywhere)
    config = AgentConfig(
        bindings=(Binding(transport, host),),
        trust=Trust(),
        guard=DialGuard(numbers=numbers, uris=frozenset({target}), country=country),
        country=country,
    )
    agent = SipAgent(config)
    engine = RtpEngine(PortRange(host, *_PORTS), media_timeout_s=_MEDIA_TIMEOUT_S)
    await agent.start()
    try:
        yield Caller(agent, engine, target, keys)
    finally:
        await agent.close()
        engine.close()
