"""Incoming: one call's RTP as it arrives - checked, latched, sorted into sound and keys. It holds no socket."""

from __future__ import annotations

from typing import Final

from nightbell.audio.frame import Frame
from nightbell.line.rtp.codec import LAWS, Codec
from nightbell.line.rtp.events import KeyReceiver
from nightbell.line.rtp.jitter import JitterBuffer
from nightbell.line.rtp.latch import Address, Latch
from nightbell.line.rtp.packet import Packet, parse
from nightbell.line.rtp.reception import Reception

__all__ = ["Incoming"]

_COMFORT_NOISE: Final = 13
"""RFC 3389: sent once when the caller's telephone stops sending silence; a sign of life, no sound."""
_SOUND: Final = frozenset({*LAWS, _COMFORT_NOISE})
_KEYS_A_TICK: Final = 2
"""Keys told in one tick: a hundred a second, ten times what anybody presses."""
_KEYS_HELD: Final = 64
"""Keys that wait; a machine that presses more than that is not understood anyway."""
_NEW_SSRC: Final = 3
"""Packets in sequence that another SSRC needs before it is heard; a single forged one changes nothing."""


class Incoming:
    """What is heard of one call."""

    def __init__(
        self, codec: Codec, event_type: int | None, signalled: Address, *, offered_type: int | None = None
    ) -> None:
        self.codec = codec
        self.event_types = {event_type, offered_type} - {None}
        self.latch = Latch(signalled)
        self.buffer = JitterBuffer(codec.silence)
        self.reception = Reception()
        self.keys = KeyReceiver()
        self.malformed = 0
        """Datagrams that are no packet."""
        self.unknown = 0
        """Packets of payload types that were not agreed."""
        self._stranger: tuple[int, int, int] = (0, 0, 0)
        self._pressed: list[str] = []

    def change(
        self, codec: Codec, event_type: int | None, signalled: Address, *, offered_type: int | None = None
    ) -> None:
        """Take over what a new offer or answer says."""
        self.event_types = {event_type, offered_type} - {None}
        self.latch.expect(signalled)
        if codec is not self.codec:
            self.codec = codec
            self.buffer = JitterBuffer(codec.silence)

    def put(self, data: bytes, source: Address, *, arrived_s: float, now_s: float) -> bool:
        """Take one datagram in; return whether it belongs to the call.

        Args:
            data: the datagram.
            source: from where.
            arrived_s: when the kernel got it.
            now_s: seconds of the steady clock that measures silence.
        """
        packet = parse(data)
        if packet is None:
            self.malformed += 1
            return False
        kind = packet.payload_type
        if kind not in _SOUND and kind not in self.event_types:
            self.unknown += 1
            return False
        if not self.latch.accepts(source, packet, now_s) or not self._belongs(packet):
            return False
        if self.reception.count(packet.ssrc, packet.sequence):
            self.buffer.restart()
        if kind in self.event_types:
            key = self.keys.hear(packet)
            if key and len(self._pressed) < _KEYS_HELD:
                self._pressed.append(key)
        elif kind in LAWS:
            self.buffer.put(packet.timestamp, self.codec.own(packet.payload, kind), arrived_s)
        return True

    def take(self) -> tuple[Frame, tuple[str, ...], bool]:
        """Return this tick's frame, the keys that began in it, and whether the frame was made up."""
        sound, fading = self.buffer.take()
        frame = self.codec.frame(sound, fading)
        if not self._pressed:
            return frame, (), fading > 0
        keys = tuple(self._pressed[:_KEYS_A_TICK])
        del self._pressed[:_KEYS_A_TICK]
        return frame, keys, fading > 0

    def _belongs(self, packet: Packet) -> bool:
        known = self.reception.ssrc
        if known is None or packet.ssrc == known:
            return True
        ssrc, sequence, run = self._stranger
        follows = run and packet.ssrc == ssrc and packet.sequence == (sequence + 1) & 0xFFFF
        self._stranger = (packet.ssrc, packet.sequence, run + 1 if follows else 1)
        if self._stranger[2] < _NEW_SSRC:
            return False
        self._stranger = (0, 0, 0)
        return True
