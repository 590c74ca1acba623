"""Ports: the pairs of UDP ports that calls take for their sound - an even one for RTP, the next for RTCP.

They are taken in turn, so that a straggler of the last call does not meet the next. It opens sockets, and reads
nothing from them.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

from nightbell.errors import LineFailed

__all__ = ["PortRange", "Sockets"]

_BUFFER: Final = 1 << 17
"""Bytes the kernel holds for one call: some three hundred packets, whoever sends them."""
_SMALLEST: Final = 128
"""Bytes that the kernel counts for a datagram at least; many more in truth."""
_EF: Final = 0xB8
"""DSCP 46, expedited forwarding, in the TOS byte (RFC 4594 section 4.1): sound goes first."""


@dataclass(frozen=True, slots=True)
class Sockets:
    """One call's pair, not blocking."""

    rtp: socket.socket
    rtcp: socket.socket

    @property
    def port(self) -> int:
        """The even port."""
        return int(self.rtp.getsockname()[1])

    def empty(self) -> None:
        """Throw away what came so far."""
        for one in (self.rtp, self.rtcp):
            for _ in range(_BUFFER // _SMALLEST):
                try:
                    one.recv(1)
                except BlockingIOError:
                    break
                except OSError:
                    continue  # an ICMP error

    def close(self) -> None:
        """Give the ports back; safe to repeat."""
        self.rtp.close()
        self.rtcp.close()


class PortRange:
    """The range that a firewall is open for."""

    def __init__(self, host: str, first: int, last: int) -> None:
        """Take an address of this machine and its ports from ``first``, which is even, to ``last`` inclusive."""
        self._host = host
        self._first = first
        self._pairs = (last + 1 - first) // 2
        self._turn = 0
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET

    def take(self) -> Sockets:
        """Return the next free pair.

        Raises:
            LineFailed: there is none.
        """
        for _ in range(self._pairs):
            port = self._first + 2 * self._turn
            self._turn = (self._turn + 1) % self._pairs
            try:
                return self._open(port)
            except OSError:
                continue  # somebody else has it
        raise LineFailed(
            "no port is free for another call's sound",
            provider="rtp",
            hint="widen first_port to last_port in [rtp], or lower calls in [serve]",
        )

    def _open(self, port: int) -> Sockets:
        rtp = self._bound(port)
        try:
            return Sockets(rtp, self._bound(port + 1))
        except OSError:
            rtp.close()
            raise

    def _bound(self, port: int) -> socket.socket:
        one = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            one.settimeout(0)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            if self._family == socket.AF_INET:
                one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EF)
            else:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _EF)
            one.bind((self._host, port))
        except OSError:
            one.close()
            raise
        return one
