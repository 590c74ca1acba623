"""Reading RTP strictly: what runs over its end is no packet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.line.rtp.packet import LARGEST, header, parse

PLAIN = header(0, 7, 160, 99) + bytes(160)


def test_what_is_written_is_read_back() -> None:
    packet = parse(header(101, 70_000, 2**32 + 5, 99, marker=True) + b"\x05\x0a\x00\xa0")
    assert packet is not None
    assert (packet.payload_type, packet.marker, packet.sequence) == (101, True, 70_000 - 65_536)
    assert (packet.timestamp, packet.ssrc, packet.payload) == (5, 99, b"\x05\x0a\x00\xa0")


def test_csrc_extension_and_padding_are_taken_off() -> None:
    data = bytes([0xB2, 0]) + PLAIN[2:12] + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound" + b"\0\0\x03"
    packet = parse(data)
    assert packet is not None
    assert packet.payload == b"sound"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:11],
        b"\x40" + PLAIN[1:],
        b"\xc0" + PLAIN[1:],
        b"\x8f" + PLAIN[1:40],
        b"\x90" + PLAIN[1:14],
        b"\x90" + PLAIN[1:12] + b"\xbe\xde\xff\xff" + bytes(20),
        b"\xa0" + PLAIN[1:-1] + b"\x00",
        b"\xa0" + PLAIN[1:20] + b"\xff",
        PLAIN + bytes(LARGEST),
    ],
    ids=[
        "empty", "short", "version 1", "version 3", "csrc overrun", "no room for extension", "extension overrun",
        "padding of 0", "padding overrun", "too large",
    ],
)  # fmt: skip
def test_what_lies_about_its_length_is_no_packet(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise_and_no_payload_is_longer_than_its_datagram(data: bytes) -> None:
    packet = parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12
