"""Latch: from where the sound of a call is taken, and so to where it is sent; one stray packet does not move it.

Signalling says where the other end listens, but behind NAT its packets come from elsewhere. So the source is
learnt: the signalled address at once, any other after a run of packets in sequence. Once learnt it stays: another
source takes its place only after such a run while the old one is silent (RTP bleed, AST-2017-005). The signalled
address alone may take it back from a learnt one that is not silent. A new offer or answer begins anew.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from nightbell.line.rtp.packet import Packet

__all__ = ["PROBATION", "SILENT_S", "Address", "Latch"]

Address: TypeAlias = tuple[str, int]
"""Host and port, as sockets give them."""

PROBATION: Final = 8
"""Packets in sequence, of one source and one SSRC, that make a source: 160 ms."""
SILENT_S: Final = 0.5
"""Silence of the old source before another can be heard: many times the longest jitter."""
_CANDIDATES: Final = 4
"""Sources on probation at one time; one more takes the place of the oldest."""
_ALWAYS: Final = -1e9


class Latch:
    """The source of one call's sound."""

    def __init__(self, signalled: Address) -> None:
        self._signalled = signalled
        self._source: Address | None = None
        self._heard_s = _ALWAYS
        self._candidates: dict[Address, tuple[int, int, int]] = {}
        self.refused = 0
        """Packets from elsewhere that were not taken."""
        self.moved = 0
        """How often the source changed after it was learnt."""

    @property
    def target(self) -> Address:
        """Where to send: the learnt source, else what signalling says."""
        return self._source or self._signalled

    @property
    def learnt(self) -> bool:
        """Tell whether a source was learnt."""
        return self._source is not None

    def expect(self, signalled: Address) -> None:
        """Begin anew with an address from a new offer or answer; the same one changes nothing."""
        if signalled != self._signalled:
            self._signalled, self._source = signalled, None
            self._candidates.clear()

    def accepts(self, source: Address, packet: Packet, now_s: float) -> bool:
        """Tell whether a packet is to be heard.

        Args:
            source: from where it came.
            packet: a valid packet.
            now_s: seconds of a steady clock.
        """
        if source == self._source:
            self._heard_s = now_s
            if self._candidates:  # the old source sends: whoever else does is not it
                signalled = self._candidates.get(self._signalled)
                self._candidates = {self._signalled: signalled} if signalled else {}
            return True
        if self._source is None and source == self._signalled:
            return self._learn(source, now_s)
        free = self._source is None or now_s - self._heard_s >= SILENT_S
        if (free or source == self._signalled) and self._passes(source, packet):
            return self._learn(source, now_s)
        self.refused += 1
        return False

    def _passes(self, source: Address, packet: Packet) -> bool:
        ssrc, sequence, run = self._candidates.pop(source, (0, 0, 0))
        follows = run and packet.ssrc == ssrc and packet.sequence == (sequence + 1) & 0xFFFF
        run = run + 1 if follows else 1
        if len(self._candidates) >= _CANDIDATES:
            del self._candidates[next(iter(self._candidates))]
        self._candidates[source] = (packet.ssrc, packet.sequence, run)
        return run >= PROBATION

    def _learn(self, source: Address, now_s: float) -> bool:
        if self._source is not None:
            self.moved += 1
        self._source, self._heard_s = source, now_s
        self._candidates.clear()
        return True
