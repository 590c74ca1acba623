"""Via: the way back that a request carries (RFC 3261 sections 18.2 and 20.42, RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nightbell.line.sip.message.address import parse_params
from nightbell.line.sip.message.uri import HOST
from nightbell.line.sip.peer import Peer, bracketed

__all__ = ["COOKIE", "Via"]

COOKIE: Final = "z9hG4bK"
"""How the branch of an RFC 3261 client begins (section 8.1.1.7)."""

_VIA: Final = re.compile(
    rf"\s*SIP\s*/\s*2\.0\s*/\s*(?P<transport>[A-Za-z0-9.!%*_+`'~-]+)\s+(?P<host>{HOST})"
    r"(?:\s*:\s*(?P<port>[0-9]{1,5}))?\s*(?P<params>;.*)?",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~:\[\]-]+")


@dataclass(frozen=True, slots=True)
class Via:
    """One hop."""

    transport: str
    host: str
    port: int | None
    params: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one Via value.

        Raises:
            ValueError: it is none.
        """
        found = _VIA.fullmatch(text)
        if found is None:
            raise ValueError("no Via")
        port = int(found["port"]) if found["port"] else None
        if port is not None and not 0 < port < 65_536:
            raise ValueError("no such port in Via")
        return cls(found["transport"].upper(), found["host"], port, parse_params(found["params"] or ""))

    def param(self, name: str) -> str | None:
        """Return a parameter's value, empty for one without; None when it is not there."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def branch(self) -> str:
        """The transaction's name; empty when there is none."""
        return self.param("branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port as the sender calls itself."""
        return f"{self.host.lower()}:{self.port or ''}"

    def received_from(self, peer: Peer) -> str:
        """Return the value with where it really came from, as responses must carry it."""
        params = [(key, value) for key, value in self.params if key not in {"received", "rport"}]
        if self.param("rport") is not None:
            params.append(("rport", str(peer.port)))
        params.append(("received", peer.host))
        port = f":{self.port}" if self.port else ""
        tail = "".join(f";{key}={_quoted(value)}" if value else f";{key}" for key, value in params)
        return f"SIP/2.0/{self.transport} {bracketed(self.host)}{port}{tail}"

    def way_back(self, peer: Peer) -> Peer:
        """Return where a response goes.

        Over the same connection; on UDP to the address that the request came from, at its port with rport and at
        the sender's own port without. ``maddr`` is not followed: it would let anybody point our answers at others.
        """
        if peer.reliable or self.param("rport") is not None:
            return peer
        return Peer("udp", peer.host, self.port or 5060)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
