"""Trust: whose requests are read at all, decided from the address before anything is parsed.

A listed network (a trunk, a PBX) is believed. Others are challenged where digest users are set, and meet silence
where none are: a scanner learns nothing, not even that somebody listens.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nightbell.errors import SettingsError
from nightbell.line.peers import is_among

__all__ = ["Trust"]


@dataclass(frozen=True)
class Trust:
    """Who is let in, and as what."""

    networks: tuple[str, ...] = ()
    """Addresses or networks in CIDR form, such as ``203.0.113.0/28``."""
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Digest users and their passwords."""
    realm: str = "nightbell"
    digests: tuple[str, ...] = ("SHA-256",)
    """What is offered, in this order: SHA-256, and MD5 for those that know nothing else (RFC 8760)."""

    def __post_init__(self) -> None:
        """Read the networks once, so that a wrong one is told at the start.

        Raises:
            SettingsError: a network is none.
        """
        try:
            for text in self.networks:
                ipaddress.ip_network(text, strict=False)
        except ValueError as fault:
            raise SettingsError("a trusted SIP network is none", hint="write it as 203.0.113.0/28") from fault

    def of(self, host: str) -> Literal["trusted", "digest", "nobody"]:
        """Return what a source address is to us."""
        if is_among(host, self.networks):
            return "trusted"
        return "digest" if self.users else "nobody"
