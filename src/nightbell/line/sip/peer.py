"""Peer: where a message came from, or goes to. A value; it opens nothing."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["DEFAULT_PORTS", "Peer", "Transport", "bracketed", "is_loopback"]

Transport = Literal["udp", "tcp", "tls"]

DEFAULT_PORTS: Final[dict[Transport, int]] = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""RFC 3261 section 19.1.2."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One end of a way that messages take."""

    transport: Transport
    host: str
    """A numeric address; names are looked up before a Peer is made."""
    port: int
    connection: int = 0
    """Number of the connection it came over; 0 for UDP, and for one that has still to be opened."""

    @property
    def reliable(self) -> bool:
        """True where the transport repeats what is lost, so that we do not."""
        return self.transport != "udp"


def bracketed(host: str) -> str:
    """Return a host as URIs and Via write it: IPv6 in brackets (RFC 3261 section 19.1.1)."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def is_loopback(host: str) -> bool:
    """Tell whether a numeric address stays in this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
