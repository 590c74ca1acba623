"""Media: one call's sound on its sockets, served by the ticker: what arrived in, one tick out, one packet sent.

The sockets are read by the ticker and not by the loop: a flood on one costs a bounded time, and the kernel's own
time stamps tell when a packet came, however late the loop is. What a tick means is the line's business.
"""

from __future__ import annotations

import secrets
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from nightbell.audio.frame import Frame
from nightbell.line.family import as_taken, plain
from nightbell.line.rtp import rtcp
from nightbell.line.rtp.codec import Codec
from nightbell.line.rtp.incoming import Incoming
from nightbell.line.rtp.latch import Address
from nightbell.line.rtp.outgoing import Outgoing
from nightbell.line.rtp.ports import Sockets
from nightbell.line.rtp.quality import Quality
from nightbell.line.rtp.reports import Reports
from nightbell.line.rtp.ticker import Ticker

__all__ = ["Media", "OnTick", "Terms"]

OnTick: TypeAlias = Callable[[Frame, tuple[str, ...], bool], None]
"""Given each tick's frame, the keys in it, and whether the frame was made up."""

_DATAGRAMS: Final = 128
"""Datagrams of one call taken in at one tick; the kernel holds what it can of the rest. A flood of 6,400 a second
costs the caller no packet, and the process half a millisecond in a tick."""
_FRESH_S: Final = 0.015
"""A packet that came later than this is the last one for now ..."""
_BEHIND_TICKS: Final = 8
"""... what waits behind it is found at the next tick, no longer fresh; every eighth looks all the same."""
_STRANGERS: Final = 8
"""Datagrams from elsewhere than the caller that are looked at in one tick; the rest of them are dropped unread."""
_DATAGRAM_BYTES: Final = 2048
_TIMESTAMPNS: Final = 35
"""SO_TIMESTAMPNS (asm-generic/socket.h): the kernel says when a datagram arrived."""
_TIMESPEC: Final = struct.Struct("@ll")
_CONTROL_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size)
_RTCP_TICKS: Final = 10
"""RTCP is read every 200 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What offer and answer agreed on for one call's sound."""

    codec: Codec
    event_type: int | None
    """Payload type of telephone-event; None where keys do not go as events."""
    offered_type: int | None = None
    """The one that we offered: their events may come under it whatever they answered (RFC 3264 section 5.1)."""
    remote: Address
    """Where our sound goes; our reports go to the port after it (RFC 3550 section 11)."""
    sends: bool = True
    """We send; False while the other end holds us without wanting to hear."""
    hears: bool = True
    """The other end sends."""


class Media:
    """One call's sound, from ``start`` to ``close``."""

    def __init__(self, ticker: Ticker, sockets: Sockets, terms: Terms, on_tick: OnTick) -> None:
        self._ticker = ticker
        self._sockets = sockets
        self._ipv6 = sockets.rtp.family == socket.AF_INET6  # a socket takes long to tell: not for each packet
        self._terms = terms
        self._on_tick = on_tick
        self.failed: Callable[[], object] = self.close
        """Told when the ticker gave this call up."""
        self.incoming = Incoming(terms.codec, terms.event_type, terms.remote, offered_type=terms.offered_type)
        self.outgoing = Outgoing(terms.codec, terms.event_type)
        self._name = secrets.token_urlsafe(12)
        self._reports = Reports()
        self._ticks = 0
        self._alive_s = time.monotonic()
        self._closed = False
        for one in (sockets.rtp, sockets.rtcp):
            one.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)

    @property
    def terms(self) -> Terms:
        """What is agreed on now."""
        return self._terms

    @property
    def silent_s(self) -> float:
        """How long nothing of the other end's came that should have; 0 while it holds us."""
        return time.monotonic() - self._alive_s if self._terms.hears and self._terms.sends else 0.0

    def start(self) -> None:
        """Begin to be served."""
        self._alive_s = time.monotonic()
        self._ticker.add(self)

    def change(self, terms: Terms) -> None:
        """Go on under other terms: hold, resume, another codec, another address."""
        self._terms = terms
        self.incoming.change(terms.codec, terms.event_type, terms.remote, offered_type=terms.offered_type)
        self.outgoing.codec, self.outgoing.event_type = terms.codec, terms.event_type
        self._alive_s = time.monotonic()

    def hold(self, *, sends: bool, hears: bool) -> None:
        """Change the direction alone."""
        self.change(replace(self._terms, sends=sends, hears=hears))

    def play(self, frame: Frame) -> None:
        """Send a frame in this tick."""
        self.outgoing.play(frame)

    def press(self, keys: str) -> None:
        """Send keys as events."""
        self.outgoing.press(keys)

    def take_in(self) -> None:
        """Take in what arrived and hand out one tick."""
        now_s = time.monotonic()
        self._drain(self._sockets.rtp, now_s, reports=False)
        self._ticks += 1
        if not self._ticks % _RTCP_TICKS:
            self._drain(self._sockets.rtcp, now_s, reports=True)
        frame, keys, concealed = self.incoming.take()
        self._on_tick(frame, keys, concealed)

    def send(self) -> None:
        """Send this tick's packet, and a report when one is due."""
        if self._terms.sends:
            self._to(self._sockets.rtp, self.outgoing.next(), self.incoming.latch.target)
        else:
            self.outgoing.skip()
        if self._reports.is_due(self._ticks):
            self._report()

    def fail(self) -> None:
        """Tell that the ticker gave this call up after a fault of our own."""
        self.failed()

    def close(self) -> Quality:
        """Say goodbye, give the ports back, and tell what it sounded like; safe to repeat."""
        if not self._closed:
            self._closed = True
            self._ticker.remove(self)
            self._to_rtcp(rtcp.goodbye(self.outgoing.ssrc, self._name))
            self._sockets.close()
        return self.quality()

    def quality(self) -> Quality:
        """Tell what the call sounds like so far."""
        heard, buffer = self.incoming.reception, self.incoming.buffer
        return Quality(
            received=heard.received,
            lost=heard.lost,
            late=buffer.late,
            concealed=buffer.concealed,
            jitter_ms=round(buffer.jitter_ms, 2),
            delay_ms=max(buffer.delay_ms, 0),
            round_trip_ms=self._reports.round_trip_ms,
            far_loss=self._reports.far_loss,
        )

    def _drain(self, one: socket.socket, now_s: float, *, reports: bool) -> None:
        strangers = 0
        for _ in range(_DATAGRAMS):
            try:
                data, control, _, source = one.recvmsg(_DATAGRAM_BYTES, _CONTROL_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of something that we sent
            address = (plain(source[0]), source[1]) if self._ipv6 else source
            if address != self.incoming.latch.target:
                strangers += 1
                if strangers > _STRANGERS:
                    continue
            arrived_s = time.time()
            if control:
                seconds, nanoseconds = _TIMESPEC.unpack(control[0][2])
                arrived_s = seconds + nanoseconds * 1e-9
            if reports:
                self._reported(data, address, arrived_s=arrived_s, now_s=now_s)
            elif self.incoming.put(data, address, arrived_s=arrived_s, now_s=now_s):
                self._alive_s = now_s
                if self._ticks % _BEHIND_TICKS and arrived_s > time.time() - _FRESH_S:
                    return  # the next one is not sent yet

    def _reported(self, data: bytes, source: Address, *, arrived_s: float, now_s: float) -> None:
        if source[0] != self.incoming.latch.target[0]:
            return
        report = rtcp.parse(data)
        if report is not None:
            self._reports.heard(report, self.outgoing.ssrc, arrived_s)
            self._alive_s = now_s

    def _report(self) -> None:
        block = self._reports.block(self.incoming.reception, self.incoming.buffer.jitter_ms, time.time())
        out = self.outgoing
        self._to_rtcp(
            rtcp.report(
                out.ssrc,
                self._name,
                now_s=time.time(),
                timestamp=out.timestamp,
                packets=out.packets,
                octets=out.octets,
                block=block,
            )
        )

    def _to_rtcp(self, data: bytes) -> None:
        host, port = self.incoming.latch.target
        if host:  # an offer that begins on hold may name no address
            self._to(self._sockets.rtcp, data, (host, port + 1))

    def _to(self, one: socket.socket, data: bytes, target: Address) -> None:
        try:
            one.sendto(data, (as_taken(target[0], socket.AF_INET6), target[1]) if self._ipv6 else target)
        except OSError:
            return  # the kernel's buffer is full, or nobody is there: a packet is lost, as on any network
