"""SipAgent: our end of SIP: takes calls, places calls, answers for the dialogs in between.

It decides nothing about a call: whoever sets ``on_invite`` does. What it holds - dialogs, ringing calls, requests
under way - is counted by ``held`` and goes back to nothing when the calls are over.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from nightbell.errors import LineFailed
from nightbell.line.sip.answering import Answering
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.gate import Gate
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.lookup import find
from nightbell.line.sip.message.checking import ALLOW
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
)

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
        self.ready = True
        """False answers OPTIONS with 503, so that a dispatcher in front sends its calls elsewhere."""
        self.allow = ", ".join(ALLOW)
        self.gate = Gate(config.trust)
        self.stack = Stack(config, self._handle, hears=self._hears, lets_through=self._lets_through)
        self._answering = Answering(self)
        self._dialogs: dict[tuple[str, str, str], Dialog] = {}
        self._asked: dict[Key, asyncio.Future[Response]] = {}
        self._placed: dict[Key, OutboundCall] = {}

    async def start(self) -> None:
        """Open the sockets.

        Raises:
            LineFailed: an address cannot be had.
            SettingsError: certificates are missing or wrong.
        """
        await self.stack.open()

    async def close(self) -> None:
        """Hang every call up, refuse those that ring, and close the sockets."""
        self._answering.refuse()
        for call in list(self._placed.values()):
            call.cancel()
        loop = asyncio.get_running_loop()
        byes = [loop.create_task(dialog.bye()) for dialog in list(self._dialogs.values())]
        if byes:
            await asyncio.wait(byes, timeout=self.config.close_limit_s)
        for task in byes:
            task.cancel()
        await asyncio.gather(*byes, return_exceptions=True)
        await self._answering.close()
        for future in self._asked.values():
            future.cancel()
        await self.stack.close()

    @property
    def held(self) -> dict[str, int]:
        """What is held for calls, by kind; all 0 when the last call and its transactions are over."""
        return {
            "dialogs": len(self._dialogs),
            "placed": len(self._placed),
            "asked": len(self._asked),
            **self._answering.held,
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
        self,
        target: str,
        sdp_offer: str,
        *,
        from_number: str,
        display: str = "",
        limits: CallLimits | None = None,
        account: Account | None = None,
        through: Peer | None = None,
        domain: str = "",
    ) -> OutboundCall:
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
        peer, name = await find(uri, self.stack.transports.address)
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

    def dialog(self, call_id: str, local_tag: str, remote_tag: str) -> Dialog | None:
        """Return a dialog that lives, by its name."""
        return self._dialogs.get((call_id, local_tag, remote_tag))

    @property
    def dialogs(self) -> list[Dialog]:
        """Every dialog that lives."""
        return list(self._dialogs.values())

    def forget(self, dialog: Dialog) -> None:
        """Let go of a dialog that is over."""
        if self._dialogs.pop(dialog.name, None) is not None:
            self.gate.went(dialog.peer.host)
            self.stack.layer.settle(dialog.call_id, dialog.local_tag)

    def _hears(self, host: str) -> bool:
        return self.gate.hears(host) or self.stack.layer.expects(host)

    def _lets_through(self, data: bytes, peer: Peer) -> bool:
        return self.gate.lets_through(data, peer, self.stack)

    def _handle(self, output: Output) -> None:  # noqa: C901 - one row for each kind of output
        if isinstance(output, Received):
            try:
                self._answering.received(output.key, output.request, output.peer)
            except Exception:
                # Whoever asked is not left waiting for what we got wrong.
                self.stack.respond(output.key, reply(output.request, 500, output.peer, tag="fault"))
                raise
        elif isinstance(output, Cancelled):
            self._answering.cancelled(output.key)
        elif isinstance(output, Acknowledged):
            self._answering.acknowledged(output.request)
        elif isinstance(output, Unacknowledged):
            self._answering.unacknowledged(output.key)
        elif isinstance(output, Answered):
            self._answered(output.key, output.response, output.peer)
        elif isinstance(output, TimedOut):
            if (call := self._placed.get(output.key)) is not None:
                call.timed_out()
            if (future := self._asked.get(output.key)) is not None and not future.done():
                fault = LineFailed("no answer", provider="sip", hint="the other side or the network is down")
                future.set_exception(fault)
        elif isinstance(output, Ended):
            self._answering.ended(output.key)
            if (ended := self._placed.pop(output.key, None)) is not None:
                ended.transaction_ended(output.key)

    def _answered(self, key: Key, response: Response, peer: Peer) -> None:
        if (call := self._placed.get(key)) is not None:
            call.take(response, peer)
        elif (future := self._asked.get(key)) is not None:
            if response.status >= 200 and not future.done():
                future.set_result(response)
        elif key.method == "INVITE" and 200 <= response.status < 300:
            # A copy of the answer to a change of media of ours: its ACK was lost.
            dialog = self.dialog(response.call_id, response.sender.tag, response.recipient.tag)
            if dialog is not None:
                dialog.repeat_ack(response.cseq.number)
