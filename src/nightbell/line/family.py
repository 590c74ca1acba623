"""Family: addresses of IPv4 as a socket of IPv6 that serves both has them (RFC 4291 section 2.5.5.2)."""

from __future__ import annotations

import socket
from typing import Final

__all__ = ["as_taken", "plain", "reaches"]

_MAPPED: Final = "::ffff:"


def plain(host: str) -> str:
    """Return an address as others write it: one of IPv4 without what a socket of IPv6 puts before it."""
    return host[len(_MAPPED) :] if host.startswith(_MAPPED) and "." in host else host


def as_taken(host: str, family: int) -> str:
    """Return an address as a socket of that family takes it."""
    return _MAPPED + host if family == socket.AF_INET6 and ":" not in host else host


def reaches(one: socket.socket, host: str) -> bool:
    """Tell whether a bound socket can send to a numeric address at all."""
    own = str(one.getsockname()[0])
    return own == "::" or (":" in own) == (":" in host)
