"""SipAgent: our end of SIP: takes calls, places calls, answers for the dialogs in between.

It decides nothing about a call: whoever sets ``on_invite`` does. What it holds - dialogs, ringing calls, requests under
way - is counted by ``held`` and goes back to nothing when the calls are over.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import structlog

from nightbell.errors import LineFailed, OfferRefused
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.gate import Gate
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.lookup import find
from nightbell.line.sip.message.checking import ALLOW, refusal
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.outbound import CallLimits, OutboundCall
from nightbell.line.sip.peer import Peer, Transport, bracketed
from nightbell.line.sip.placing import contact_value, first_invite
from nightbell.line.sip.stack import Stack
from nightbell.line.sip.transaction.outputs import (
    Acknowledged,
    Answered,
    Cancelled,
    Ended,
    Key,
    Output,
    Received,
    TimedOut,
    Unacknowledged,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nightbell.line.sip.config import AgentConfig
    from nightbell.line.sip.digest import Account
    from nightbell.line.sip.message.model import Response
    from nightbell.line.sip.message.uri import Uri

__all__ = ["SipAgent"]

_log = structlog.get_logger(__name__)


class SipAgent:
    """One agent on one loop."""

    def __init__(self, config: AgentConfig) -> None:
        self.config = config
        self.on_invite: Callable[[Invitation], Awaitable[None]] | None = None
        """Given each call that comes in, on a task of its own; a call it leaves unanswered is refused with 480."""
        self.own_users: frozenset[str] = frozenset()
        """Users under which we are registered."""
        self.allow = ", ".join(ALLOW)
        self.gate = Gate(config.trust)
        self.stack = Stack(config, self._handle, hears=self._hears, lets_through=self._lets_through)
        self._ringing: dict[Key, Invitation] = {}
        self._accepting: dict[tuple[str, str], Invitation] = {}
        self._dialogs: dict[tuple[str, str, str], Dialog] = {}
        self._requests: dict[Key, tuple[Request, Peer]] = {}
        self._asked: dict[Key, asyncio.Future[Response]] = {}
        self._placed: dict[Key, OutboundCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits: dict[Key, asyncio.TimerHandle] = {}

    async def start(self) -> None:
        """Open the sockets.

        Raises:
            LineFailed: an address cannot be had.
            SettingsError: certificates are missing or wrong.
        """
        await self.stack.open()

    async def close(self) -> None:
        """Hang every call up, refuse those that ring, and close the sockets."""
        for invitation in list(self._ringing.values()):
            invitation.reject(503)
        for call in list(self._placed.values()):
            call.cancel()
        loop = asyncio.get_running_loop()
        byes = [loop.create_task(dialog.bye()) for dialog in list(self._dialogs.values())]
        if byes:
            await asyncio.wait(byes, timeout=self.config.close_limit_s)
        for task in (*byes, *self._tasks):
            task.cancel()
        await asyncio.gather(*byes, *self._tasks, return_exceptions=True)
        for handle in self._limits.values():
            handle.cancel()
        for future in self._asked.values():
            future.cancel()
        await self.stack.close()

    @property
    def held(self) -> dict[str, int]:
        """What is held for calls, by kind; all 0 when the last call and its transactions are over."""
        return {
            "dialogs": len(self._dialogs),
            "ringing": len(self._ringing),
            "accepting": len(self._accepting),
            "placed": len(self._placed),
            "requests": len(self._requests),
            "asked": len(self._asked),
            "tasks": len(self._tasks),
            "limits": len(self._limits),
            "hosts": len(self.gate.callers),
            "transactions": len(self.stack.layer),
        }

    def address(self, transport: Transport = "udp") -> tuple[str, int]:
        """Return host and port that we listen on.

        Raises:
            LineFailed: nothing listens on that transport.
        """
        found = self.stack.transports.address(transport)
        if found is None:
            raise LineFailed(
                "nothing listens on that transport", provider="sip", hint="add it to the SIP addresses"
            )
        return found

    def contact(self, peer: Peer, user: str) -> str:
        """Return our Contact towards a peer. The user is one that the peer knows already, or none."""
        host, port = self.stack.sent_by(peer)
        return contact_value(host, port, peer, user)

    async def invite(
        self, target: str, sdp_offer: str, *, from_number: str, display: str = "", limits: CallLimits | None = None,
        account: Account | None = None, through: Peer | None = None, domain: str = "",
    ) -> OutboundCall:  # fmt: skip
        """Place a call.

        Args:
            target: a SIP address that the guard's list holds.
            sdp_offer: our media.
            from_number: the clinic's number; the only one that stands in any header.
            display: the clinic's name.
            limits: how long it may ring.
            account: for a trunk that challenges us.
            through: the trunk or PBX, where it is not the target's own host.
            domain: what stands behind our number in From; our address unless given.

        Raises:
            LineFailed: the guard refuses the target, or its host has no address.
        """
        uri = self.config.guard.check(target)
        peer = through or await self.find(uri)
        host, _ = self.stack.sent_by(peer)
        request = first_invite(
            target,
            sdp_offer,
            via=self.stack.via(peer),
            contact=self.contact(peer, from_number),
            from_number=from_number,
            display=display,
            domain=domain or bracketed(host),
            allow=self.allow,
        )
        call = OutboundCall(self, request, peer, limits=limits or CallLimits(), account=account)
        call.begin()
        return call

    async def find(self, uri: Uri) -> Peer:
        """Return the address behind a URI. Raises LineFailed when its host has none."""
        peer, name = await find(uri)
        if name:
            self.stack.transports.names[peer.host] = name
        return peer

    async def ask(self, request: Request, peer: Peer) -> Response:
        """Send a request that is no new call; return its final response.

        Raises:
            LineFailed: none came in 64 T1.
        """
        key = self.stack.begin(request, peer)
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._asked[key] = future
        try:
            async with asyncio.timeout(2 * self.config.timers.limit):
                return await future
        except TimeoutError as fault:
            raise LineFailed("no answer", provider="sip", hint="the other side or the network is down") from fault
        finally:
            self._asked.pop(key, None)

    def place(self, call: OutboundCall, request: Request, peer: Peer) -> Key:
        """Send a call's INVITE; its responses go to the call."""
        key = self.stack.begin(request, peer)
        self._placed[key] = call
        return key

    def establish(self, dialog: Dialog) -> Dialog:
        """Keep a dialog until its end."""
        self._dialogs[dialog.name] = dialog
        self.gate.came(dialog.peer.host)
        return dialog

    def forget(self, dialog: Dialog) -> None:
        """Let go of a dialog that is over."""
        if self._dialogs.pop(dialog.name, None) is not None:
            self.gate.went(dialog.peer.host)

    def _hears(self, host: str) -> bool:
        return self.gate.hears(host) or self.stack.layer.expects(host)

    def _lets_through(self, data: bytes, peer: Peer) -> bool:
        return self.gate.lets_through(data, peer, self.stack)

    def _handle(self, output: Output) -> None:  # noqa: C901 - one row for each kind of output
        if isinstance(output, Received):
            self._received(output.key, output.request, output.peer)
        elif isinstance(output, Cancelled):
            self._cancelled(output.key)
        elif isinstance(output, Acknowledged):
            self._acknowledged(output.request)
        elif isinstance(output, Unacknowledged):
            self._unacknowledged(output.key)
        elif isinstance(output, Answered):
            self._answered(output.key, output.response, output.peer)
        elif isinstance(output, TimedOut):
            if (call := self._placed.get(output.key)) is not None:
                call.timed_out()
            if (future := self._asked.get(output.key)) is not None and not future.done():
                fault = LineFailed("no answer", provider="sip", hint="the other side or the network is down")
                future.set_exception(fault)
        elif isinstance(output, Ended):
            self._requests.pop(output.key, None)
            if (ended := self._placed.pop(output.key, None)) is not None:
                ended.transaction_ended(output.key)

    def _received(self, key: Key, request: Request, peer: Peer) -> None:
        tag = request.recipient.tag
        dialog = self._dialogs.get((request.call_id, tag, request.sender.tag)) if tag else None
        turned_away = None if dialog is not None else self.gate.refusal(request, peer)
        if turned_away is not None:
            self.stack.respond(key, turned_away)
            return
        refused = refusal(request)
        if refused is not None:
            answer = reply(
                request, refused.status, peer, tag="refused", reason=refused.reason, headers=refused.headers
            )
            self.stack.respond(key, answer)
        elif dialog is not None:
            if request.method == "INVITE":
                self._requests[key] = (request, peer)
            dialog.take(key, request, peer)
            if request.method == "BYE" and (waiting := self._accepting.get((request.call_id, tag))) is not None:
                waiting.ended()
        elif tag or request.method in {"BYE", "INFO"}:
            self.stack.respond(key, reply(request, 481, peer, tag="none"))
        elif request.method == "INVITE":
            self._rings(key, request, peer)
        else:
            headers = [("allow", self.allow), ("accept", "application/sdp")]
            self.stack.respond(key, reply(request, 200, peer, tag=secrets.token_hex(8), headers=headers))

    def _rings(self, key: Key, request: Request, peer: Peer) -> None:
        trusted = self.gate.trusts(peer.host)
        self.stack.respond(key, reply(request, 100, peer))
        invitation = Invitation(self, key, request, peer, trusted=trusted)
        self._ringing[key] = invitation
        self._accepting[request.call_id, invitation.tag] = invitation
        loop = asyncio.get_running_loop()
        self._limits[key] = loop.call_later(self.config.answer_limit_s, invitation.expired)
        task = loop.create_task(self._invited(invitation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _invited(self, invitation: Invitation) -> None:
        try:
            if self.on_invite is not None:
                await self.on_invite(invitation)
        except OfferRefused:
            invitation.reject(488)
        except LineFailed:
            _log.info("sip call ended before it began")
        except Exception as fault:  # noqa: BLE001 - one call's fault must not end the others; the caller hears a refusal
            _log.error("sip call could not be taken", error=type(fault).__name__)
            invitation.reject(500)
        finally:
            invitation.reject(480)
            self._ringing.pop(invitation.key, None)
            self._accepting.pop((invitation.request.call_id, invitation.tag), None)
            if (handle := self._limits.pop(invitation.key, None)) is not None:
                handle.cancel()

    def _cancelled(self, key: Key) -> None:
        if (invitation := self._ringing.get(key)) is not None:
            invitation.cancelled()
        elif (found := self._requests.get(key)) is not None:
            request, peer = found
            dialog = self._dialogs.get((request.call_id, request.recipient.tag, request.sender.tag))
            if dialog is not None:
                dialog.cancelled(key, request, peer)

    def _acknowledged(self, request: Request) -> None:
        tag = request.recipient.tag
        if (invitation := self._accepting.get((request.call_id, tag))) is not None:
            invitation.acknowledged(request)
        if (dialog := self._dialogs.get((request.call_id, tag, request.sender.tag))) is not None:
            dialog.acknowledged(request)

    def _unacknowledged(self, key: Key) -> None:
        if (invitation := self._ringing.get(key)) is not None:
            invitation.unacknowledged()
            return
        for dialog in list(self._dialogs.values()):
            dialog.unacknowledged(key)

    def _answered(self, key: Key, response: Response, peer: Peer) -> None:
        if (call := self._placed.get(key)) is not None:
            call.take(response, peer)
        elif (future := self._asked.get(key)) is not None:
            if response.status >= 200 and not future.done():
                future.set_result(response)
        elif key.method == "INVITE" and 200 <= response.status < 300:
            # A copy of the answer to a change of media of ours: its ACK was lost.
            dialog = self._dialogs.get((response.call_id, response.sender.tag, response.recipient.tag))
            if dialog is not None:
                dialog.repeat_ack(response.cseq.number)
