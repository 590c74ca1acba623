"""Leg: a SoundLeg over RTP."""

from __future__ import annotations

from nightbell.line.leg import Gone, SoundLeg
from nightbell.line.rtp.media import Media, Terms
from nightbell.line.rtp.ports import Sockets
from nightbell.line.rtp.ticker import Ticker

__all__ = ["Gone", "Leg"]


class Leg(SoundLeg):
    """One leg's sound over RTP, from ``begin`` to its last tick."""

    def __init__(self, ticker: Ticker, sockets: Sockets, terms: Terms, *, media_timeout_s: float) -> None:
        """Make a leg; its ports are given back with its last tick, or by ``close``."""
        super().__init__(media_timeout_s=media_timeout_s)
        self.media = Media(ticker, sockets, terms, self.take)
        self.media.failed = self.failed
        self.carriage = self.media
