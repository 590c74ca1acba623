"""RTCP (RFC 3550 section 6): reports as we send them, and what we want of those that come.

Sent is a compound of a sender report and a name that says nothing (a random one, RFC 7022). Read are report blocks
about us and the sender's clock, for loss and round trip; what is no compound of whole packets is dropped.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

__all__ = ["Block", "Report", "goodbye", "middle", "parse", "report"]

_SENDER: Final = 200
_RECEIVER: Final = 201
_NAMES: Final = 202
_BYE: Final = 203
_NTP_1970: Final = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970."""
_BLOCK: Final = struct.Struct(">IIIIII")


class Block(NamedTuple):
    """What one end tells of another's packets."""

    ssrc: int
    """Whose packets."""
    loss: float
    """Part lost since the last report, 0..1."""
    lost: int
    highest: int
    """Highest sequence number, with its cycles above 16 bits."""
    jitter: int
    """In samples."""
    last_report: int
    """Middle 32 bits of the NTP time of the last sender report from there; 0 for none."""
    since: int
    """From that report to this one, in 1/65536 s."""


class Report(NamedTuple):
    """What one compound said."""

    ssrc: int
    sent_ntp: int
    """Middle 32 bits of the sender's clock; 0 when it is no sender."""
    blocks: tuple[Block, ...]
    bye: bool


def _ntp(now_s: float) -> int:
    return int((now_s + _NTP_1970) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def middle(now_s: float) -> int:
    """Return the middle 32 bits of a time (seconds since 1970) in NTP: 1/65536 s."""
    return (_ntp(now_s) >> 16) & 0xFFFFFFFF


def _packed(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0x80 | count, kind, len(body) // 4) + body


def _name(ssrc: int, name: str) -> bytes:
    text = name.encode()[:255]
    chunk = struct.pack(">IBB", ssrc, 1, len(text)) + text
    return _packed(_NAMES, 1, chunk + bytes(4 - len(chunk) % 4))


def report(
    ssrc: int, name: str, *, now_s: float, timestamp: int, packets: int, octets: int, block: Block | None
) -> bytes:
    """Return a compound: sender report, a block about what was heard, and the name.

    Args:
        ssrc: ours.
        name: CNAME, random for each call.
        now_s: seconds since 1970.
        timestamp: RTP timestamp that stands for now.
        packets: sent so far.
        octets: of payload sent so far.
        block: about the other end's packets; None before there were any.
    """
    body = struct.pack(
        ">IQIII", ssrc, _ntp(now_s), timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
    )
    if block is not None:
        lost = min(max(block.lost, -0x800000), 0x7FFFFF) & 0xFFFFFF
        share = min(255, int(block.loss * 256)) << 24
        body += _BLOCK.pack(block.ssrc, share | lost, block.highest, block.jitter, block.last_report, block.since)
    return _packed(_SENDER, int(block is not None), body) + _name(ssrc, name)


def goodbye(ssrc: int, name: str) -> bytes:
    """Return the compound that ends a source: an empty report, the name, BYE."""
    return (
        _packed(_RECEIVER, 0, struct.pack(">I", ssrc))
        + _name(ssrc, name)
        + _packed(_BYE, 1, struct.pack(">I", ssrc))
    )


def parse(data: bytes) -> Report | None:
    """Return what a compound says; None for what is none (RFC 3550 appendix A.2)."""
    ssrc = sent = 0
    blocks: list[Block] = []
    bye = False
    at = 0
    if len(data) < 8 or data[1] not in {_SENDER, _RECEIVER}:
        return None
    while at < len(data):
        if at + 4 > len(data) or data[at] >> 6 != 2:
            return None
        count, kind = data[at] & 0x1F, data[at + 1]
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            return None
        body = data[at + 4 : end]
        if kind in {_SENDER, _RECEIVER}:
            first = 24 if kind == _SENDER else 4
            if len(body) < first + 24 * count:
                return None
            ssrc = int.from_bytes(body[:4], "big")
            if kind == _SENDER:
                sent = int.from_bytes(body[6:10], "big")
            blocks += [_block(body, first + 24 * number) for number in range(count)]
        bye = bye or kind == _BYE
        at = end
    return Report(ssrc, sent, tuple(blocks), bye)


def _block(body: bytes, at: int) -> Block:
    ssrc, loss, highest, jitter, last, since = _BLOCK.unpack_from(body, at)
    lost = loss & 0xFFFFFF
    return Block(
        ssrc, (loss >> 24) / 256, lost - (1 << 24) if lost & 0x800000 else lost, highest, jitter, last, since
    )
