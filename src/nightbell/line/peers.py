"""Peers: whether a source address lies in a network of a list. It knows no port and no name, and keeps no list."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["is_among"]


@lru_cache(maxsize=4096)
def is_among(source: str, networks: tuple[str, ...]) -> bool:
    """Tell whether an address is in one of the networks; what is no address is in none.

    Args:
        source: as a socket gives it: an IPv6 address may have a zone, an IPv4 one may come as ::ffff:192.0.2.1.
        networks: such as 192.0.2.0/24; host bits may be set.

    Raises:
        ValueError: a network is none.
    """
    try:
        address = ip_address(source.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ip_network(text, strict=False) for text in networks)
