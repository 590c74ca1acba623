"""Doorman: refuses new calls that come too fast, from the bytes alone, before anything is parsed or remembered.

A flood of INVITEs that is parsed stalls the sound of live calls (80 a second: 0.6 s), so the rate is held where
the datagram arrives. Only an INVITE that begins a call is ever refused, with 503 and Retry-After (RFC 3261 section
21.5.4): the trunk's overflow takes it, nobody is blocked and no source is remembered as bad. Its retransmission is
let through when the first copy was. Whatever belongs to a call that lives, and whatever it cannot read, passes.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

from nightbell.reception.bucket import TokenBucket

__all__ = ["Doorman", "Rates"]

_KNOWN_S: Final = 40.0
"""How long a call that was let in keeps its place: an INVITE is retransmitted for 32 s (64*T1)."""
_KNOWN_MOST: Final = 20_000
_SOURCES_MOST: Final = 4_096
"""Sources with a bucket of their own. Beyond that the oldest is forgotten: it begins full again, and the bucket
of the process still holds."""
_LOOKED_AT: Final = 8_192
"""Bytes of a message that are looked at for its headers."""
_HEADER: Final = re.compile(
    rb"^(?P<name>via|v|from|f|to|t|call-id|i|cseq)[ \t]*:[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_LONG: Final = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How fast calls may begin."""

    per_s: float
    burst: float
    source_per_s: float
    source_burst: float
    retry_after_s: int


class Doorman:
    """Looks at each message as it arrives."""

    def __init__(
        self,
        rates: Rates,
        *,
        refused: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the rates.

        Args:
            rates: how fast calls may begin.
            refused: told ``rate`` or ``source_rate`` for each INVITE that was refused.
            clock: seconds that do not run backwards.
        """
        self._rates = rates
        self._refused = refused
        self._clock = clock
        self._all = TokenBucket(rates.per_s, rates.burst, clock())
        self._sources: OrderedDict[str, TokenBucket] = OrderedDict()
        self._known: OrderedDict[bytes, float] = OrderedDict()

    def look(self, message: bytes, source: str) -> bytes | None:
        """Let a message in, or answer it.

        Args:
            message: as it came off the socket.
            source: the address that it came from, without port.

        Returns:
            None lets it in; bytes are the answer to send back where it came from. It is then to be dropped.
        """
        if not message.startswith(b"INVITE "):
            return None
        headers = _headers(message)
        call = headers.get(b"call-id", [b""])[0]
        to = headers.get(b"to", [b""])[0]
        if not call or not to or _TAG.search(to):
            return None
        now = self._clock()
        self._forget(now)
        place = blake2s(source.encode() + b"\0" + call + b"\0" + headers.get(b"cseq", [b""])[0]).digest()
        if place in self._known:
            return None
        why = self._too_fast(source, now)
        if why:
            self._refused(why)
            return _refusal(headers, place, self._rates.retry_after_s)
        self._known[place] = now + _KNOWN_S
        return None

    def _too_fast(self, source: str, now: float) -> str:
        rates = self._rates
        bucket = self._sources.get(source)
        if bucket is None:
            bucket = TokenBucket(rates.source_per_s, rates.source_burst, now)
            self._sources[source] = bucket
        self._sources.move_to_end(source)
        if not bucket.take(now):
            return "source_rate"
        if not self._all.take(now):
            bucket.give_back()
            return "rate"
        return ""

    def _forget(self, now: float) -> None:
        """Let go of what is over: at most a few entries at each look, so that no look takes long."""
        for _ in range(4):
            if not self._known:
                break
            place, until = next(iter(self._known.items()))
            if until > now and len(self._known) < _KNOWN_MOST:
                break
            del self._known[place]
        if self._sources:
            source, bucket = next(iter(self._sources.items()))
            if len(self._sources) > _SOURCES_MOST or bucket.is_full(now):
                del self._sources[source]


def _headers(message: bytes) -> dict[bytes, Sequence[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    head = message[:_LOOKED_AT].partition(b"\r\n\r\n")[0]
    for match in _HEADER.finditer(head):
        name = match["name"].lower()
        found.setdefault(_LONG.get(name, name), []).append(match["value"].strip())
    return dict(found)


def _refusal(headers: dict[bytes, Sequence[bytes]], place: bytes, retry_after_s: int) -> bytes:
    """Write the 503: the request's own Via, From, To, Call-ID and CSeq, as RFC 3261 section 8.2.6.2 asks."""
    lines: list[bytes] = [b"SIP/2.0 503 Service Unavailable"]
    lines += [b"Via: " + via for via in headers.get(b"via", ())]
    lines += [b"From: " + value for value in headers.get(b"from", ())[:1]]
    lines.append(b"To: " + headers[b"to"][0] + b";tag=" + place[:6].hex().encode())
    lines.append(b"Call-ID: " + headers[b"call-id"][0])
    lines += [b"CSeq: " + value for value in headers.get(b"cseq", ())[:1]]
    lines += [b"Retry-After: %d" % retry_after_s, b"Content-Length: 0", b"", b""]
    return b"\r\n".join(lines)
