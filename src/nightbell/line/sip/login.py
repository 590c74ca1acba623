"""Login: an account shown to whoever challenges a call of ours, a trunk or a proxy (RFC 3261 section 22).

One for each call. It answers a challenge once, and again only where the nonce was too old: a password that is not
taken is not tried twice. Registrations keep an account of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.line.sip.digest import Account, answer, parameters, says_stale
from nightbell.line.sip.message.model import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.dialog import Dialog
    from nightbell.line.sip.message.model import Response

__all__ = ["CHALLENGES", "CREDENTIALS", "TRIES", "Login", "ask", "credentials"]

CHALLENGES: Final = frozenset({401, 407})
CREDENTIALS: Final = ("authorization", "proxy-authorization")
TRIES: Final = 4
"""Times that one request is sent: bare, for a proxy, for the trunk behind it, and after one stale nonce."""


class Login:
    """One call's account, and the nonces that it was shown for."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._counts: dict[str, int] = {}

    def again(self, response: Response, request: Request, *, via: str, number: int) -> Request | None:
        """Return a refused request with what answers its challenge; None where nothing does.

        Args:
            response: the 401 or 407.
            request: what it refuses.
            via: a new Via; the same request is another transaction.
            number: its new CSeq.
        """
        found = self._answer(response, request, 1)
        if found is None:
            return None
        shown = parameters(found[1])
        nonce = shown.get("nonce", "")
        count = self._counts[nonce] = self._counts.get(nonce, 0) + 1
        if count > 1:
            found = self._answer(response, request, count) or found
        name, value = found
        kept = [one for one in request.headers.fields(name) if not _same_realm(one, value)]
        if len(kept) < len(request.headers.fields(name)) and not says_stale(response):
            return None
        headers = request.headers.copy()
        headers.set("via", via)
        headers.set("cseq", f"{number} {request.method}")
        headers.remove(name)
        for one in (*kept, value):
            headers.add(name, one)
        return Request(headers=headers, body=request.body, method=request.method, target=request.target)

    def _answer(self, response: Response, request: Request, count: int) -> tuple[str, str] | None:
        return answer(self._account, response, request, count=count)


async def ask(agent: SipAgent, dialog: Dialog, request: Request) -> tuple[Request, Response]:
    """Send a request of a dialog, again where it is challenged; return what was sent last, and its answer.

    Raises:
        LineFailed: there was none.
    """
    response = await agent.ask(request, dialog.next_hop())
    for _ in range(TRIES - 1):
        if response.status not in CHALLENGES or dialog.login is None:
            break
        via, number = agent.stack.via(dialog.next_hop()), dialog.local_cseq + 1
        again = dialog.login.again(response, request, via=via, number=number)
        if again is None:
            break
        dialog.local_cseq, request = number, again
        response = await agent.ask(request, dialog.next_hop())
    return request, response


def credentials(request: Request) -> Sequence[tuple[str, str]]:
    """Return what a request shows: the ACK of its answer shows the same (section 22.1)."""
    return [(name, value) for name, value in request.headers if name in CREDENTIALS]


def _same_realm(one: str, other: str) -> bool:
    return parameters(one).get("realm") == parameters(other).get("realm")
