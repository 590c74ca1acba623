"""Answering: the half of the agent that requests meet: who may ask, what is refused, which call it is."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import structlog

from nightbell.errors import LineFailed, OfferRefused
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.message.checking import refusal
from nightbell.line.sip.message.replying import reply

if TYPE_CHECKING:
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.message.model import Request
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.transaction.outputs import Key

__all__ = ["Answering"]

_log = structlog.get_logger(__name__)


class Answering:
    """What rings here, and changes of media under way."""

    def __init__(self, agent: SipAgent) -> None:
        self._agent = agent
        self._ringing: dict[Key, Invitation] = {}
        self._accepting: dict[tuple[str, str], Invitation] = {}
        self._requests: dict[Key, tuple[Request, Peer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits: dict[Key, asyncio.TimerHandle] = {}

    @property
    def held(self) -> dict[str, int]:
        """What is held for calls, by kind."""
        return {
            "ringing": len(self._ringing),
            "accepting": len(self._accepting),
            "requests": len(self._requests),
            "tasks": len(self._tasks),
            "limits": len(self._limits),
        }

    def refuse(self) -> None:
        """Refuse every call that rings."""
        for invitation in list(self._ringing.values()):
            invitation.reject(503)

    async def close(self) -> None:
        """End the tasks of all calls."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for handle in self._limits.values():
            handle.cancel()

    def ended(self, key: Key) -> None:
        """Forget a request whose transaction is over."""
        self._requests.pop(key, None)

    def received(self, key: Key, request: Request, peer: Peer) -> None:
        """Take a new request."""
        tag = request.recipient.tag
        dialog = self._agent.dialog(request.call_id, tag, request.sender.tag) if tag else None
        turned_away = None if dialog is not None else self._agent.gate.refusal(request, peer)
        if turned_away is not None:
            self._agent.stack.respond(key, turned_away)
            return
        refused = refusal(request)
        if refused is not None:
            answer = reply(
                request, refused.status, peer, tag="refused", reason=refused.reason, headers=refused.headers
            )
            self._agent.stack.respond(key, answer)
        elif dialog is not None:
            if request.method == "INVITE":
                self._requests[key] = (request, peer)
            dialog.take(key, request, peer)
            if request.method == "BYE" and (waiting := self._accepting.get((request.call_id, tag))) is not None:
                waiting.ended()
        elif request.method == "BYE" and self._rang(request, tag):
            self._agent.stack.respond(key, reply(request, 200, peer, tag=tag))
        elif tag or request.method in {"BYE", "INFO"}:
            self._agent.stack.respond(key, reply(request, 481, peer, tag="none"))
        elif request.method == "INVITE":
            self._rings(key, request, peer)
        else:
            status = 200 if self._agent.ready else 503
            headers = [("allow", self._agent.allow), ("accept", "application/sdp")]
            self._agent.stack.respond(key, reply(request, status, peer, tag=secrets.token_hex(8), headers=headers))

    def _rang(self, request: Request, tag: str) -> bool:
        """Take a BYE of a call that was not answered yet (RFC 3261 section 15); False where nothing rings."""
        invitation = self._accepting.get((request.call_id, tag))
        if invitation is None or invitation.over or invitation.request.sender.tag != request.sender.tag:
            return False
        invitation.cancelled()
        return True

    def _rings(self, key: Key, request: Request, peer: Peer) -> None:
        trusted = self._agent.gate.trusts(peer.host)
        self._agent.stack.respond(key, reply(request, 100, peer))
        invitation = Invitation(self._agent, key, request, peer, trusted=trusted)
        self._ringing[key] = invitation
        self._accepting[request.call_id, invitation.tag] = invitation
        loop = asyncio.get_running_loop()
        self._limits[key] = loop.call_later(self._agent.config.answer_limit_s, invitation.expired)
        task = loop.create_task(self._invited(invitation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _invited(self, invitation: Invitation) -> None:
        try:
            if self._agent.on_invite is not None:
                await self._agent.on_invite(invitation)
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

    def cancelled(self, key: Key) -> None:
        """Take that an INVITE was taken back."""
        if (invitation := self._ringing.get(key)) is not None:
            invitation.cancelled()
        elif (found := self._requests.get(key)) is not None:
            request, peer = found
            dialog = self._agent.dialog(request.call_id, request.recipient.tag, request.sender.tag)
            if dialog is not None:
                dialog.cancelled(key, request, peer)

    def acknowledged(self, request: Request) -> None:
        """Take the ACK of a 2xx of ours."""
        tag = request.recipient.tag
        if (invitation := self._accepting.get((request.call_id, tag))) is not None:
            invitation.acknowledged(request)
        if (dialog := self._agent.dialog(request.call_id, tag, request.sender.tag)) is not None:
            dialog.acknowledged(request)

    def unacknowledged(self, key: Key) -> None:
        """Take that no ACK came."""
        if (invitation := self._ringing.get(key)) is not None:
            invitation.unacknowledged()
            return
        for dialog in self._agent.dialogs:
            dialog.unacknowledged(key)
