"""SipAgent: our end of SIP: takes calls, places calls, answers for the dialogs in between.

It decides nothing about a call: whoever sets ``on_invite`` does. What it holds - dialogs, ringing calls, requests under
way - is counted by ``held`` and goes back to nothing when the calls are over.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from typing import TYPE_CHECKING

import structlog

from nightbell.errors import LineFailed
from nightbell.line.sip.dialog import Dialog, contact_value
from nightbell.line.sip.digest import Challenger
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.message.checking import ALLOW, refusal
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.replying import reply, stateless
from nightbell.line.sip.outbound import CallLimits, OutboundCall
from nightbell.line.sip.peer import DEFAULT_PORTS, Peer, Transport, bracketed
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
        self.stack = Stack(config, self._handle, admits=self._admits)
        self.stack.unknown = self._let_through
        self._challenger: Challenger | None = None
        self._ringing: dict[Key, Invitation] = {}
        self._accepting: dict[tuple[str, str], Invitation] = {}
        self._dialogs: dict[tuple[str, str, str], Dialog] = {}
        self._hosts: dict[str, int] = {}
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
        loop = asyncio.get_running_loop()
        if self.config.trust.users:
            self._challenger = Challenger(self.config.trust, clock=loop.time)
        await self.stack.open()

    async def close(self) -> None:
        """Hang every call up, refuse those that ring, and close the sockets."""
        for invitation in list(self._ringing.values()):
            invitation.reject(503)
        for call in list(self._placed.values()):
            call.cancel()
        byes = [dialog.bye() for dialog in list(self._dialogs.values())]
        await asyncio.gather(*byes, return_exceptions=True)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
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
            "hosts": len(self._hosts),
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
        name = display.replace("\\", "").replace('"', "").replace("\r", " ").replace("\n", " ")
        headers = Headers()
        headers.add("via", self.stack.via(peer))
        headers.add("max-forwards", "70")
        origin = f"<sip:{from_number}@{domain or bracketed(host)}>"
        headers.add("from", (f'"{name}" ' if name else "") + f"{origin};tag={secrets.token_hex(8)}")
        headers.add("to", f"<{target}>")
        headers.add("call-id", secrets.token_hex(16))
        headers.add("cseq", f"{secrets.randbelow(1_000) + 1} INVITE")
        headers.add("contact", self.contact(peer, from_number))
        headers.add("allow", self.allow)
        headers.add("content-type", "application/sdp")
        request = Request(headers=headers, body=sdp_offer.encode(), method="INVITE", target=target)
        call = OutboundCall(self, request, peer, limits=limits or CallLimits(), account=account)
        call.begin()
        return call

    async def find(self, uri: Uri) -> Peer:
        """Return the address behind a URI.

        Raises:
            LineFailed: its host has none.
        """
        wanted = (uri.param("transport") or ("tls" if uri.scheme == "sips" else "udp")).lower()
        transport: Transport = (
            "tls" if wanted == "tls" or uri.scheme == "sips" else "tcp" if wanted == "tcp" else "udp"
        )
        port = uri.port or DEFAULT_PORTS[transport]
        host = uri.host.strip("[]")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as fault:
            raise LineFailed(
                "a SIP host has no address", provider="sip", hint="check the name and the DNS"
            ) from fault
        address = str(found[0][4][0])
        if address != host:
            self.stack.transports.names[address] = host
        return Peer(transport, address, port)

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
        self._hosts[dialog.peer.host] = self._hosts.get(dialog.peer.host, 0) + 1
        return dialog

    def forget(self, dialog: Dialog) -> None:
        """Let go of a dialog that is over."""
        if self._dialogs.pop(dialog.name, None) is None:
            return
        host = dialog.peer.host
        self._hosts[host] = self._hosts.get(host, 1) - 1
        if self._hosts[host] <= 0:
            del self._hosts[host]

    def _admits(self, host: str) -> bool:
        return self.config.trust.of(host) != "nobody" or host in self._hosts or self.stack.layer.expects(host)

    def _let_through(self, data: bytes, peer: Peer) -> bool:
        """Tell of a request that is not read yet whether it will be."""
        if self.config.trust.of(peer.host) == "trusted" or peer.host in self._hosts:
            return True
        if self._challenger is None:
            return False
        if data.startswith((b"ACK ", b"CANCEL ")):
            return True
        if b"uthorization" in data[:8192] or b"UTHORIZATION" in data[:8192]:
            return True
        answer = stateless(data, 401, peer, self._challenger.challenge(peer.host))
        if answer is not None:
            self.stack.send(*answer)
        return False

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
        if dialog is None and not self._proves(key, request, peer):
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

    def _proves(self, key: Key, request: Request, peer: Peer) -> bool:
        if self.config.trust.of(peer.host) == "trusted":
            return True
        if self._challenger is None:
            # Somebody whom we rang may speak within that call, and begin none.
            self.stack.respond(key, reply(request, 403, peer, tag="refused"))
            return False
        verdict = self._challenger.judge(request, peer.host)
        if verdict == "good":
            return True
        headers = self._challenger.challenge(peer.host, stale=verdict == "stale")
        self.stack.respond(key, reply(request, 401, peer, tag="challenge", headers=headers))
        return False

    def _rings(self, key: Key, request: Request, peer: Peer) -> None:
        trusted = self.config.trust.of(peer.host) == "trusted"
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
