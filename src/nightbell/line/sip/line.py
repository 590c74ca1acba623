"""SipLine: a caller on a trunk or a PBX. See ``line.port.Line`` for the contract it keeps.

It joins one Invitation, later its Dialog, with one call's Sound: an answer begins both, whoever hangs up ends
both, and sound that is missing for too long ends the call as ``line``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import LineFailed, OfferRefused
from nightbell.line.sip.peer import is_loopback
from nightbell.line.sip.sound import Sound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nightbell.audio.frame import Frame
    from nightbell.line.port import Tick
    from nightbell.line.rtp.engine import RtpEngine
    from nightbell.line.rtp.leg import Gone, Leg
    from nightbell.line.rtp.quality import Quality
    from nightbell.line.sip.dialog import Dialog, Ended
    from nightbell.line.sip.invitation import Invitation

__all__ = ["SipLine"]

_log = structlog.get_logger(__name__)

_CONFIRM_S: Final = 1.0
"""How long the sound waits for the caller's ACK: two are lost in it, and a third is asked for a second later."""
_GONE: Final = 487
"""What an INVITE is told that we stop answering (RFC 3261 section 21.4.25)."""


class SipLine:
    """The line of a call that came in over SIP."""

    kind = "sip"
    paced = True

    def __init__(self, invitation: Invitation, engine: RtpEngine, *, advertise: str = "") -> None:
        """Make a line that rings: its ports are taken and its codec is chosen.

        Args:
            invitation: the INVITE.
            engine: where its sound is carried.
            advertise: address to be told for our sound; "" is the one that the caller's end reaches.

        Raises:
            LineFailed: no port is free.
            OfferRefused: nothing that both sides speak; the invitation is still to be refused, with 488.
        """
        self.caller = invitation.caller
        self.called = invitation.called
        self._invitation = invitation
        here = is_loopback(invitation.source.host)
        host = invitation.local_host if here or not advertise else advertise
        self._sound = Sound(engine, host, loopback=here)
        self._dialog: Dialog | None = None
        self._leg: Leg | None = None
        self._byes: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Future[Dialog] | None = None
        try:
            self._sdp = self._sound.offer() if invitation.offer is None else self._sound.answer(invitation.offer)
        except OfferRefused:
            self._sound.close()
            raise
        invitation.on_cancelled = self._sound.close

    async def answer(self) -> None:
        """Pick up; returns when the caller's end has confirmed, or without that after a second.

        A confirmation that was lost is asked for again for half a minute (RFC 3261 section 13.3.1.4); the caller
        has picked up meanwhile, and hears silence until somebody speaks.

        Raises:
            LineFailed: the caller is gone already, or agrees on no sound.
        """
        self._accepting = asyncio.ensure_future(self._invitation.accept(self._sdp))
        self._accepting.add_done_callback(self._confirmed)
        limit_s = _CONFIRM_S if self._invitation.offer is not None else None
        try:
            await asyncio.wait((self._accepting,), timeout=limit_s)
            dialog = self._accepting.result() if self._accepting.done() else self._invitation.dialog
        except (LineFailed, asyncio.CancelledError):
            self._accepting.cancel()
            self._sound.close()
            raise
        assert dialog is not None
        self._dialog = dialog
        try:
            if self._invitation.offer is None:
                self._sound.answered(dialog.remote_sdp)
            self._leg = self._sound.begin()
        except LineFailed:
            self._sound.close()
            self._bye()
            raise
        self._leg.ended = self._over
        dialog.on_ended = self._ended
        dialog.on_reinvite = self._offered
        dialog.on_answer = self._sound.answered
        dialog.on_info = self._sound.info
        if dialog.ended:
            self._ended(dialog.ended)

    def ticks(self) -> AsyncIterator[Tick]:
        """Yield one tick per 20 ms until somebody hangs up."""
        return self._leg.ticks() if self._leg is not None else self._unanswered()

    async def _unanswered(self) -> AsyncIterator[Tick]:
        async for tick in self.leg.ticks():
            yield tick

    def play(self, frame: Frame) -> None:
        """Send one frame in the current tick."""
        if self._leg is not None:
            self._leg.play(frame)

    async def hang_up(self) -> None:
        """Put the phone down, or stop it ringing; safe to repeat."""
        if self._leg is not None:
            self._leg.hung_up("us")
        elif self._dialog is None:
            self._invitation.reject(_GONE)
            self._sound.close()

    @property
    def leg(self) -> Leg:
        """The sound of the answered call.

        Raises:
            LineFailed: it was not answered.
        """
        if self._leg is None:
            raise LineFailed("the line was not answered", provider=self.kind, hint="call answer() first")
        return self._leg

    @property
    def quality(self) -> Quality | None:
        """What the call sounds like so far; None before it was answered."""
        return self._leg.media.quality() if self._leg is not None else None

    def _confirmed(self, accepting: asyncio.Future[Dialog]) -> None:
        """Take that the confirmation came, or never will."""
        if not accepting.cancelled() and accepting.exception() is not None and self._leg is not None:
            self._leg.hung_up("caller")

    def _ended(self, by: Ended) -> None:
        if self._leg is not None:
            self._leg.hung_up(by)

    def _over(self, gone: Gone) -> None:
        """See to it that the dialog ends with the sound."""
        if self._accepting is not None and not self._accepting.done():
            self._accepting.cancel()  # which hangs up, if the caller did not
        elif gone != "caller":
            self._bye()

    def _bye(self) -> None:
        if self._dialog is None or self._dialog.ended:
            return
        task = asyncio.get_running_loop().create_task(self._dialog.bye(), name="bye")
        self._byes.add(task)
        task.add_done_callback(self._byes.discard)

    async def _offered(self, offer: str | None) -> str:
        """Answer a new offer of theirs, or make one where they want ours: hold, resume, another codec."""
        return self._sound.offer() if offer is None else self._sound.answer(offer)
