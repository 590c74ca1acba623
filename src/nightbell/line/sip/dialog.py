"""Dialog: one answered call as SIP sees it (RFC 3261 section 12): requests within it, and its end.

Written by hand rather than on aiosipua's, which writes From and To anew and loses what it does not know (ADR
0018). Media is nobody's business here: SDP passes through as text.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final, Literal

import structlog

from nightbell.errors import LineFailed, NightbellError, OfferRefused
from nightbell.line.sip.login import ask, credentials
from nightbell.line.sip.message.address import Address
from nightbell.line.sip.message.body import description
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.message.uri import Uri
from nightbell.line.sip.peer import DEFAULT_PORTS, Peer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.login import Login
    from nightbell.line.sip.message.model import Message
    from nightbell.line.sip.transaction.outputs import Key

__all__ = ["Dialog", "Ended"]

Ended = Literal["caller", "us", "line"]
"""Who ended it: the other side, we, or a line that broke."""

HOOK_LIMIT_S: Final = 0.25
"""Longest wait, at the very beginning of a call, for somebody to take changes of its media."""
_log = structlog.get_logger(__name__)


class Dialog:
    """One call between its answer and its end."""

    def __init__(self, agent: SipAgent, *, call_id: str, local: str, remote: str, target: str, peer: Peer) -> None:
        """Make a dialog; the agent does.

        Args:
            agent: whom its requests go through.
            call_id: the Call-ID.
            local: our From, with our tag.
            remote: their To, with their tag.
            target: their Contact's URI.
            peer: where the INVITE came from or went to.
        """
        self.call_id = call_id
        self.remote_sdp: str | None = None
        """The other side's description, as last heard."""
        self.on_ended: Callable[[Ended], None] | None = None
        self._on_reinvite: Callable[[str | None], Awaitable[str]] | None = None
        self._hooked = asyncio.Event()
        self.on_answer: Callable[[str], None] | None = None
        """Their answer to an offer that ``on_reinvite(None)`` made."""
        self.on_info: Callable[[str, bytes], None] | None = None
        """Content type and body of an INFO; ``sdp`` and ``keys`` of this room know what they mean."""
        self.ended: Ended | None = None
        self.local_tag, self.remote_tag = Address.parse(local).tag, Address.parse(remote).tag
        self._agent, self.peer, self._local, self._remote, self._target = agent, peer, local, remote, target
        self.routes: list[str] = []
        self.local_cseq, self.remote_cseq = secrets.randbelow(1_000) + 1, 0
        self.acks: dict[int, bytes] = {}
        self.login: Login | None = None
        self.shown: Sequence[tuple[str, str]] = ()
        """Credentials of the INVITE that was answered, for its ACK."""
        self._waiting: Key | None = None
        self._asking, self._change = False, 0
        self._over, self._answer = asyncio.Event(), ""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> tuple[str, str, str]:
        """Call-ID, our tag, their tag."""
        return self.call_id, self.local_tag, self.remote_tag

    @property
    def on_reinvite(self) -> Callable[[str | None], Awaitable[str]] | None:
        """Given their new offer, returns our answer; given None, returns an offer. OfferRefused is a 488."""
        return self._on_reinvite

    @on_reinvite.setter
    def on_reinvite(self, hook: Callable[[str | None], Awaitable[str]]) -> None:
        self._on_reinvite = hook
        self._hooked.set()

    async def wait_ended(self) -> Ended:
        """Wait for the end, and say by whom."""
        await self._over.wait()
        return self.ended or "line"

    async def bye(self) -> None:
        """Hang up; safe to repeat. Returns when the other side agreed, or after 64 T1."""
        if self.ended:
            return
        self.end("us")
        try:
            await ask(self._agent, self, self.request("BYE"))
        except LineFailed:
            _log.info("sip bye was not answered")

    async def reinvite(self, offer: str) -> str:
        """Offer other media; return their answer.

        Raises:
            LineFailed: they refused, did not answer, or a change of theirs is under way.
        """
        if self.ended or self._asking or self._waiting:
            raise LineFailed("media cannot be changed now", provider="sip", hint="another change is under way")
        self._asking = True
        try:
            request = self.request("INVITE", body=offer.encode(), content_type="application/sdp")
            request, response = await ask(self._agent, self, request)
            self.shown = credentials(request)
            if not 200 <= response.status < 300:
                if response.status in {408, 481}:
                    self.end("line")
                hint = f"the other side answered {response.status}; the media stays as it was"
                raise LineFailed("the change of media was refused", provider="sip", hint=hint)
            self.refresh(response)
            self.acknowledge(request.cseq.number)
            found = description(response)
            if found is None:
                raise LineFailed("an answer without media", provider="sip", hint="the media stays as it was")
            self.remote_sdp = found
            return found
        finally:
            self._asking = False

    def request(self, method: str, *, body: bytes = b"", content_type: str = "") -> Request:
        """Make a request within the dialog."""
        self.local_cseq += 1
        return self._request(method, self.local_cseq, body=body, content_type=content_type)

    def _request(self, method: str, number: int, *, body: bytes = b"", content_type: str = "") -> Request:
        hop = self.next_hop()
        headers = Headers()
        headers.add("via", self._agent.stack.via(hop))
        headers.add("max-forwards", "70")
        for route in self.routes:
            headers.add("route", route)
        headers.add("from", self._local)
        headers.add("to", self._remote)
        headers.add("call-id", self.call_id)
        headers.add("cseq", f"{number} {method}")
        for shown in self.shown if method == "ACK" else ():
            headers.add(*shown)
        if method in {"INVITE", "ACK"}:
            headers.add("contact", self._agent.contact(hop, Address.parse(self._local).uri.user))
        if body:
            headers.add("content-type", content_type)
        return Request(headers=headers, body=body, method=method, target=self._target)

    def next_hop(self) -> Peer:
        """Return where our requests go.

        That is the first route or their Contact, if it is an address we believe, and otherwise back to where the
        call came from: no Contact makes us send to a stranger. A connection that is gone is sought at its port.
        """
        if self.peer.reliable and self._agent.stack.transports.alive(self.peer):
            return self.peer
        try:
            uri = Address.parse(self.routes[0]).uri if self.routes else Uri.parse(self._target)
        except ValueError:
            return self.peer
        host = uri.host.strip("[]")
        if host != self.peer.host and not self._agent.gate.trusts(host):
            host = self.peer.host if self.peer.connection else ""
        if uri.is_sip and host:
            return Peer(self.peer.transport, host, uri.port or DEFAULT_PORTS[self.peer.transport])
        return self.peer

    def acknowledge(self, number: int, body: bytes = b"") -> None:
        """Send the ACK of a 2xx; its copies get the same again."""
        ack = self._request("ACK", number, body=body, content_type="application/sdp")
        self.acks[number] = ack.encode()
        while len(self.acks) > 4:
            del self.acks[next(iter(self.acks))]
        self._agent.stack.send(self.acks[number], self.next_hop())

    def repeat_ack(self, number: int) -> None:
        """Answer one more copy of a 2xx."""
        if number in self.acks:
            self._agent.stack.send(self.acks[number], self.next_hop())

    def refresh(self, message: Message) -> None:
        """Take over the Contact that an INVITE or its answer carries (a target refresh)."""
        try:
            contact = message.contact
        except ValueError:
            return
        if contact is not None and contact.uri.is_sip:
            self._target = contact.uri.text

    def take(self, key: Key, request: Request, peer: Peer) -> None:
        """Answer a request within the dialog."""
        number = request.cseq.number
        if number <= self.remote_cseq:
            self._reply(key, request, peer, 500)
            return
        self.remote_cseq = number
        if self.ended:
            self._reply(key, request, peer, 481)
        elif request.method == "BYE":
            self._reply(key, request, peer, 200)
            self.end("caller")
        elif request.method == "INFO":
            self._reply(key, request, peer, 200)
            if self.on_info is not None:
                self.on_info(request.content_type, request.body)
        elif request.method == "INVITE":
            if self._asking or self._waiting:
                again = [] if self._asking else [("Retry-After", str(1 + secrets.randbelow(9)))]
                self._reply(key, request, peer, 491 if self._asking else 500, headers=again)
                return
            self._waiting, self._change = key, number
            if peer.reliable and peer.host == self.peer.host:
                self.peer = peer
            task = asyncio.get_running_loop().create_task(self._reinvited(key, request, peer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._reply(key, request, peer, 200)

    def cancelled(self, key: Key, request: Request, peer: Peer) -> None:
        """Answer a change of media that they took back."""
        self._reply(key, request, peer, 487)
        self._waiting = None

    def acknowledged(self, request: Request) -> None:
        """Take the ACK of an answer of ours to a change of media."""
        if self._waiting is None or request.cseq.number != self._change:
            return  # the ACK of the call itself may come behind a change of its media
        self._waiting = None
        found = description(request)
        if self._answer == "late" and self.on_answer is not None and found is not None:
            self.remote_sdp = found
            self.on_answer(found)

    def unacknowledged(self, key: Key) -> None:
        """Hang up: they never acknowledged our answer to their change."""
        if key == self._waiting and not self.ended:
            self._waiting = None
            self.end("line", tell=True)

    def end(self, by: Ended, *, tell: bool = False) -> None:
        """Be over, once; with ``tell`` the other side gets a BYE that nobody waits for."""
        if self.ended:
            return
        self.ended = by
        if tell:
            self._agent.stack.begin(self.request("BYE"), self.next_hop())
        self._agent.forget(self)
        self._over.set()
        if self.on_ended is not None:
            self.on_ended(by)

    async def _reinvited(self, key: Key, request: Request, peer: Peer) -> None:
        offer = description(request)
        try:
            # baresip changes media right behind its ACK, before whoever accepted the call could set the hook.
            async with asyncio.timeout(HOOK_LIMIT_S):
                await self._hooked.wait()
            if self.on_reinvite is None:
                raise TimeoutError  # noqa: TRY301 - one place answers 488
            answer = await self.on_reinvite(offer)
        except (OfferRefused, TimeoutError):
            self._waiting = None
            self._reply(key, request, peer, 488)
            return
        except NightbellError as fault:
            self._waiting = None
            _log.warning("sip change of media failed", error=type(fault).__name__)
            self._reply(key, request, peer, 500)
            return
        if self.ended or self._waiting != key:
            return
        self._answer = "late" if offer is None else ""
        if offer is not None:
            self.remote_sdp = offer
        self.refresh(request)
        self._reply(key, request, peer, 200, body=answer.encode())

    def _reply(
        self, key: Key, request: Request, peer: Peer, status: int, *, headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
    ) -> None:  # fmt: skip
        found = list(headers or [])
        if request.method == "INVITE" and 200 <= status < 300:
            found.append(("contact", self._agent.contact(peer, Address.parse(self._local).uri.user)))
        self._agent.stack.respond(key, reply(request, status, peer, tag=self.local_tag, headers=found, body=body))
