"""OutboundCall: one call that we place, from the first ring to its answer, its refusal or our giving up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import structlog

from nightbell.errors import LineFailed
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.digest import Account
from nightbell.line.sip.establishing import outgoing
from nightbell.line.sip.login import CHALLENGES, TRIES, Login
from nightbell.line.sip.message.body import description
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.message.model import Response
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.outputs import Key

__all__ = ["CallLimits", "OutboundCall", "Progress", "ProgressKind"]

_log = structlog.get_logger(__name__)

ProgressKind = Literal["ringing", "answered", "busy", "no answer", "failed", "cancelled"]
_BUSY: Final = frozenset({486, 600})
_NO_ANSWER: Final = frozenset({408, 480, 487})
_FINAL: Final = frozenset({"answered", "busy", "no answer", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a call that we place may ring."""

    ring_s: float = 45.0
    """From the INVITE to its answer; under half a minute would cut off people who run to the phone."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of it so far."""

    kind: ProgressKind
    status: int = 0
    """The SIP status behind it; 0 when there was none."""
    sdp: str | None = None
    """Their SDP, where they sent one: the answer, or sound before it."""


class OutboundCall:
    """One call placed; ``events`` tells how it goes and ``answered`` waits for a dialog."""

    def __init__(
        self, agent: SipAgent, invite: Request, peer: Peer, *, limits: CallLimits, account: Account | None
    ) -> None:
        """Make one; the agent does."""
        self.dialog: Dialog | None = None
        self.on_progress: Callable[[Progress], None] | None = None
        self.outcome: Progress | None = None
        self._agent = agent
        self._invite = invite
        self._peer = peer
        self._login = Login(account) if account is not None else None
        self._limits = limits
        self._tries = 1
        self._queue: asyncio.Queue[Progress] = asyncio.Queue()
        self._done = asyncio.Event()
        self._provisional = False
        self._giving_up: ProgressKind | None = None
        self._cancel_sent = False
        self._ring: asyncio.TimerHandle | None = None
        self._key: Key | None = None
        self._early: dict[str, str] = {}
        self._extra: dict[str, asyncio.Task[None]] = {}

    async def events(self) -> AsyncIterator[Progress]:
        """Yield what happens until it is decided; for one reader."""
        while True:
            progress = await self._queue.get()
            yield progress
            if progress.kind in _FINAL:
                return

    async def decided(self) -> Progress:
        """Wait for the outcome; there always is one after the limit and 64 T1."""
        await self._done.wait()
        return self.outcome or Progress("failed")

    async def answered(self) -> Dialog:
        """Wait for the answer.

        Raises:
            LineFailed: it was not answered.
        """
        outcome = await self.decided()
        if self.dialog is None:
            raise LineFailed(
                "the call was not answered", provider="sip", hint=f"{outcome.kind}, status {outcome.status}"
            )
        return self.dialog

    def cancel(self) -> None:
        """Stop ringing; an answer that crosses it is hung up. Safe to repeat."""
        self._give_up("cancelled")

    def begin(self) -> None:
        """Send the INVITE; the agent calls it once."""
        loop = asyncio.get_running_loop()
        if self._ring is None:
            self._ring = loop.call_later(self._limits.ring_s, self._give_up, "no answer")
        self._key = self._agent.place(self, self._invite, self._peer)

    def take(self, response: Response, peer: Peer) -> None:
        """Take a response."""
        status = response.status
        if status < 200:
            self._provisional = True
            if self._giving_up:
                self._send_cancel()
            elif status > 100:
                if (early := description(response)) is not None:
                    self._early[response.recipient.tag] = early
                self._tell(Progress("ringing", status, early))
        elif status < 300:
            self._picked_up(response, peer)
        elif self.outcome is None:
            self._refused(response)

    def timed_out(self) -> None:
        """Take that nobody answered at all."""
        self._finish(Progress(self._giving_up or "failed", 408))

    def transaction_ended(self, key: Key) -> None:
        """Take that an INVITE's transaction is over; after the last one nothing more will come."""
        if key == self._key:
            self._finish(Progress(self._giving_up or "failed"))

    def _picked_up(self, response: Response, peer: Peer) -> None:
        tag = response.recipient.tag
        number = self._invite.cseq.number
        if self.dialog is not None and tag == self.dialog.remote_tag:
            self.dialog.repeat_ack(number)
            return
        try:
            found = outgoing(self._agent, self._invite, response, self._peer if self._peer.reliable else peer)
        except ValueError:
            self._finish(Progress("failed", response.status))
            return
        found.login = self._login
        found.acknowledge(number)
        if self.dialog is not None or self._giving_up:
            # A second phone picked up, or one did while we gave up: it is acknowledged and hung up (section
            # 13.2.2.4).
            if tag not in self._extra:
                self._extra[tag] = asyncio.get_running_loop().create_task(found.bye(), name="bye")
            self._finish(Progress(self._giving_up or "failed", response.status))
            return
        # Some say what they hear with before they pick up, and not again (RFC 3261 section 13.2.1).
        found.remote_sdp = description(response) or self._early.get(tag)
        self.dialog = self._agent.establish(found)
        self._finish(Progress("answered", response.status, found.remote_sdp))

    def _refused(self, response: Response) -> None:
        status = response.status
        if status in CHALLENGES and not self._giving_up:
            if self._proves(response):
                return
            # Whoever reads this has a line that pages nobody.
            _log.error("sip call was refused for want of an account", status=status, account=bool(self._login))
        if self._giving_up:
            self._finish(Progress(self._giving_up, status))
        elif status in _BUSY:
            self._finish(Progress("busy", status))
        elif status in _NO_ANSWER:
            self._finish(Progress("no answer", status))
        else:
            # 3xx included: where a redirection points is not in the clinic's list.
            self._finish(Progress("failed", status))

    def _proves(self, response: Response) -> bool:
        """Send the INVITE again with what answers a challenge; False where nothing does."""
        if self._login is None or self._tries >= TRIES:
            return False
        via, number = self._agent.stack.via(self._peer), self._invite.cseq.number + 1
        found = self._login.again(response, self._invite, via=via, number=number)
        if found is None:
            return False
        self._tries += 1
        self._invite = found
        self._provisional = False
        self.begin()
        return True

    def _give_up(self, kind: ProgressKind) -> None:
        if self.outcome is not None or self._giving_up:
            return
        self._giving_up = kind
        if self._provisional:
            self._send_cancel()

    def _send_cancel(self) -> None:
        """Send the CANCEL, once, and only after a provisional answer (RFC 3261 section 9.1)."""
        if self._cancel_sent:
            return
        self._cancel_sent = True
        invite, headers = self._invite, Headers()
        headers.add("via", invite.headers.all("via")[0])
        headers.add("max-forwards", "70")
        for value in invite.headers.fields("route"):
            headers.add("route", value)
        for name in ("from", "to", "call-id"):
            headers.add(name, invite.headers.get(name))
        headers.add("cseq", f"{invite.cseq.number} CANCEL")
        self._agent.stack.begin(Request(headers=headers, method="CANCEL", target=invite.target), self._peer)
        loop = asyncio.get_running_loop()
        # Who answers neither the CANCEL nor the INVITE is given up without them.
        self._ring = loop.call_later(self._agent.config.timers.limit, self.timed_out)

    def _finish(self, progress: Progress) -> None:
        if self.outcome is not None:
            return
        self.outcome = progress
        if self._ring is not None:
            self._ring.cancel()
        self._tell(progress)
        self._done.set()

    def _tell(self, progress: Progress) -> None:
        self._queue.put_nowait(progress)
        if self.on_progress is not None:
            self.on_progress(progress)
