"""Which address stands behind a SIP URI: its host is looked up, its transport and port follow from it.

SRV and NAPTR records are not asked: a list of registrars or trunks is what fails over here.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

from nightbell.errors import LineFailed
from nightbell.line.sip.peer import DEFAULT_PORTS, Peer, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from nightbell.line.sip.message.uri import Uri

__all__ = ["find"]

LOOKUP_LIMIT_S: Final = 5.0
"""Longest wait for the name service."""


async def find(uri: Uri, bound: Callable[[Transport], tuple[str, int] | None]) -> tuple[Peer, str]:
    """Return the peer, and the name that it was found under; empty for a numeric address.

    Args:
        uri: whose host is looked up.
        bound: where we listen for a transport: an IPv4 socket reaches nobody at IPv6, and the other way.

    Raises:
        LineFailed: the host has no address.
    """
    wanted = (uri.param("transport") or "").lower()
    transport: Transport = (
        "tls" if wanted == "tls" or uri.scheme == "sips" else "tcp" if wanted == "tcp" else "udp"
    )
    port = uri.port or DEFAULT_PORTS[transport]
    host = uri.host.strip("[]")
    try:
        async with asyncio.timeout(LOOKUP_LIMIT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError) as fault:
        raise LineFailed("a SIP host has no address", provider="sip", hint="check the name and the DNS") from fault
    own, first = bound(transport), found[0]
    if own and own[0] != "::":  # which is a socket of both
        family = socket.AF_INET6 if ":" in own[0] else socket.AF_INET
        first = next((one for one in found if one[0] == family), first)
    address = str(first[4][0])
    return Peer(transport, address, port), "" if address == host else host
