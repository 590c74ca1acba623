"""Outgoing: one call's RTP stream as it leaves - a packet for every tick, sound, silence or a key.

Sequence and timestamp go on without a hole, whatever is sent, so the other end's clock and a NAT's hole stay
open. It holds no socket.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Final

from nightbell.audio.frame import FRAME_SAMPLES, Frame
from nightbell.line.rtp.codec import Codec
from nightbell.line.rtp.events import KeySender
from nightbell.line.rtp.packet import header

__all__ = ["WAITING", "Outgoing"]

WAITING: Final = 3
"""Frames that may wait for their tick when a conversation was late; older ones are dropped."""


class Outgoing:
    """What is sent to one call."""

    def __init__(self, codec: Codec, event_type: int | None) -> None:
        """Begin at a random place (RFC 3550 section 5.1); ``event_type`` is None where no events were agreed."""
        self.codec = codec
        self.event_type = event_type
        self.ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self.timestamp = secrets.randbits(32)
        """Of the next packet."""
        self.packets = 0
        self.octets = 0
        self.dropped = 0
        """Frames that waited too long."""
        self._frames: deque[Frame] = deque()
        self._keys = KeySender()
        self._pressing = False
        self._was_silent = True

    def play(self, frame: Frame) -> None:
        """Send a frame in the next tick, or after those that wait."""
        if len(self._frames) >= WAITING:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)

    def press(self, keys: str) -> None:
        """Send keys as events; sound that is played meanwhile is not heard. Raises ValueError for no key."""
        self._keys.press(keys)
        self._pressing = True

    @property
    def pressing(self) -> bool:
        """Tell whether keys are still being sent."""
        return self._keys.sending

    def next(self) -> bytes:
        """Return the packet of this tick."""
        frame = self._frames.popleft() if self._frames else None
        event = self._keys.next() if self._pressing and self.event_type is not None else None
        if event is not None and self.event_type is not None:
            payload = event.payload
            begun = self.timestamp - event.behind
            head = header(self.event_type, self._sequence, begun, self.ssrc, marker=event.marker)
            self._was_silent = True
        else:
            payload = self.codec.encode(frame) if frame is not None else self.codec.silent
            marker = self._was_silent and frame is not None
            self._was_silent = frame is None
            head = header(self.codec.payload_type, self._sequence, self.timestamp, self.ssrc, marker=marker)
            self._pressing = self._pressing and self._keys.sending
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self.packets += 1
        self.octets += len(payload)
        return head + payload

    def skip(self) -> None:
        """Let a tick pass without a packet: the other end does not want to hear."""
        if self._frames:
            self._frames.popleft()
        self.timestamp = (self.timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        self._was_silent = True
