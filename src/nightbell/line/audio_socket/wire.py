"""SocketWire: the Wire port over AudioSocket: a frame every 20 ms, silence too, because the PBX paces nothing."""

from __future__ import annotations

import asyncio
from typing import Final

from nightbell.line.audio_socket.protocol import HANG_UP, sound_message
from nightbell.line.rtp.codec import PCMU

__all__ = ["SocketWire"]

_WAITING: Final = 16_150
"""Bytes that wait for a slow other end: one second."""
_SILENT: Final = sound_message(PCMU.silent)


class SocketWire:
    """What one call is sent."""

    round_trip_ms = None

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._ended = False

    def sound(self, sound: bytes) -> None:
        """Send 20 ms; a frame is dropped where a second of them waits."""
        self._send(sound_message(sound))

    def quiet(self) -> None:
        """Send silence: the way to the caller stays open."""
        self._send(_SILENT)

    def cut(self) -> None:
        """Do nothing: the PBX plays what comes, as it comes."""

    def end(self) -> None:
        """Hang up; safe to repeat, and where the other side has hung up already."""
        if not self._is_over():
            self._writer.write(HANG_UP)
            self._writer.close()
        self._ended = True

    def _send(self, message: bytes) -> None:
        if not self._is_over() and self._writer.transport.get_write_buffer_size() < _WAITING:
            self._writer.write(message)

    def _is_over(self) -> bool:
        """Tell whether nothing may be written any more: some loops raise where others pass over it."""
        return self._ended or self._writer.transport.is_closing()
