"""Registration: we tell a trunk's registrar where we are, and go on telling it (RFC 3261 section 10.2).

The first registrar of the list that takes us is kept until it fails; then the next one is tried. A wrong password
is not tried again at once: that is how accounts get locked. Whoever sets ``on_change`` is told of every change.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import structlog

from nightbell.errors import LineFailed
from nightbell.line.sip.digest import Account, answer, says_stale
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.uri import Uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.message.model import Response
    from nightbell.line.sip.peer import Peer

__all__ = ["Registration", "RegistrationConfig", "RegistrationState"]

RegistrationState = Literal["trying", "registered", "refused", "unreachable", "gone"]
_log = structlog.get_logger(__name__)

SHARE: Final = 0.8
"""Of the time granted, after which it is asked for again: a fifth is left for lost messages and the next one."""
TRIES: Final = 4
"""REGISTERs in a row that a challenge, a stale nonce and a longer time may take."""
LONGEST_S: Final = 86_400
"""The longest time that a registrar may force on us."""
RETRY_S: Final = (2.0, 300.0)
"""First and longest pause when no registrar can be reached."""
REFUSED_S: Final = (60.0, 3_600.0)
"""First and longest pause when our password is wrong."""
STOP_LIMIT_S: Final = 2.0
"""Longest wait for a registrar to let us go; then it forgets us by itself."""
KEEP_ALIVE: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class RegistrationConfig:
    """One account at one provider."""

    registrars: tuple[str, ...]
    """SIP addresses in their order, such as ``sip:registrar.example.net;transport=tcp``."""
    user: str
    """The user part of our address there."""
    account: Account
    domain: str = ""
    """What stands behind the user; the registrar's host unless given."""
    expires_s: int = 600
    """How long a registration is to hold; short, so that a restarted registrar soon knows us again."""
    keep_alive_s: float = 25.0
    """Pause between keep-alives that hold a router's way back open (RFC 5626: under 30 s on UDP); 0 for none."""
    options: bool = False
    """Whether keep-alives are OPTIONS, which also show that the registrar lives, rather than line ends."""


class Registration:
    """One registration, kept up by a task of its own."""

    def __init__(self, agent: SipAgent, config: RegistrationConfig, *, retry_s: tuple[float, float] = RETRY_S,
                 refused_s: tuple[float, float] = REFUSED_S) -> None:  # fmt: skip
        self.state: RegistrationState = "trying"
        self.registrar = ""
        """The one that holds us."""
        self.granted_s = 0
        self.status = 0
        """The last final status."""
        self.on_change: Callable[[RegistrationState], None] | None = None
        self._agent = agent
        self._config = config
        self._retry_s, self._refused_s = retry_s, refused_s
        self._expires = config.expires_s
        self._call_id = secrets.token_hex(16)
        self._tag = secrets.token_hex(8)
        self._cseq = secrets.randbelow(1_000)
        self._challenge: tuple[str, Response, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self._peer: Peer | None = None
        self._changed = asyncio.Event()

    def start(self) -> None:
        """Begin to register, and go on until ``stop``."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Take the registration back and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self.state == "registered" and self.registrar:
            try:
                async with asyncio.timeout(STOP_LIMIT_S):
                    await self._register(self.registrar, 0)
            except (LineFailed, TimeoutError):
                _log.info("sip registration was not taken back")
        if self._peer is not None:
            self._agent.gate.registrars.discard(self._peer.host)
        self._change("gone")

    async def wait_for(self, *states: RegistrationState) -> RegistrationState:
        """Wait until the registration is in one of these states."""
        while self.state not in states:
            self._changed.clear()
            await self._changed.wait()
        return self.state

    async def _keep(self) -> None:
        pauses = [self._retry_s[0], self._refused_s[0]]
        while True:
            refused = False
            for registrar in self._config.registrars:
                held = await self._try(registrar)
                if held == "lost":
                    pauses = [self._retry_s[0], self._refused_s[0]]
                refused = refused or held == "refused"
            self._change("refused" if refused else "unreachable")
            kind, longest = (1, self._refused_s[1]) if refused else (0, self._retry_s[1])
            # A little chance keeps many lines from coming back in the same second.
            await asyncio.sleep(pauses[kind] * (0.9 + 0.2 * secrets.randbelow(1_000) / 1_000))
            pauses[kind] = min(2 * pauses[kind], longest)

    async def _try(self, registrar: str) -> Literal["lost", "refused", "unreachable"]:
        try:
            return await self._hold(registrar)
        except Exception as fault:  # noqa: BLE001 - no answer of a registrar may end our trying
            _log.error("sip registration met a fault of ours", error=type(fault).__name__)
            return "unreachable"

    async def _hold(self, registrar: str) -> Literal["lost", "refused", "unreachable"]:
        """Register with one and stay with it until it fails."""
        held = False
        while True:
            try:
                response = await self._register(registrar, self._expires)
            except LineFailed:
                return "lost" if held else "unreachable"
            if not 200 <= response.status < 300:
                _log.error("sip registration was refused", status=response.status)
                if held:
                    return "lost"
                return "refused" if response.status in {401, 403, 404, 407} else "unreachable"
            held = True
            self.granted_s = self._granted(response)
            self.registrar = registrar
            self._agent.own_users |= {self._config.user}
            self._change("registered")
            if not await self._stay(registrar, self.granted_s * SHARE):
                return "lost"

    async def _stay(self, registrar: str, seconds: float) -> bool:
        """Wait with keep-alives; False when the registrar does not answer them."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        pause = self._config.keep_alive_s or seconds
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(pause, left))
            if loop.time() >= end or self._peer is None:
                break
            if not self._config.options:
                self._agent.stack.send(KEEP_ALIVE, self._peer)
                continue
            try:
                await self._agent.ask(self._request("OPTIONS", registrar, self._peer), self._peer)
            except LineFailed:
                return False
        return True

    async def _register(self, registrar: str, expires: int) -> Response:
        """Send REGISTERs until one is decided."""
        uri = Uri.parse(registrar)
        peer = self._peer = await self._agent.find(uri)
        response: Response | None = None
        proved = 0
        for _ in range(TRIES):
            request = self._request("REGISTER", registrar, peer)
            request.headers.add("contact", self._agent.contact(peer, self._config.user))
            request.headers.add("expires", str(expires))
            if self._challenge is not None and self._challenge[0] == registrar:
                _, challenge, count = self._challenge
                found = answer(self._config.account, challenge, request, count=count + 1)
                if found is not None:
                    request.headers.add(*found)
                    self._challenge = (registrar, challenge, count + 1)
            response = await self._agent.ask(request, peer)
            self.status = response.status
            if 200 <= response.status < 300:
                self._agent.gate.registrars.add(peer.host)
                return response
            if response.status in {401, 407}:
                proved += 1
                fresh = says_stale(response)
                used = request.headers.has("authorization") or request.headers.has("proxy-authorization")
                if used and not fresh and proved > 1:
                    self._challenge = None
                    return response
                self._challenge = (registrar, response, 0)
            elif response.status == 423 and expires:
                wanted = response.headers.get("min-expires").strip()
                if not wanted.isascii() or not wanted.isdigit() or not expires < int(wanted[:9]) <= LONGEST_S:
                    return response
                expires = self._expires = int(wanted)
            else:
                return response
        if response is None:
            raise LineFailed("no answer", provider="sip", hint="the registrar is down")
        return response

    def _request(self, method: str, registrar: str, peer: Peer) -> Request:
        uri = Uri.parse(registrar)
        domain = self._config.domain or uri.host
        self._cseq += 1
        headers = Headers()
        headers.add("via", self._agent.stack.via(peer))
        headers.add("max-forwards", "70")
        headers.add("from", f"<sip:{self._config.user}@{domain}>;tag={self._tag}")
        headers.add("to", f"<sip:{self._config.user}@{domain}>" if method == "REGISTER" else f"<{registrar}>")
        headers.add("call-id", self._call_id)
        headers.add("cseq", f"{self._cseq} {method}")
        # The Request-URI of a REGISTER names the domain, and no user (section 10.2).
        return Request(headers=headers, method=method, target=f"{uri.scheme}:{domain}")

    def _granted(self, response: Response) -> int:
        own = f"sip:{self._config.user}@"
        for contact in response.headers.all("contact"):
            if own in contact and (found := _seconds(contact.partition("expires=")[2])):
                return found
        return _seconds(response.headers.get("expires")) or self._expires

    def _change(self, state: RegistrationState) -> None:
        if state != self.state:
            self.state = state
            log = _log.info if state in {"registered", "gone"} else _log.warning
            log("sip registration changed", state=state)
            if self.on_change is not None:
                self.on_change(state)
        self._changed.set()


def _seconds(text: str) -> int:
    digits = text.strip().strip('"')
    count = 0
    while count < len(digits) and count < 7 and digits[count] in "0123456789":
        count += 1
    return min(int(digits[:count] or "0"), LONGEST_S)
