"""Engine: what the live calls of a process share - the ticker, the ports, and how long sound may be missing."""

from __future__ import annotations

from weakref import WeakSet

from nightbell.line.rtp.leg import Leg
from nightbell.line.rtp.media import Terms
from nightbell.line.rtp.ports import PortRange, Sockets
from nightbell.line.rtp.ticker import Ticker

__all__ = ["RtpEngine"]


class RtpEngine:
    """Makes legs."""

    def __init__(self, ports: PortRange, *, media_timeout_s: float, ticker: Ticker | None = None) -> None:
        """Take the range of ports; ``media_timeout_s`` of missing sound end a leg."""
        self.ticker = ticker or Ticker()
        self.ports = ports
        self._timeout_s = media_timeout_s
        self._legs: WeakSet[Leg] = WeakSet()

    @property
    def legs(self) -> int:
        """Legs that are served now; 0 when every call is over."""
        return len(self.ticker)

    def take_ports(self) -> Sockets:
        """Return a free pair of ports. Raises LineFailed when there is none."""
        return self.ports.take()

    def leg(self, sockets: Sockets, terms: Terms) -> Leg:
        """Make a leg on its ports."""
        leg = Leg(self.ticker, sockets, terms, media_timeout_s=self._timeout_s)
        self._legs.add(leg)
        return leg

    def close(self) -> None:
        """Stop: no tick comes any more, and every port is given back."""
        self.ticker.close()
        for leg in tuple(self._legs):
            leg.close()
