"""Digest: challenges and their answers (RFC 7616, RFC 8760), on both sides.

Nonces are stateless: a time and its seal. What is remembered of one is only the highest count used, so that a
captured answer cannot be played again. Computing the digests is aiosipua's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from aiosipua.auth import SipDigestAuth, build_credentials
from aiosipua.headers import AuthChallenge, parse_auth, stringify_auth

if TYPE_CHECKING:
    from nightbell.line.sip.message.model import Request, Response
    from nightbell.line.sip.trust import Trust

__all__ = ["Account", "Challenger", "Verdict", "answer", "parameters", "says_stale"]

NONCE_S: Final = 120
"""How long a nonce is good: long enough for a phone on a bad network, short for a thief."""
NONCES_KEPT: Final = 10_000
_PAIR: Final = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
Verdict = Literal["good", "stale", "wrong", "none"]


@dataclass(frozen=True, slots=True)
class Account:
    """What we show a trunk or registrar that challenges us."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Account(...)"


class Challenger:
    """Our side as a server."""

    def __init__(self, trust: Trust, *, clock: Callable[[], float]) -> None:
        """Make a challenger.

        Args:
            trust: users, realm, and the digests that are offered.
            clock: seconds, monotonic.
        """
        self._trust = trust
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenge(self, source: str, *, stale: bool = False) -> list[tuple[str, str]]:
        """Return the headers of a 401 for whoever sits at an address."""
        nonce = self._nonce(source, int(self._clock()))
        tail = ", stale=true" if stale else ""
        return [
            (
                "WWW-Authenticate",
                f'Digest realm="{self._trust.realm}", qop="auth", nonce="{nonce}", algorithm={kind}{tail}',
            )
            for kind in self._trust.digests
        ]

    def judge(self, request: Request, source: str) -> Verdict:
        """Say whether a request proves one of the users."""
        for value in request.headers.fields("authorization"):
            if value.partition(" ")[0].lower() != "digest":
                continue
            found = parameters(value)
            if found.get("realm") == self._trust.realm:
                return self._one(found, request, source)
        return "none"

    def _one(self, found: dict[str, str], request: Request, source: str) -> Verdict:
        kind = found.get("algorithm", "MD5").upper()
        if kind not in self._trust.digests:
            return "wrong"
        password = self._trust.users.get(found.get("username", ""))
        nonce, count = found.get("nonce", ""), found.get("nc", "")
        if found.get("qop") != "auth" or not re.fullmatch(r"[0-9a-fA-F]{8}", count) or not found.get("cnonce"):
            return "wrong"
        # Without such a user the same work is done, so that timing tells nobody which names exist.
        expected = _digest(kind, found, request.method, self._trust.realm, password or "")
        right = hmac.compare_digest(expected, found.get("response", "").lower()) and password is not None
        if not right or found.get("uri", "") != request.target:
            return "wrong"
        if not self._fresh(nonce, source):
            return "stale"
        number = int(count, 16)
        if number <= self._counts.get(nonce, 0):
            return "stale"
        self._counts[nonce] = number
        self._counts.move_to_end(nonce)
        while len(self._counts) > NONCES_KEPT:
            self._counts.popitem(last=False)
        return "good"

    def _nonce(self, source: str, second: int) -> str:
        salt = secrets.token_hex(4)
        return f"{second:x}.{salt}.{self._seal(source, second, salt)}"

    def _seal(self, source: str, second: int, salt: str) -> str:
        return hmac.new(self._secret, f"{source} {second:x} {salt}".encode(), hashlib.sha256).hexdigest()[:32]

    def _fresh(self, nonce: str, source: str) -> bool:
        found = re.fullmatch(r"([0-9a-f]{1,12})\.([0-9a-f]{8})\.([0-9a-f]{32})", nonce)
        if found is None:
            return False
        second = int(found[1], 16)
        good = hmac.compare_digest(self._seal(source, second, found[2]), found[3])
        return good and 0 <= self._clock() - second <= NONCE_S


def _digest(kind: str, found: dict[str, str], method: str, realm: str, password: str) -> str:
    def h(text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        return (
            hashlib.sha256(data) if kind == "SHA-256" else hashlib.md5(data, usedforsecurity=False)
        ).hexdigest()

    secret = h(f"{found.get('username', '')}:{realm}:{password}")
    what = h(f"{method}:{found.get('uri', '')}")
    return h(f"{secret}:{found.get('nonce', '')}:{found.get('nc', '')}:{found.get('cnonce', '')}:auth:{what}")


def parameters(value: str) -> dict[str, str]:
    """Return what stands in a challenge or in its answer, behind the scheme."""
    return {key.lower(): quoted or bare for key, quoted, bare in _PAIR.findall(value.partition(" ")[2])}


def says_stale(response: Response) -> bool:
    """Tell whether a challenge means only that the nonce was too old: the password may be right."""
    name = "www-authenticate" if response.status == 401 else "proxy-authenticate"
    return any(parameters(value).get("stale", "").lower() == "true" for value in response.headers.fields(name))


def answer(account: Account, response: Response, request: Request, *, count: int = 1) -> tuple[str, str] | None:
    """Return the header that answers a 401 or 407, or None where nothing we know answers it.

    The strongest challenge is taken, whatever its place: SHA-256 before MD5 (RFC 8760 section 2.4 leaves the order
    to the server; a server that we are downgraded against must not win by it).
    """
    name = "www-authenticate" if response.status == 401 else "proxy-authenticate"
    challenges = [parse_auth(value) for value in response.headers.fields(name)]
    for challenge in sorted(challenges, key=_strength):
        found = _credentials(account, challenge, request, count)
        if found:
            return ("authorization" if response.status == 401 else "proxy-authorization"), found
    return None


def _credentials(account: Account, challenge: AuthChallenge, request: Request, count: int) -> str:
    login = SipDigestAuth(username=account.username, password=account.password)
    found = build_credentials(login, challenge, request.method, request.target, nonce_count=count)
    return str(stringify_auth(found)) if found else ""


def _strength(challenge: AuthChallenge) -> int:
    order: Sequence[str] = ("SHA-256", "MD5")
    kind = str(challenge.params.get("algorithm", "MD5")).upper()
    return order.index(kind) if kind in order else len(order)
