"""RTP packets (RFC 3550 section 5.1): reading strictly, writing the one form that we send.

What is cut short, of another version, or whose CSRC list, extension or padding runs over its end is no packet. It
judges neither payload types nor where a packet came from.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

__all__ = ["HEADER", "LARGEST", "Packet", "header", "parse"]

HEADER: Final = 12
LARGEST: Final = 1500
"""Bytes of one datagram: an Ethernet frame. 20 ms of G.711 take 172."""
_FIXED: Final = struct.Struct(">BBHII")
_VERSION: Final = 2


class Packet(NamedTuple):
    """One RTP packet that holds what it says it holds."""

    payload_type: int
    marker: bool
    sequence: int
    """0..65535."""
    timestamp: int
    """0..2**32-1, in samples."""
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """Return the packet in a datagram; None for what is none."""
    size = len(data)
    if not HEADER <= size <= LARGEST:
        return None
    flags, kind, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if flags == 0x80:  # no CSRC, extension or padding: nearly every packet
        return Packet(kind & 0x7F, kind >= 0x80, sequence, timestamp, ssrc, data[HEADER:])
    if flags >> 6 != _VERSION:
        return None
    begin, end = HEADER + 4 * (flags & 0x0F), size
    if flags & 0x10:
        if begin + 4 > size:
            return None
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if flags & 0x20:
        padding = data[-1]
        end -= padding
        if not padding:
            return None
    if begin > end:
        return None
    return Packet(kind & 0x7F, kind >= 0x80, sequence, timestamp, ssrc, data[begin:end])


def header(payload_type: int, sequence: int, timestamp: int, ssrc: int, *, marker: bool = False) -> bytes:
    """Return the twelve bytes before a payload."""
    return _FIXED.pack(
        0x80, payload_type | (0x80 if marker else 0), sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc
    )
