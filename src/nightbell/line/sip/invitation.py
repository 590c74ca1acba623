"""Invitation: one call that rings here and waits for our answer."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final, Literal

from nightbell.errors import LineFailed
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.establishing import incoming
from nightbell.line.sip.identity import called_number, caller_number
from nightbell.line.sip.message.body import description
from nightbell.line.sip.message.replying import reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.message.model import Request
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.outputs import Key

__all__ = ["Invitation"]

_SHOWN: Final = ("user-agent", "call-info", "diversion", "history-info", "x-call-id", "subject")
_LONGEST: Final = 256
"""Characters kept of a header."""


class Invitation:
    """One INVITE. Exactly one of ``accept`` and ``reject`` ends it, or the caller does by hanging up."""

    def __init__(self, agent: SipAgent, key: Key, request: Request, peer: Peer, *, trusted: bool) -> None:
        """Make one; the agent does."""
        self.id = secrets.token_hex(8)
        """Ours, and random: a Call-ID is the other side's to choose and may say who calls."""
        self.caller = caller_number(request, trusted=trusted, country=agent.config.country)
        """E.164; None when withheld."""
        self.called = _printable(called_number(request, agent.own_users))
        """As the trunk wrote it, without separators."""
        self.offer = description(request)
        """Their SDP; None for a late offer: ``accept`` takes ours, and ``remote_sdp`` is their answer."""
        self.headers = {
            name: _printable(request.headers.get(name)) for name in _SHOWN if request.headers.has(name)
        }
        self.source = peer
        self.on_cancelled: Callable[[], None] | None = None
        """Called when the caller hangs up before we answered, or nobody answered in time."""
        self.request = request
        self.key = key
        self.tag = secrets.token_hex(8)
        self.state: Literal["ringing", "accepting", "accepted", "over"] = "ringing"
        self._agent = agent
        self._peer = peer
        self._gone = asyncio.Event()
        self._acked: asyncio.Future[Dialog] | None = None
        self.dialog: Dialog | None = None

    @property
    def over(self) -> bool:
        """True when the caller hung up, or we refused."""
        return self.state == "over"

    async def wait_over(self) -> None:
        """Wait for the caller to hang up before we answered, or for our refusal."""
        await self._gone.wait()

    @property
    def local_host(self) -> str:
        """The address under which this peer sees us: where its sound is to be sent, unless one is advertised."""
        return self._agent.stack.sent_by(self._peer)[0]

    def ring(self, code: int = 180, sdp: str | None = None) -> None:
        """Say that it rings; with SDP, sound can flow before the answer (183)."""
        if self.state == "ringing":
            self._respond(code, body=(sdp or "").encode())

    async def accept(self, sdp: str) -> Dialog:
        """Answer the call; return when the caller's ACK is here.

        Args:
            sdp: our answer to ``offer``, or our offer where there was none.

        Raises:
            LineFailed: the caller hung up first, or never acknowledged (then a BYE was sent).
        """
        if self.state != "ringing":
            raise LineFailed("the caller is gone", provider="sip", hint="nothing to do: the call is over")
        self.state = "accepting"
        self._acked = asyncio.get_running_loop().create_future()
        self.dialog = self._agent.establish(incoming(self._agent, self.request, self.tag, self._peer))
        self.dialog.remote_sdp = self.offer
        self._respond(200, body=sdp.encode())
        try:
            return await self._acked
        except asyncio.CancelledError:
            if self.dialog is not None:
                self.dialog.end("us", tell=True)
            raise

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse the call with a final status, 300 to 699; nothing happens when it is over already."""
        if self.state == "ringing":
            self._respond(code, reason=reason, headers=headers)
            self._end()

    def cancelled(self) -> None:
        """Take the caller's CANCEL."""
        if self.state == "ringing":
            self._respond(487)
            self._end(tell=True)

    def expired(self) -> None:
        """Refuse it, for nobody answered in time."""
        if self.state == "ringing":
            self._respond(480)
            self._end(tell=True)

    def acknowledged(self, request: Request) -> None:
        """Take the ACK of our 200."""
        if self.state == "accepting" and self._acked is not None and self.dialog is not None:
            self.state = "accepted"
            if self.offer is None:
                self.dialog.remote_sdp = description(request)
            if not self._acked.done():
                self._acked.set_result(self.dialog)

    def unacknowledged(self) -> None:
        """Hang up, for the ACK never came (RFC 3261 section 13.3.1.4)."""
        self._broken(
            "the answer was never acknowledged", "the caller's equipment or the network loses messages", tell=True
        )

    def ended(self) -> None:
        """Take a BYE that came before its ACK."""
        self._broken("the caller hung up", "nothing to do: the call is over", tell=False)

    def _broken(self, why: str, hint: str, *, tell: bool) -> None:
        if self.state != "accepting":
            return
        self.state = "over"
        self._gone.set()
        if tell and self.dialog is not None:
            self.dialog.end("line", tell=True)
        if self._acked is not None and not self._acked.done():
            self._acked.set_exception(LineFailed(why, provider="sip", hint=hint))

    def _end(self, *, tell: bool = False) -> None:
        self.state = "over"
        self._gone.set()
        if tell and self.on_cancelled is not None:
            self.on_cancelled()

    def _respond(
        self, status: int, *, reason: str = "", headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> None:
        found = list(headers)
        if status < 300:
            found += [("record-route", value) for value in self.request.headers.all("record-route")]
            found.append(("contact", self._agent.contact(self._peer, "")))
        if 200 <= status < 300:
            found += [("allow", self._agent.allow), ("accept", "application/sdp")]
        answer = reply(self.request, status, self._peer, tag=self.tag, reason=reason, headers=found, body=body)
        self._agent.stack.respond(self.key, answer)


def _printable(text: str) -> str:
    """Return what can be stored and shown of a text that a stranger chose."""
    plain = text[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    return "".join(sign for sign in plain if sign.isprintable())
