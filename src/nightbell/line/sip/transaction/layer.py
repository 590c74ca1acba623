"""Layer: which transaction a message belongs to, and when the next timer is due (RFC 3261 section 17). Sans-IO.

It knows neither loop, clock nor socket: ``(now, message)`` or ``(now, timer)`` in, a list of outputs back. It
answers by itself only what needs no decision: copies, CANCEL, merged requests.
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Final

from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.message.via import COOKIE
from nightbell.line.sip.transaction.answer import Answer
from nightbell.line.sip.transaction.client import ClientInvite, ClientPlain
from nightbell.line.sip.transaction.outputs import (
    Acknowledged,
    Cancelled,
    Ended,
    Key,
    Output,
    Received,
    Transmit,
    Unacknowledged,
)  # fmt: skip
from nightbell.line.sip.transaction.server import ServerInvite, ServerPlain
from nightbell.line.sip.transaction.timers import Timers

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request, Response
    from nightbell.line.sip.peer import Peer

__all__ = ["Layer", "client_key", "server_key"]

FULL: Final = 20_000
"""Server transactions kept at once; beyond that no new call is taken: 50 a second for 32 s are 5,000."""

_Server = ServerInvite | ServerPlain
_Client = ClientInvite | ClientPlain
_AnswerKey = tuple[str, str, int]


class Layer:
    """All transactions of one agent."""

    def __init__(self, timers: Timers | None = None) -> None:
        self.timers = timers or Timers()
        self._servers: dict[Key, _Server] = {}
        self._clients: dict[Key, _Client] = {}
        self._answers: dict[_AnswerKey, Answer] = {}
        self._merges: dict[tuple[str, str, str], Key] = {}
        self._merge_of: dict[Key, tuple[str, str, str]] = {}
        self._due: list[tuple[float, int, Key | _AnswerKey, str]] = []
        self._armed: dict[tuple[Key | _AnswerKey, str], float] = {}
        self._branches: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients) + len(self._answers)

    @property
    def full(self) -> bool:
        """True when no new request is taken."""
        return len(self._servers) >= FULL

    @property
    def next_due(self) -> float | None:
        """When ``tick`` has something to do, or None; it may be early, never late."""
        while self._due and not self._waits(*self._due[0]):
            self._pop()
        return self._due[0][0] if self._due else None

    def knows(self, branch: str) -> bool:
        """Tell whether a response with that branch can be one to a request of ours."""
        return any(Key("client", branch, "", method) in self._clients for method in _OURS)

    def expects(self, host: str) -> bool:
        """Tell whether a request of ours is under way to an address, so that it may answer."""
        return host in self._asked

    def serves(self, branch: str) -> bool:
        """Tell whether an INVITE with that branch has been taken already."""
        return branch in self._branches

    def state(self, key: Key) -> str:
        """Return a transaction's state; empty when it is over."""
        found = self._servers.get(key) or self._clients.get(key)
        return found.state if found else ""

    def receive(self, request: Request, peer: Peer, now: float) -> list[Output]:
        """Take a request that came in."""
        key = server_key(request)
        known = self._servers.get(key)
        if request.method == "ACK":
            if isinstance(known, ServerInvite) and known.state != "accepted":
                return self._after(key, known, known.receive(request, now))
            return self._acknowledge(request, peer)
        if known is not None:
            return self._after(key, known, known.receive(request, now))
        back = request.via.way_back(peer)
        if request.method == "CANCEL":
            return self._cancel(key, request, peer, back, now)
        merge = (request.call_id, request.sender.tag, request.headers.get("cseq"))
        untagged = not request.recipient.tag
        fresh: _Server = (ServerInvite if request.method == "INVITE" else ServerPlain)(key, back, self.timers, now)
        self._servers[key] = fresh
        if request.method == "INVITE":
            self._branches.add(key.branch)
        if untagged and merge in self._merges:
            # The same request on another way: a proxy forked it back to us (section 8.2.2.2).
            return self._after(key, fresh, fresh.respond(reply(request, 482, peer, tag="merged"), now))
        if untagged:
            self._merges[merge] = key
            self._merge_of[key] = merge
        return self._after(key, fresh, [Received(key, request, peer)])

    def respond(self, key: Key, response: Response, now: float) -> list[Output]:
        """Send a response to a request; nothing happens when its transaction is over or answered already."""
        known = self._servers.get(key)
        if known is None:
            return []
        outputs = known.respond(response, now)
        if outputs and key.method == "INVITE" and 200 <= response.status < 300:
            transmit = outputs[0]
            if isinstance(transmit, Transmit):
                name = (response.call_id, response.recipient.tag, response.cseq.number)
                answer = self._answers[name] = Answer(key, transmit.data, known.peer, self.timers, now)
                self._arm(name, answer.waits)
        return self._after(key, known, outputs)

    def begin(self, request: Request, peer: Peer, now: float) -> tuple[Key, list[Output]]:
        """Send a request of ours; its Via names the transaction."""
        key = client_key(request.via.branch, request.method)
        client: _Client = (ClientInvite if request.method == "INVITE" else ClientPlain)(
            key, request, peer, self.timers
        )
        self._clients[key] = client
        self._asked[peer.host] += 1
        return key, self._after(key, client, client.begin(now))

    def take(self, response: Response, peer: Peer, now: float) -> list[Output]:
        """Take a response that came in; one to nothing of ours is dropped."""
        key = client_key(response.via.branch, response.cseq.method)
        known = self._clients.get(key)
        return self._after(key, known, known.receive(response, peer, now)) if known else []

    def drop(self, key: Key) -> list[Output]:
        """Give a request of ours up, because it could not be sent."""
        known = self._clients.get(key)
        if known is None:
            return []
        return self._after(key, known, known.fire("B" if key.method == "INVITE" else "F", 0.0))

    def settle(self, call_id: str, tag: str) -> None:
        """Stop repeating what a call that is over was answered with."""
        for name in [name for name in self._answers if name[:2] == (call_id, tag)]:
            del self._answers[name]

    def lost(self, peer: Peer) -> list[Output]:
        """Give up what is on its way to a peer that cannot be reached."""
        gone = [key for key, client in self._clients.items() if client.peer == peer]
        return [output for key in gone for output in self.drop(key)]

    def tick(self, now: float) -> list[Output]:
        """Let every timer run out that is due."""
        outputs: list[Output] = []
        while self._due and self._due[0][0] <= now:
            due, count, name, timer = self._pop()
            if not self._waits(due, count, name, timer):
                continue
            if isinstance(name, Key):
                known = self._servers.get(name) or self._clients[name]
                outputs += self._after(name, known, known.fire(timer, now))
            else:
                answer = self._answers[name]
                found = answer.fire(timer, now)
                if any(isinstance(output, Unacknowledged) for output in found):
                    del self._answers[name]
                self._arm(name, answer.waits)
                outputs += found
        return outputs

    def _acknowledge(self, request: Request, peer: Peer) -> list[Output]:
        name = (request.call_id, request.recipient.tag, request.cseq.number)
        return [Acknowledged(request, peer)] if self._answers.pop(name, None) else []

    def _cancel(self, key: Key, request: Request, peer: Peer, back: Peer, now: float) -> list[Output]:
        target = key._replace(method="INVITE")
        invite = self._servers.get(target)
        own = self._servers[key] = ServerPlain(key, back, self.timers, now)
        status = 200 if isinstance(invite, ServerInvite) else 481
        outputs = self._after(key, own, own.respond(reply(request, status, peer, tag="cancel"), now))
        if isinstance(invite, ServerInvite) and invite.state == "proceeding":
            outputs.append(Cancelled(target))
        return outputs

    def _after(self, key: Key, known: _Server | _Client, outputs: list[Output]) -> list[Output]:
        if known.state == "terminated":
            self._servers.pop(key, None)
            if key.method == "INVITE":
                self._branches.discard(key.branch)
            if self._clients.pop(key, None) is not None:
                self._asked[known.peer.host] -= 1
                if not self._asked[known.peer.host]:
                    del self._asked[known.peer.host]
            if (merge := self._merge_of.pop(key, None)) is not None and self._merges.get(merge) == key:
                del self._merges[merge]
            if not any(isinstance(output, Ended) for output in outputs):
                outputs.append(Ended(key))
        else:
            self._arm(key, known.waits)
        return outputs

    def _arm(self, name: Key | _AnswerKey, waits: dict[str, float]) -> None:
        for timer, due in waits.items():
            if self._armed.get((name, timer)) != due:
                self._armed[name, timer] = due
                self._count += 1
                heapq.heappush(self._due, (due, self._count, name, timer))

    def _pop(self) -> tuple[float, int, Key | _AnswerKey, str]:
        found = heapq.heappop(self._due)
        due, _, name, timer = found
        if self._armed.get((name, timer)) == due:
            del self._armed[name, timer]
        return found

    def _waits(self, due: float, _count: int, name: Key | _AnswerKey, timer: str) -> bool:
        known: _Server | _Client | Answer | None
        if isinstance(name, Key):
            known = self._servers.get(name) or self._clients.get(name)
        else:
            known = self._answers.get(name)
        return known is not None and known.waits.get(timer) == due


_OURS: Final = ("INVITE", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO")


def client_key(branch: str, method: str) -> Key:
    """Return the name of a transaction of ours (RFC 3261 section 17.1.3)."""
    return Key("client", branch, "", method)


def server_key(request: Request) -> Key:
    """Return the name of the transaction that a request belongs to (RFC 3261 section 17.2.3).

    A client older than RFC 3261 gives its branch no cookie: then what it repeats unchanged names the transaction.
    """
    via = request.via
    method = "INVITE" if request.method == "ACK" else request.method
    if via.branch.startswith(COOKIE):
        return Key("server", via.branch, via.sent_by, method)
    old = f"{request.call_id} {request.cseq.number} {request.sender.tag} {via.branch} {request.target}"
    return Key("server", old, via.sent_by, method)
