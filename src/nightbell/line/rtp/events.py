"""Keys as RTP events (RFC 4733): hearing them through loss and reordering, and sending them in their right pace.

An event is told at its first packet, whichever that is, and once: every packet of it carries the timestamp of its
beginning. So a lost end, a repeated end and a packet overtaken by the next event change nothing. Some gateways
give every packet a timestamp of its own, and a long press gets another after eight seconds (section 2.5.1.3):
where one packet follows the other and no end lay between, it is one press too.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from nightbell.line.rtp.packet import Packet

__all__ = ["EVENT_KEYS", "EventPacket", "KeyReceiver", "KeySender"]

EVENT_KEYS: Final = "0123456789*#ABCD"
"""Events 0 to 15 (RFC 4733 section 3.2); A to D are on no caller's telephone."""
_PAYLOAD: Final = struct.Struct(">BBH")
_END: Final = 0x80
_VOLUME: Final = 10
"""-10 dBm0, the level of a telephone's own tones."""
_REMEMBERED: Final = 64
"""Events that a straggler may still belong to: a caller presses some five keys a second at most."""
_NEAR: Final = 3
"""Packets from one of a press to the next, with sound and a loss between; the next press is behind three ends."""
_ENDS_SPAN: Final = 1600
"""Timestamp units in which an end is repeated: 200 ms."""
_STEP: Final = 160
"""Timestamp units of one packet: 20 ms."""
_ENDS: Final = 3
"""The end packet is sent three times (RFC 4733 section 2.5.1.4)."""


class KeyReceiver:
    """The keys of one call as they come in."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int, int]] = deque(maxlen=_REMEMBERED)
        self._last = (0, -1, 0, 0, True)
        self.malformed = 0
        """Packets that hold no event, or none of a telephone."""

    def hear(self, packet: Packet) -> str:
        """Return the key that begins with this packet, "" for none."""
        if len(packet.payload) < _PAYLOAD.size:
            self.malformed += 1
            return ""
        event = packet.payload[0]
        if event >= len(EVENT_KEYS):
            self.malformed += 1
            return ""
        begun = (packet.ssrc, packet.timestamp, event)
        goes_on = self._goes_on(packet, event)
        if begun in self._seen:
            return ""
        self._seen.append(begun)
        if goes_on:
            return ""
        key = EVENT_KEYS[event]
        return "" if key.isalpha() else key

    def _goes_on(self, packet: Packet, event: int) -> bool:
        """Tell whether a packet belongs to the press that was heard last, whatever its timestamp; remember it."""
        ended = packet.payload[1] >= _END
        ssrc, known, sequence, timestamp, over = self._last
        ahead = (packet.sequence - sequence + _NEAR) & 0xFFFF
        same = (ssrc, known) == (packet.ssrc, event) and ahead <= 2 * _NEAR
        if same and ahead < _NEAR:
            return True  # overtaken by one that is remembered
        self._last = (packet.ssrc, event, packet.sequence, packet.timestamp, ended)
        again = ended and (packet.timestamp - timestamp) & 0xFFFFFFFF <= _ENDS_SPAN
        return same and not packet.marker and (again or not over)


class EventPacket(NamedTuple):
    """One packet of an event, to be sent in one tick."""

    payload: bytes
    behind: int
    """Timestamp units since the event began: its packets all carry the timestamp of their beginning."""
    marker: bool
    last: bool


class KeySender:
    """Keys to be sent, one packet in each tick, with a pause after each."""

    def __init__(self, *, press_ms: int = 120, pause_ms: int = 80) -> None:
        self._press = max(press_ms // 20, 2)
        self._pause = max(pause_ms // 20, 2)
        self._keys: deque[str] = deque()
        self._under_way: Iterator[EventPacket | None] | None = None

    @property
    def sending(self) -> bool:
        """Tell whether a key is under way or waits."""
        return self._under_way is not None or bool(self._keys)

    def press(self, keys: str) -> None:
        """Send keys after those that wait. Raises ValueError for what is no key."""
        for key in keys:
            EVENT_KEYS.index(key)
        self._keys.extend(keys)

    def next(self) -> EventPacket | None:
        """Return this tick's packet; None for a tick that carries sound or the pause between keys."""
        if self._under_way is None:
            if not self._keys:
                return None
            self._under_way = self._packets(EVENT_KEYS.index(self._keys.popleft()))
        for packet in self._under_way:
            return packet
        self._under_way = None
        return None

    def _packets(self, event: int) -> Iterator[EventPacket | None]:
        for number in range(self._press):
            payload = _PAYLOAD.pack(event, _VOLUME, (number + 1) * _STEP)
            yield EventPacket(payload, number * _STEP, marker=number == 0, last=False)
        length = self._press * _STEP
        for number in range(_ENDS):
            payload = _PAYLOAD.pack(event, _END | _VOLUME, length)
            yield EventPacket(payload, length + number * _STEP, marker=False, last=number == _ENDS - 1)
        for _ in range(self._pause):
            yield None
