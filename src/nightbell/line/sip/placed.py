"""PlacedLeg: a call that we place over SIP, with its sound: it rings, is answered, talks, and is put down.

The other end of ``SipLine``: towards a person who is rung, or a line that is called by a scripted caller. Whom it
may ring the agent's guard decides, before anything is sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nightbell.errors import LineFailed
from nightbell.line.sip.outbound import CallLimits
from nightbell.line.sip.peer import is_loopback
from nightbell.line.sip.sound import Sound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nightbell.audio.frame import Frame
    from nightbell.line.port import Tick
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.rtp.leg import Gone, Leg
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.dialog import Dialog, Ended
    from nightbell.line.sip.digest import Account
    from nightbell.line.sip.outbound import OutboundCall, Progress, ProgressKind
    from nightbell.line.sip.peer import Peer

__all__ = ["PlacedLeg", "place"]


class PlacedLeg:
    """One call that we placed; ``place`` makes it."""

    def __init__(self, call: OutboundCall, sound: Sound) -> None:
        self._call = call
        self._sound = sound
        self._dialog: Dialog | None = None
        self._leg: Leg | None = None
        self._byes: set[asyncio.Task[None]] = set()
        self.on_ringing: Callable[[], None] = _nobody
        """Told each time the other side says that it rings."""
        call.on_progress = self._progress

    async def answered(self) -> ProgressKind:
        """Wait until it is decided: ``answered`` begins the sound, anything else means that nobody is there."""
        try:
            outcome = await self._call.decided()
        except asyncio.CancelledError:
            self.cancel()
            raise
        dialog = self._call.dialog
        if outcome.kind != "answered" or dialog is None:
            self._sound.close()
            return outcome.kind
        self._dialog = dialog
        try:
            self._sound.answered(dialog.remote_sdp)
            self._leg = self._sound.begin(afresh=True)
        except LineFailed:
            self._sound.close()
            await dialog.bye()
            return "failed"
        self._leg.ended = self._over
        dialog.on_ended = self._ended
        dialog.on_reinvite = self._offered
        dialog.on_answer = self._sound.answered
        dialog.on_info = self._sound.info
        if dialog.ended:
            self._ended(dialog.ended)
        return "answered"

    @property
    def dialog(self) -> Dialog | None:
        """The answered call as SIP sees it; None before."""
        return self._dialog

    @property
    def leg(self) -> Leg:
        """The sound of the answered call.

        Raises:
            LineFailed: it was not answered.
        """
        if self._leg is None:
            raise LineFailed("the call was not answered", provider="sip", hint="wait for answered() first")
        return self._leg

    async def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms until somebody hangs up; ``gone="caller"`` is the other side."""
        async for tick in self.leg.ticks():
            yield tick

    def play(self, frame: Frame) -> None:
        """Send one frame in the current tick."""
        if self._leg is not None:
            self._leg.play(frame)

    def press(self, keys: str) -> None:
        """Send keys as RTP events. Raises ValueError for no key."""
        self.leg.media.outgoing.press(keys)

    def cancel(self) -> None:
        """Stop ringing; an answer that crosses it is hung up. Safe to repeat."""
        if self._leg is None:
            self._call.cancel()
            self._sound.close()

    async def hang_up(self) -> None:
        """Put it down, or stop ringing; safe to repeat."""
        if self._leg is None:
            self.cancel()
        else:
            self._leg.hung_up("us")

    def _progress(self, progress: Progress) -> None:
        if progress.kind == "ringing":
            self.on_ringing()

    def _ended(self, by: Ended) -> None:
        self.leg.hung_up(by)

    def _over(self, gone: Gone) -> None:
        if gone != "caller" and self._dialog is not None and not self._dialog.ended:
            task = asyncio.get_running_loop().create_task(self._dialog.bye(), name="bye")
            self._byes.add(task)
            task.add_done_callback(self._byes.discard)

    async def _offered(self, offer: str | None) -> str:
        return self._sound.offer() if offer is None else self._sound.answer(offer)


def _nobody() -> None:
    """Nobody is to be told."""


async def place(
    agent: SipAgent,
    engine: RtpEngine,
    target: str,
    *,
    from_number: str,
    display: str = "",
    ring_s: float = 45.0,
    advertise: str = "",
    account: Account | None = None,
    through: Peer | None = None,
) -> PlacedLeg:
    """Ring a target; return at once.

    Args:
        agent: our end of SIP.
        engine: where the sound is carried.
        target: a SIP address that the agent's guard lets through.
        from_number: the clinic's number, the only one that is told.
        display: the clinic's name.
        ring_s: how long it may ring.
        advertise: address to be told for our sound; "" is our own.
        account: for a trunk that challenges us.
        through: the trunk or PBX; the target's own host when None.

    Raises:
        LineFailed: the guard refuses it, its host has no address, or no port is free.
    """
    peer = through or await agent.find(agent.config.guard.check(target))
    here = is_loopback(peer.host)
    own, _ = agent.stack.sent_by(peer)
    sound = Sound(engine, own if here or not advertise else advertise, loopback=here)
    try:
        call = await agent.invite(
            target,
            sound.offer(),
            from_number=from_number,
            display=display,
            limits=CallLimits(ring_s=ring_s),
            account=account,
            through=peer,
        )
    except BaseException:
        sound.close()
        raise
    return PlacedLeg(call, sound)
