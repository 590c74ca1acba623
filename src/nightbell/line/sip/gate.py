"""Gate: who may speak to the agent, decided as early as it can be: by address, then by a look, then by digest.

A trunk or PBX in the list is let in, and so is a registrar that we registered with, since we asked it for calls.
Somebody whom we rang or who rang us may speak within that call. All others are challenged or not heard at all.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from nightbell.line.sip.digest import Challenger
from nightbell.line.sip.message.replying import reply, stateless

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request, Response
    from nightbell.line.sip.peer import Peer
    from nightbell.line.sip.stack import Stack
    from nightbell.line.sip.trust import Trust

__all__ = ["Gate"]

_LOOK: Final = 8_192
"""Bytes in which credentials are looked for before a message is read."""


class Gate:
    """One agent's door."""

    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self.callers: Counter[str] = Counter()
        """Addresses with a dialog, and how many."""
        self.registrars: set[str] = set()
        self._challenger = Challenger(trust, clock=time.monotonic) if trust.users else None

    def trusts(self, host: str) -> bool:
        """Tell whether an address is believed without proof."""
        return self.trust.of(host) == "trusted" or host in self.registrars

    def hears(self, host: str) -> bool:
        """Tell whether anything from an address is looked at."""
        return self.trusts(host) or self._challenger is not None or host in self.callers

    def lets_through(self, data: bytes, peer: Peer, stack: Stack) -> bool:
        """Tell of a request that is not read yet whether it will be; a challenge needs no reading."""
        if self.trusts(peer.host) or peer.host in self.callers:
            return True
        if self._challenger is None:
            return False
        if data.startswith((b"ACK ", b"CANCEL ")) or b"uthorization" in data[:_LOOK].lower():
            return True
        answer = stateless(data, 401, peer, self._challenger.challenge(peer.host))
        if answer is not None:
            stack.send(*answer)
        return False

    def refusal(self, request: Request, peer: Peer) -> Response | None:
        """Return how a request that begins something is turned away; None when whoever sent it may."""
        if self.trusts(peer.host):
            return None
        if self._challenger is None:
            # Somebody whom we rang may speak within that call, and begin none.
            return reply(request, 403, peer, tag="refused")
        verdict = self._challenger.judge(request, peer.host)
        if verdict == "good":
            return None
        headers = self._challenger.challenge(peer.host, stale=verdict == "stale")
        return reply(request, 401, peer, tag="challenge", headers=headers)

    def came(self, host: str) -> None:
        """Count a dialog with an address."""
        self.callers[host] += 1

    def went(self, host: str) -> None:
        """Count it off."""
        self.callers[host] -= 1
        if self.callers[host] <= 0:
            del self.callers[host]
